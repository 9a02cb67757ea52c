import type { Clock } from "./clock.ts";

/** A reason that is made once: without one, each abort would cost a trace of the stack. */
const OVER = "over";

/** What ends a piece of work before it is done: a signal, a time, or whichever of both comes first. */
export type Deadline =
  & { readonly signal?: AbortSignal | undefined }
  & (TimeLimit | Partial<Record<keyof TimeLimit, undefined>>);

interface TimeLimit {
  readonly clock: Clock;
  /** How long the work may take; without it, as long as it takes. */
  readonly timeoutMs: number | undefined;
  /** Makes what is thrown for work that took too long. */
  readonly onTimeout: () => unknown;
}

/**
 * Runs work until its deadline. The work gets one signal, for the caller's and for its time; it is not waited for once
 * that is aborted, as it may not look at it. Work that is done at once costs no timer.
 *
 * @throws `signal.reason`, untouched, or what `onTimeout` makes.
 */
export async function withDeadline<T>(
  deadline: Deadline,
  run: (signal: AbortSignal) => T | PromiseLike<T>,
): Promise<T> {
  const { signal } = deadline;
  signal?.throwIfAborted();
  const work = new AbortController();
  const timer = new AbortController();
  const follow = () => work.abort(signal?.reason);
  // Listens first: the work may run code of the caller's at once, and that may abort.
  signal?.addEventListener("abort", follow, { once: true });
  const ended = new Promise<never>((_, reject) => {
    work.signal.addEventListener("abort", () => reject(work.signal.reason), { once: true });
  });
  ended.catch(() => {}); // Work that fails at once is told before it.
  try {
    const result = run(work.signal);
    if (!isPromise(result)) return result;
    const { timeoutMs = Infinity } = deadline;
    if (timeoutMs < Infinity) {
      const late = () => work.abort(deadline.onTimeout?.());
      deadline.clock?.sleep(timeoutMs, { signal: timer.signal }).then(late, () => {});
    }
    return await Promise.race([ended, result]);
  } finally {
    signal?.removeEventListener("abort", follow);
    timer.abort(OVER);
  }
}

function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as { then?: unknown } | undefined | null)?.then === "function";
}
