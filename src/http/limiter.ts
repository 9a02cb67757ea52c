import { checkKeys, checkNumber } from "../base/check.ts";
import { inOrder } from "../base/in_order.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { ComputeHttpError } from "../errors/http_error.ts";
import type { Emit } from "./observe.ts";
import { MAX_RETRY_AFTER_MS } from "./retry_after.ts";
import { type Layer, targetOf } from "./send.ts";

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
   * How many requests may be sent in each window: 1 to 1,000,000. Of more than 64, some wait for up to a 64th of the
   * window longer than they must.
   * @default {20}
   */
  requests?: number;
  /**
   * How long the window is, in milliseconds: a day at most.
   * @default {10_000}
   */
  windowMs?: number;
  /**
   * Tells the time and sleeps.
   * @default {the runtime's}
   */
  clock?: Clock;
}

/** Requests arrive a little later than they are sent, and not all by the same time. */
const MARGIN_MS = 100;
const MAX_REQUESTS = 1_000_000;
const MAX_WINDOW_MS = 86_400_000;
/** So many requests are remembered one by one. */
const MAX_TIMES = 64;

/** Requests that were let through at the same time, or soon after one another. */
interface Sent {
  firstMs: number;
  lastMs: number;
  count: number;
}

/**
 * A limiter that lets at most so many requests through in any window of time, in the order in which they come.
 * The defaults are the rate that the service documents for a client.
 *
 * @example Two clients of one account
 * ```ts
 * import { accessToken, createClient, rateLimiter } from "@edge-compute/globus";
 *
 * const limiter = rateLimiter();
 * const first = createClient({ authorizer: accessToken("…"), limiter });
 * const second = createClient({ authorizer: accessToken("…"), limiter });
 * ```
 *
 * @throws {TypeError} If an option is of the wrong type, or unknown.
 * @throws {RangeError} If `requests` is no whole number from 1 to 1,000,000, or `windowMs` is not from 1 to 86,400,000.
 */
export function rateLimiter(options: RateLimiterOptions = {}): Limiter {
  checkKeys(options, "rateLimiter()", "requests windowMs clock");
  const { requests = 20, windowMs = 10_000, clock = systemClock } = options;
  checkNumber(requests, "requests", 1, MAX_REQUESTS);
  checkNumber(windowMs, "windowMs", 1, MAX_WINDOW_MS, false);
  /** Requests that come one soon after another count as one time, the last: a large number costs no more than a small one. */
  const grainMs = requests > MAX_TIMES ? windowMs / MAX_TIMES : 0;
  /** When requests were let through that still count, the oldest first. */
  const sent: Sent[] = [];
  let count = 0;
  let pausedUntilMs = -Infinity;
  const line = new Map<"requests", Promise<void>>();

  /** When what was sent then no longer counts. */
  const endMs = ({ lastMs }: Sent) => lastMs + windowMs + MARGIN_MS;

  function forget(nowMs: number): void {
    for (let oldest = sent[0]; oldest !== undefined && endMs(oldest) <= nowMs; oldest = sent[0]) {
      count -= oldest.count;
      sent.shift();
    }
  }

  async function wait(signal: AbortSignal | undefined): Promise<void> {
    while (true) {
      signal?.throwIfAborted();
      const nowMs = clock.monotonicMs();
      forget(nowMs);
      const [oldest] = sent;
      const freeMs = count < requests || oldest === undefined ? -Infinity : endMs(oldest);
      const waitMs = Math.max(freeMs, pausedUntilMs) - nowMs;
      if (waitMs <= 0) break;
      await clock.sleep(waitMs, { signal });
    }
    const nowMs = clock.monotonicMs();
    const newest = sent.at(-1);
    count++;
    if (newest !== undefined && nowMs - newest.firstMs <= grainMs) {
      newest.count++;
      newest.lastMs = nowMs;
    } else sent.push({ firstMs: nowMs, lastMs: nowMs, count: 1 });
  }

  return {
    acquire: ({ signal } = {}) => inOrder(line, "requests", () => wait(signal), signal),
    pause(ms) {
      pausedUntilMs = Math.max(pausedUntilMs, clock.monotonicMs() + ms);
    },
    usedShare() {
      const nowMs = clock.monotonicMs();
      forget(nowMs);
      return pausedUntilMs > nowMs ? 1 : count / requests;
    },
  };
}

/** Who is let through at once waits for less. */
const NOTICEABLE_MS = 10;

/** Holds each attempt back to the rate of the limiter. It stands inside the retries, as each of them is a request. */
export function createLimit(limiter: Limiter, { clock, emit }: { clock: Clock; emit: Emit }): Layer {
  return (next) => async (request, call) => {
    const startMs = clock.monotonicMs();
    await limiter.acquire({ signal: call.signal });
    const waitedMs = clock.monotonicMs() - startMs;
    if (waitedMs >= NOTICEABLE_MS) emit({ kind: "rateLimited", ...targetOf(request), waitedMs });
    try {
      return await next(request, call);
    } catch (error) {
      // What the service asks of one request holds for all: they have one rate.
      if (error instanceof ComputeHttpError && error.status === 429) {
        limiter.pause(Math.min(error.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS));
      }
      throw error;
    }
  };
}
