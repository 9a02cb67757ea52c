import type { Clock } from "../../mod.ts";

/** What {@linkcode withTimeout} throws. */
export class TimeoutError extends Error {
  override readonly name = "TimeoutError";
}

/**
 * Runs work that ends with a signal or after a time. It is not waited for beyond that, whether it minds its signal or not.
 *
 * @throws {TimeoutError} If the time is over.
 * @throws `signal.reason` if that is aborted.
 */
export async function withTimeout<T>(
  clock: Clock,
  timeoutMs: number,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const work = new AbortController();
  const over = new AbortController();
  const stop = () => work.abort(signal.reason);
  signal.addEventListener("abort", stop, { once: true, signal: over.signal });
  clock.sleep(timeoutMs, { signal: over.signal }).then(
    () => work.abort(new TimeoutError(`It took longer than ${timeoutMs} ms`)),
    () => {},
  );
  const ended = new Promise<never>((_, reject) => {
    work.signal.addEventListener("abort", () => reject(work.signal.reason), {
      once: true,
      signal: over.signal,
    });
  });
  try {
    const running = run(work.signal);
    running.catch(() => {}); // Nobody may be there any more to hear of it.
    return await Promise.race([ended, running]);
  } finally {
    over.abort();
  }
}
