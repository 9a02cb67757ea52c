import type { Clock } from "../../mod.ts";

/** Without a reason, each would cost a trace of the stack. */
const OVER = Symbol("over");

/**
 * Runs work that may take so long. Its signal is aborted then, and it is not waited for, as it may not look at it.
 *
 * @throws What `onTimeout` makes.
 */
export async function within<T>(
  { clock, timeoutMs, onTimeout }: { clock: Clock; timeoutMs: number; onTimeout: () => Error },
  run: (signal: AbortSignal) => T | Promise<T>,
): Promise<T> {
  const work = new AbortController();
  const result = run(work.signal);
  if (!isPromise(result)) return result;
  const over = new AbortController();
  const timeout = clock.sleep(timeoutMs, { signal: over.signal }).then(() => {
    const error = onTimeout();
    work.abort(error);
    throw error;
  });
  const running = Promise.resolve(result);
  try {
    return await Promise.race([running, timeout]);
  } finally {
    timeout.catch(() => {});
    running.catch(() => {}); // It may fail after its time.
    over.abort(OVER);
  }
}

function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as { then?: unknown } | undefined | null)?.then === "function";
}
