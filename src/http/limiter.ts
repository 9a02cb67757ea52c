import type { Clock } from "./clock.ts";
import { orAborted } from "./deadline.ts";

/** Holds requests back to the rate that the service takes. Several clients may share one. */
export interface Limiter {
  /**
   * Resolves when the next request may be sent.
   *
   * @throws `signal.reason`, when the signal is aborted before.
   */
  acquire(options?: { signal?: AbortSignal | undefined }): Promise<void>;
  /** Lets no request through for so long, as the service has asked for it. */
  pause(ms: number): void;
  /**
   * How much of the rate is used up, from 0 to 1. From a half on, polls leave the rest to whatever else is to be sent.
   * @default {nothing is, at any time}
   */
  usedShare?(): number;
}

/** What {@linkcode rateLimiter} takes. */
export interface RateLimiterOptions {
  /**
   * How many requests may be sent in each window.
   * @default {20}
   */
  requests?: number;
  /**
   * How long the window is, in milliseconds.
   * @default {10_000}
   */
  windowMs?: number;
  /** Tells the time and sleeps. */
  clock: Clock;
}

/** Requests arrive a little later than they are sent, and not all by the same time. */
const MARGIN_MS = 100;

/**
 * A limiter that lets at most so many requests through in any window of time, in the order in which they come.
 * The defaults are the rate that the service documents for a client.
 *
 * @example Two clients of one account
 * ```ts
 * import { accessToken, createClient, rateLimiter, systemClock } from "@edge-compute/globus";
 *
 * const limiter = rateLimiter({ clock: systemClock });
 * const first = createClient({ authorizer: accessToken("…"), limiter });
 * const second = createClient({ authorizer: accessToken("…"), limiter });
 * ```
 *
 * @throws {RangeError} If `requests` is no positive integer, or `windowMs` no positive number.
 */
export function rateLimiter(options: RateLimiterOptions): Limiter {
  const { requests = 20, windowMs = 10_000, clock } = options;
  if (!Number.isInteger(requests) || requests < 1) {
    throw new RangeError(`Cannot use 'requests': it must be a positive integer, not ${requests}`);
  }
  if (!(windowMs > 0)) throw new RangeError(`Cannot use 'windowMs': it must be positive, not ${windowMs}`);
  /** When the last requests were let through: a ring, in which the next place has the oldest. */
  const sentMs = new Array<number>(requests).fill(-Infinity);
  let next = 0;
  let pausedUntilMs = -Infinity;
  /** The end of the line. */
  let last: Promise<void> = Promise.resolve();

  async function wait(signal: AbortSignal | undefined): Promise<void> {
    while (true) {
      signal?.throwIfAborted();
      const freeMs = Math.max((sentMs[next] as number) + windowMs + MARGIN_MS, pausedUntilMs);
      const waitMs = freeMs - clock.nowMs();
      if (waitMs <= 0) break;
      await clock.sleep(waitMs, { signal });
    }
    sentMs[next] = clock.nowMs();
    next = (next + 1) % requests;
  }

  return {
    async acquire({ signal } = {}) {
      const before = last;
      const turn = before.then(() => wait(signal));
      last = turn.catch(() => {}); // Who leaves the line does not hold up those behind.
      await orAborted(signal, () => before); // Who leaves it need not come to its front for that.
      await turn;
    },
    pause(ms) {
      pausedUntilMs = Math.max(pausedUntilMs, clock.nowMs() + ms);
    },
    usedShare() {
      const nowMs = clock.nowMs();
      if (pausedUntilMs > nowMs) return 1;
      return sentMs.filter((ms) => ms + windowMs + MARGIN_MS > nowMs).length / requests;
    },
  };
}
