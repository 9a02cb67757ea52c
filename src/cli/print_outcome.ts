import type { TaskOutcome } from "../../mod.ts";
import type { CliContext } from "./cli_context.ts";
import { EXIT } from "./exit_codes.ts";
import { describeOutcome, outcomeRecord, readableResult } from "./outcome_record.ts";
import { prettyJson } from "./pretty_json.ts";

/** Prints what became of one task: what it returned, or its traceback. Returns what to end with. */
export function printOutcome(context: CliContext, outcome: TaskOutcome): number {
  if (context.isJson) context.printJson(outcomeRecord(outcome));
  else tellOutcome(context, outcome);
  return exitCodeOf([outcome]);
}

function tellOutcome(context: CliContext, outcome: TaskOutcome): void {
  const { taskId, state } = outcome;
  switch (state) {
    case "success":
      context.print(
        typeof outcome.result === "string" ? outcome.result : prettyJson(readableResult(outcome.result)),
      );
      return;
    case "failed": {
      const { traceback, message, advice } = outcome.error;
      if (traceback.includes("\n")) context.warn(context.paint("dim", traceback.trimEnd()));
      context.warn(context.paint("bad", message));
      if (advice !== undefined) context.say(advice);
      return;
    }
    case "undecodable":
      context.warn(context.paint("bad", `Task ${taskId}: ${describeOutcome(outcome)}`));
      context.say("--json has its raw text");
      return;
    default:
      context.warn(`Task ${taskId}: ${describeOutcome(outcome)}`);
  }
}

/** What outcomes come to: a failure first, then what is not done yet. */
export function exitCodeOf(outcomes: readonly TaskOutcome[]): number {
  const states = new Set(outcomes.map(({ state }) => state));
  if (states.has("failed") || states.has("undecodable") || states.has("notFound")) return EXIT.taskFailed;
  return states.has("pending") ? EXIT.notDone : EXIT.ok;
}
