import { setImmediate } from "node:timers";

/** The event loop gets its turn after so long at the latest. */
const MAX_TURN_MS = 5;

/** How much of a turn of the event loop calls have used that never wait for anything. */
export interface Turn {
  /** Resolves when a call may run: at once, or in a later turn where this one is used up. */
  mayRun(): Promise<void>;
}

/**
 * Has the event loop go on while calls follow one another that never wait for it: a caller that polls by reads would keep
 * all others from their timers, and from the commit that it polls for.
 */
export function createTurn(): Turn {
  let startedAtMs: number | undefined;
  const isUsedUp = () => startedAtMs !== undefined && performance.now() - startedAtMs > MAX_TURN_MS;
  return {
    async mayRun() {
      while (isUsedUp()) await nextTurn();
      if (startedAtMs !== undefined) return;
      startedAtMs = performance.now();
      setImmediate(() => startedAtMs = undefined);
    },
  };
}

/** Resolves once the event loop has looked at all else. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
