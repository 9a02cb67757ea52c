import type { CliContext } from "./cli_context.ts";

/** A signal for calls that take no time of their own: the user's, and the end of what `--timeout` gives. */
export function callSignal({ signal }: CliContext, timeoutMs: number | undefined): AbortSignal {
  return timeoutMs === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
}
