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
  const { signal, timeoutMs = Infinity } = deadline;
  signal?.throwIfAborted();
  const work = new AbortController();
  let timer: AbortController | undefined;
  const follow = () => work.abort(signal?.reason);
  // Listens first: the work may run code of the caller's at once, and that may abort.
  signal?.addEventListener("abort", follow, { once: true });
  try {
    const result = run(work.signal);
    if (!isPromise(result)) return result;
    return await new Promise<T>((resolve, reject) => {
      // Rejects at once, and so before what the work makes of its signal.
      const end = () => reject(work.signal.reason);
      if (work.signal.aborted) end();
      work.signal.addEventListener("abort", end);
      result.then(resolve, reject);
      if (timeoutMs === Infinity) return;
      timer = new AbortController();
      const late = () => work.abort(deadline.onTimeout?.());
      deadline.clock?.sleep(timeoutMs, { signal: timer.signal }).then(late, () => {});
    });
  } finally {
    signal?.removeEventListener("abort", follow);
    timer?.abort(OVER);
  }
}

function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as { then?: unknown } | undefined | null)?.then === "function";
}
