import type { Clock } from "../mod.ts";

/** A reason that is made once: without one, each abort would cost a trace of the stack. */
const OVER = "over";

/** What bounds a piece of work. */
export interface Bounds {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Makes the error for work whose time is over. */
  readonly onTimeout: () => Error;
  /** Ends the work before its time. */
  readonly signal?: AbortSignal;
}

/**
 * Runs work that may take so long. Its signal is aborted then, and it is not waited for, as it may not look at it.
 *
 * @throws What `onTimeout` makes.
 * @throws `signal.reason`, if that is aborted.
 */
export async function within<T>(
  { clock, timeoutMs, onTimeout, signal }: Bounds,
  run: (signal: AbortSignal) => T | Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const work = new AbortController();
  const result = run(work.signal);
  if (!isPromise(result)) return result;
  const over = new AbortController();
  const ended = new Promise<never>((_, reject) => {
    const end = (reason: unknown) => {
      work.abort(reason);
      reject(reason);
    };
    clock.sleep(timeoutMs, { signal: over.signal }).then(() => end(onTimeout()), () => {});
    signal?.addEventListener("abort", () => end(signal.reason), { once: true, signal: over.signal });
    if (signal?.aborted) end(signal.reason); // While the work began.
  });
  const running = Promise.resolve(result);
  running.catch(() => {}); // It may fail after its time.
  try {
    return await Promise.race([running, ended]);
  } finally {
    over.abort(OVER);
  }
}

function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as { then?: unknown } | undefined | null)?.then === "function";
}
