import { setImmediate } from "node:timers";
import type { Clock } from "../../mod.ts";
import "./load_on_demand.ts";

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

/** Work that neither sleeps nor ends for so long is stuck, on any machine. */
const MAX_IDLE_MS = 30_000;

/** Where monotonic time begins: at nothing that could be taken for a time of day. */
const START_MS = 5_000_000;

/** A clock that stands still until it is told to go on: no test waits. */
export class ManualClock implements Clock {
  #monotonicMs = START_MS;
  /** What the time of day has beyond the monotonic time. */
  #aheadMs: number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(nowMs: number = Date.UTC(2026, 0, 1)) {
    this.#aheadMs = nowMs - START_MS;
  }

  nowMs(): number {
    return this.#monotonicMs + this.#aheadMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  /** Sets the time of day forward, or back, as a person or NTP does it: nothing that waits notices. */
  step(ms: number): void {
    this.#aheadMs += ms;
  }

  sleep(ms: number, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      const sleeper = {
        dueMs: this.#monotonicMs + ms,
        wake: () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** How many sleeps are under way: none should be left when a call is over. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  /** Goes on by so many milliseconds, one timer after the other, and lets everything run that they set off. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#monotonicMs + ms;
    await settle();
    for (let next = this.#next(); next !== undefined && next.dueMs <= untilMs; next = this.#next()) {
      await this.#fire(next);
    }
    this.#monotonicMs = untilMs;
    await settle();
  }

  /**
   * Goes on from timer to timer until `work` is done, and gives what it comes to.
   *
   * @param isBusy Whether something runs that takes time of its own, a digest for one: then the clock stands still.
   */
  async runUntil<T>(work: Promise<T>, isBusy: () => boolean = () => false): Promise<T> {
    let isDone = false;
    const over = () => {
      isDone = true;
    };
    work.then(over, over);
    await settle();
    let idleSinceMs = performance.now();
    while (!isDone) {
      if (isBusy()) {
        await settle();
        continue;
      }
      const next = this.#next();
      // A digest or a file takes its own time: it is given some before the work counts as stuck.
      if (next === undefined && performance.now() - idleSinceMs > MAX_IDLE_MS) {
        throw new Error("Nothing sleeps, and the work is not done");
      }
      if (next === undefined) await settle();
      else {
        await this.#fire(next);
        idleSinceMs = performance.now();
      }
    }
    return await work;
  }

  #next(): Sleeper | undefined {
    return [...this.#sleepers].sort((a, b) => a.dueMs - b.dueMs)[0];
  }

  async #fire(sleeper: Sleeper): Promise<void> {
    this.#sleepers.delete(sleeper);
    this.#monotonicMs = Math.max(this.#monotonicMs, sleeper.dueMs);
    sleeper.wake();
    await settle();
  }
}

/** Lets everything run that waits for no timer. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise<void>((resolve) => void setImmediate(resolve));
}
