import type { ComputeTaskError, PythonValue, TaskOutcome } from "../../mod.ts";
import { writeReadable } from "../../edge/results/write_readable.ts";

/** A result as JSON, in the same form as a webhook's receiver gets it. */
export function readableResult(value: PythonValue): unknown {
  return writeReadable(value, { maxCharacters: Infinity }).value;
}

/** An outcome as it is written for a machine. */
export function outcomeRecord(outcome: TaskOutcome): Record<string, unknown> {
  if (outcome.state === "failed") return { ...outcome, error: taskError(outcome.error) };
  // What cannot be read is not enumerable on the error: the raw text stands beside it.
  if (outcome.state === "undecodable") return { ...outcome, error: { message: outcome.error.message } };
  return outcome.state === "success"
    ? { ...outcome, result: readableResult(outcome.result) }
    : { ...outcome };
}

function taskError({ kind, type, pythonMessage, message, advice, traceback }: ComputeTaskError) {
  return { kind, type, message: type === "unknown" ? message : pythonMessage, advice, traceback };
}

/** An outcome in a line, for people. */
export function describeOutcome(outcome: TaskOutcome): string {
  switch (outcome.state) {
    case "success":
      return "succeeded";
    case "pending":
      return outcome.status;
    case "failed":
      return outcome.error.message.replace(/^Task \S+ failed: /, "");
    case "notFound":
      return "the service does not know it, or has forgotten it";
    case "undecodable":
      return outcome.error.message;
  }
}
