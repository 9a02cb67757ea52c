import { ComputeHttpError } from "../errors/http_error.ts";
import type { Clock } from "../base/clock.ts";
import type { Emit } from "./emit.ts";
import type { Limiter } from "./limiter.ts";
import { MAX_RETRY_AFTER_MS } from "./retry_after.ts";
import type { Layer } from "./send.ts";
import { targetOf } from "./target.ts";

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
