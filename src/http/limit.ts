import { ComputeHttpError } from "../errors/http_error.ts";
import type { Limiter } from "./limiter.ts";
import { MAX_RETRY_AFTER_MS } from "./retry_after.ts";
import type { Layer } from "./send.ts";

/** Holds each attempt back to the rate of the limiter. It stands inside the retries, as each of them is a request. */
export function createLimit(limiter: Limiter): Layer {
  return (next) => async (request, call) => {
    await limiter.acquire({ signal: call.signal });
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
