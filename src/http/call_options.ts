import { checkKeys, checkNumber } from "../base/check.ts";
import { ComputeTimeoutError } from "../errors/timeout_error.ts";
import type { Clock } from "../base/clock.ts";
import { withDeadline } from "../base/deadline.ts";

/** What every function that talks to the service takes last. */
export interface CallOptions {
  /**
   * Ends the call: it rejects with `signal.reason`. A submission that is on its way cannot be called back: then it
   * rejects with a {@linkcode ComputeSubmissionError} that has the reason as its `cause`.
   */
  signal?: AbortSignal | undefined;
  /** How long the whole call may take, in milliseconds, retries included. */
  timeoutMs?: number | undefined;
}

/**
 * Runs a call of several requests with one signal, for the caller's and for the time that the call was given. Once that
 * is aborted, the call is still waited for: it ends by itself, and may have more to say.
 *
 * @param what What took too long, in the error.
 */
export async function withCallSignal<T>(
  clock: Clock,
  { signal, timeoutMs }: CallOptions,
  what: string,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const onTimeout = () =>
    new ComputeTimeoutError(`${what} took longer than ${timeoutMs} ms`, { timeoutMs: timeoutMs ?? Infinity });
  let work = undefined as Promise<T> | undefined;
  try {
    return await withDeadline({ clock, signal, timeoutMs, onTimeout }, (ended) => work = run(ended));
  } catch (error) {
    if (work === undefined) throw error;
    return await work;
  }
}

/**
 * Checks the options of a call, as JavaScript callers have no types.
 *
 * @param keys What they may have beside a signal and a time.
 * @throws {TypeError} If one is unknown, or of the wrong type.
 * @throws {RangeError} If `timeoutMs` is less than 0.
 */
export function checkCallOptions(options: CallOptions, keys = ""): void {
  checkKeys(options, "the options", `signal timeoutMs ${keys}`);
  checkNumber(options.timeoutMs, "timeoutMs", 0, Infinity, false);
  if (options.signal !== undefined && typeof options.signal?.throwIfAborted !== "function") {
    throw new TypeError("Cannot use 'signal': it must be an AbortSignal");
  }
}
