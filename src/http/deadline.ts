import type { Clock } from "./clock.ts";

/** What bounds a piece of work. */
export interface Deadline {
  clock: Clock;
  /** The caller's signal. */
  signal: AbortSignal | undefined;
  /** How long the work may take; without it, as long as it takes. */
  timeoutMs: number | undefined;
  /** The error for work that took too long. */
  onTimeout: () => Error;
}

/**
 * Runs work that ends with the caller's signal or with the time it was given, whichever comes first. The
 * work gets one signal for both; it is not waited for once that is aborted.
 *
 * @throws `signal.reason`, untouched, or what `onTimeout` makes.
 */
export async function withDeadline<T>(
  deadline: Deadline,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { clock, signal, timeoutMs } = deadline;
  signal?.throwIfAborted();
  const work = new AbortController();
  const timer = new AbortController();
  const stop = () => work.abort(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  if (timeoutMs !== undefined && timeoutMs < Infinity) {
    clock.sleep(timeoutMs, { signal: timer.signal }).then(() => work.abort(deadline.onTimeout()), () => {});
  }
  try {
    // Listens first: the work may run code of the caller's at once, and that may abort.
    return await Promise.race([whenAborted(work.signal, timer.signal), run(work.signal)]);
  } finally {
    signal?.removeEventListener("abort", stop);
    timer.abort();
  }
}

/** Rejects when `signal` is aborted; `over` takes the listener away again. */
function whenAborted(signal: AbortSignal, over: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true, signal: over });
  });
}
