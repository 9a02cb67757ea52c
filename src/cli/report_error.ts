import {
  type AnyComputeError,
  ComputeAuthorizationError,
  ComputeError,
  ComputeSubmissionError,
  ComputeTaskError,
  ComputeTimeoutError,
} from "../../mod.ts";
import { INSTALLED_PROGRAM } from "../login/login_advice.ts";
import type { CliContext } from "./cli_context.ts";
import { EXIT } from "./exit_codes.ts";
import { reasonOf } from "./function_file.ts";
import { UsageError } from "./usage_error.ts";

/** Tells an error, to people on standard error and to a machine on standard output; returns what to end with. */
export function reportError(context: CliContext, error: unknown): number {
  const exitCode = exitCodeOf(context, error);
  // What a library says to type is typed as this program was.
  const message = messageOf(error, exitCode).replaceAll(INSTALLED_PROGRAM, context.command);
  if (context.isJson) context.printJson({ error: { exitCode, message, ...detailsOf(error) } });
  context.warn(context.paint("bad", message));
  for (const hint of hintsOf(context, error)) context.say(hint);
  return exitCode;
}

function exitCodeOf({ signal }: CliContext, error: unknown): number {
  if (signal.aborted && error === signal.reason) return EXIT.interrupted;
  if (error instanceof ComputeTaskError) return EXIT.taskFailed;
  if (error instanceof ComputeAuthorizationError) return EXIT.authorization;
  if (error instanceof ComputeSubmissionError) {
    return signal.aborted && !error.ambiguous ? EXIT.interrupted : EXIT.inDoubt;
  }
  if (error instanceof ComputeTimeoutError || isTimeout(error)) return EXIT.notDone;
  if (error instanceof ComputeError) return EXIT.service;
  if (error instanceof UsageError || isBadArgument(error)) return EXIT.usage;
  // What the system says of a file has a code.
  return error instanceof Error && "code" in error ? EXIT.usage : EXIT.internal;
}

/** The functions that are called refuse an argument in these words; any other error of these classes is a fault. */
function isBadArgument(error: unknown): boolean {
  return (error instanceof RangeError || error instanceof TypeError) &&
    /^(Cannot|Unknown) /.test(error.message) &&
    !/^Cannot (read|set|destructure|convert|access) /.test(error.message);
}

/** What `AbortSignal.timeout` aborts with. */
function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}

function messageOf(error: unknown, exitCode: number): string {
  if (exitCode === EXIT.interrupted) return "Interrupted";
  if (isTimeout(error)) return "The time that --timeout gives is over";
  if (!(error instanceof Error)) return String(error);
  if (exitCode === EXIT.internal) return error.stack ?? error.message;
  if ("path" in error && typeof error.path === "string" && "syscall" in error) {
    return `Cannot use '${error.path}': ${reasonOf(error)}`;
  }
  return error.message;
}

/** What a machine may act on. No secret and no result is among it. */
function detailsOf(error: unknown): Record<string, unknown> {
  if (error instanceof UsageError) return { code: "ERR_USAGE" };
  if (!(error instanceof ComputeError)) return {};
  const known = error as AnyComputeError;
  const { code, requestId } = known;
  switch (known.code) {
    case "ERR_COMPUTE_HTTP":
      return { code, status: known.status, serviceCode: known.serviceCode, requestId };
    case "ERR_COMPUTE_AUTHORIZATION":
      return {
        code,
        status: known.status,
        serviceCode: known.serviceCode,
        authorizeUrl: known.authorizeUrl,
        requestId,
      };
    case "ERR_COMPUTE_TIMEOUT":
      return { code, timeoutMs: known.timeoutMs, taskIds: known.taskIds };
    case "ERR_COMPUTE_SUBMISSION": {
      const { ambiguous, accepted, recoveredTaskIds, taskGroupId } = known;
      return { code, ambiguous, accepted: accepted.length, recoveredTaskIds, taskGroupId, requestId };
    }
    default:
      return { code, requestId };
  }
}

/** The ways out that the message does not tell. */
function hintsOf({ command }: CliContext, error: unknown): string[] {
  if (error instanceof ComputeAuthorizationError && error.message.startsWith("Not logged in")) {
    return [
      "Or set GLOBUS_COMPUTE_CLIENT_ID and GLOBUS_COMPUTE_CLIENT_SECRET, or GLOBUS_COMPUTE_ACCESS_TOKEN",
    ];
  }
  if (error instanceof ComputeSubmissionError && error.taskGroupId !== undefined) {
    return [`See what was taken by '${command} status --group ${error.taskGroupId}'`];
  }
  return [];
}
