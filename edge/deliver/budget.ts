import type { EdgeContext } from "../context.ts";

/** What one call of `collect` may still begin with. */
export interface Budget {
  /** How many requests may still be sent. */
  left(): number;
  /** Whether nothing new is to be begun: the time is over, the caller has given up, or another process may collect. */
  isLate(): boolean;
  /** Whether nothing new is to be begun that needs a request. */
  isOver(): boolean;
  /** Keeps one request until it is sent, or `release` is called; nothing where there is none left. */
  reserve(): { release(): void } | undefined;
  /** A signal that is aborted once so many requests have been sent from now on, and one more begins. */
  stopAfter(count: number): { signal: AbortSignal; done(): void };
  /** Ends the counting. */
  end(): void;
}

/** After so long a call begins with nothing new: the next one goes on. */
const TIME_MS = 60_000;

/** The reason with which {@linkcode Budget.stopAfter} aborts. */
export const SPENT: unique symbol = Symbol("spent");

/**
 * Counts what is sent while one call of `collect` runs.
 *
 * @param mayAct Whether this process may collect now.
 */
export function createBudget(context: EdgeContext, signal: AbortSignal, mayAct: () => boolean): Budget {
  const { clock, limits: { maxRequestsPerCollect } } = context;
  const untilMs = clock.monotonicMs() + TIME_MS;
  const reserved = new Set<object>();
  let used = 0;
  const end = context.onRequest(() => {
    used++;
    const [oldest] = reserved; // It does not matter for whom it was kept: it is one less.
    if (oldest !== undefined) reserved.delete(oldest);
  });
  const left = () => Math.max(0, maxRequestsPerCollect - used - reserved.size);
  const isLate = () => signal.aborted || !mayAct() || clock.monotonicMs() >= untilMs;
  return {
    left,
    isLate,
    isOver: () => left() === 0 || isLate(),
    reserve() {
      if (left() === 0) return undefined;
      const one = {};
      reserved.add(one);
      return { release: () => void reserved.delete(one) };
    },
    stopAfter(count) {
      const stop = new AbortController();
      let sent = 0;
      const done = context.onRequest(() => {
        if (++sent > count) stop.abort(SPENT);
      });
      return { signal: stop.signal, done };
    },
    end,
  };
}
