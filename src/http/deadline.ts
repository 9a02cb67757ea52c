import type { Clock } from "../base/clock.ts";

/** A reason that is made once: without one, each abort would cost a trace of the stack. */
const OVER = "over";
const STORE_TIMEOUT_MS = 30_000;

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
export function withDeadline<T>(deadline: Deadline, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return withSignal(deadline, (signal) => orAborted(signal, () => run(signal)));
}

/**
 * Runs work that has one signal for the caller's and for the time that it was given. Unlike
 * {@linkcode withDeadline} it waits for the work, which ends with the signal by itself and may have more to say.
 */
export async function withSignal<T>(
  { clock, signal, timeoutMs, onTimeout }: Deadline,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const work = new AbortController();
  const hasTimeout = timeoutMs !== undefined && timeoutMs < Infinity;
  const timer = hasTimeout ? new AbortController() : undefined;
  const stop = () => work.abort(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  if (hasTimeout) {
    clock.sleep(timeoutMs, { signal: timer?.signal }).then(() => work.abort(onTimeout()), () => {});
  }
  try {
    return await run(work.signal);
  } finally {
    signal?.removeEventListener("abort", stop);
    timer?.abort(OVER);
  }
}

/** What of a store is waited for on everybody's behalf, and no caller's time or signal ends. */
export function inStoreTime<T>(clock: Clock, work: () => Promise<T>): Promise<T> {
  const onTimeout = () => new Error(`The store has not answered within ${STORE_TIMEOUT_MS / 1000} s`);
  return withDeadline({ clock, signal: undefined, timeoutMs: STORE_TIMEOUT_MS, onTimeout }, work);
}

/** Runs work, and does not wait for it once the signal is aborted. */
export async function orAborted<T>(signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T> {
  signal?.throwIfAborted();
  if (signal === undefined) return await run();
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => stop = () => reject(signal.reason));
  // Listens first: the work may run code of the caller's at once, and that may abort.
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([aborted, run()]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
