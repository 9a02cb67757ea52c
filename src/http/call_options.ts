/** What every function that talks to the service takes last. */
export interface CallOptions {
  /** Ends the call: it rejects with `signal.reason`. */
  signal?: AbortSignal | undefined;
  /** How long the whole call may take, in milliseconds, retries included. */
  timeoutMs?: number | undefined;
}

/**
 * Checks the options of a call, as JavaScript callers have no types.
 *
 * @throws {RangeError} If `timeoutMs` is no number of milliseconds.
 */
export function checkCallOptions(options: CallOptions): void {
  const { timeoutMs } = options;
  if (timeoutMs === undefined || (typeof timeoutMs === "number" && timeoutMs >= 0)) return;
  throw new RangeError(`Cannot use 'timeoutMs': it must be 0 or more milliseconds, not ${String(timeoutMs)}`);
}
