import type { Clock } from "../mod.ts";
import type { EdgeHandler } from "./options.ts";
import { withDeadline } from "../src/base/deadline.ts";

/** Calls `collect` of a handler when it is due, in a process that stays. */
export interface Collector {
  /** Has it called at this time, or before: what `onDue` of the handler is to be. */
  due(atMs: number): void;
  /**
   * Calls it whenever it is due, until that would be later than `untilMs`. Where it does so already, that goes on for
   * longer.
   */
  runUntil(untilMs: number): Promise<void>;
  /** Begins nothing new, and resolves once nothing goes on. */
  stop(): Promise<void>;
}

/** What {@linkcode createCollector} takes. */
export interface CollectorOptions {
  readonly collect: EdgeHandler["collect"];
  readonly clock: Clock;
  /** Is told why it failed. It is called again later. */
  readonly onError: (error: unknown) => void;
}

/** Another process with the same store may have ended with work that it alone knew to be due. */
const LOOK_AGAIN_MS = 60_000;
const RETRY_MS = 5_000;

/** A round begins with nothing new after a minute: one that goes on for so long waits for what never answers. */
const STUCK_MS = 10 * 60_000;

/** Makes a collector, for which it is due at once: there may be work that another process has left. */
export function createCollector({ collect, clock, onError }: CollectorOptions): Collector {
  const stopped = new AbortController();
  const onTimeout = () => new Error(`Collecting took longer than ${STUCK_MS / 60_000} minutes`);
  // By the monotonic clock, all of it: the time of day may be set while it sleeps.
  let dueAtMs = clock.monotonicMs();
  let endMs = -Infinity;
  let running: Promise<void> | undefined;
  let sleeping = new AbortController();

  const due = (atMs: number) => {
    if (atMs >= dueAtMs) return;
    dueAtMs = atMs;
    sleeping.abort();
  };
  const monotonic = (atMs: number) => clock.monotonicMs() + atMs - clock.nowMs();

  /** Resolves early where it becomes due sooner, and when it is stopped. */
  async function sleepUntil(atMs: number): Promise<void> {
    sleeping = new AbortController();
    const signal = AbortSignal.any([sleeping.signal, stopped.signal]);
    await clock.sleep(atMs - clock.monotonicMs(), { signal }).catch(() => {});
  }

  async function run(): Promise<void> {
    while (dueAtMs <= endMs && !stopped.signal.aborted) {
      if (dueAtMs > clock.monotonicMs()) {
        await sleepUntil(dueAtMs);
        continue;
      }
      dueAtMs = clock.monotonicMs() + LOOK_AGAIN_MS;
      try {
        const { nextAtMs } = await withDeadline(
          { clock, timeoutMs: STUCK_MS, onTimeout },
          (signal) => collect({ signal: AbortSignal.any([signal, stopped.signal]) }),
        );
        if (nextAtMs !== undefined) due(monotonic(nextAtMs));
      } catch (error) {
        if (stopped.signal.aborted) return;
        onError(error);
        dueAtMs = Math.max(dueAtMs - LOOK_AGAIN_MS, clock.monotonicMs()) + RETRY_MS;
      }
    }
  }

  return {
    due: (atMs) => due(monotonic(atMs)),
    runUntil(untilMs) {
      endMs = Math.max(endMs, monotonic(untilMs));
      running ??= run().finally(() => running = undefined);
      return running;
    },
    async stop() {
      stopped.abort();
      await running;
    },
  };
}
