import { ComputeError } from "../errors/compute_error.ts";
import { ComputeHttpError } from "../errors/http_error.ts";
import type { Clock } from "../base/clock.ts";
import type { Emit } from "./observe.ts";
import { MAX_RETRY_AFTER_MS } from "./retry_after.ts";
import { isUntaken } from "./refusal.ts";
import { type Addressed, type Layer, targetOf } from "./send.ts";

/** After which failures a request of one kind is sent again. */
type RetryPolicy = (error: ComputeError) => boolean;

/** A submission or a creation that is sent twice may be done twice, unless the service surely has not acted on it. */
const ONLY_UNTAKEN: RetryPolicy = (error) => error.retryable && isUntaken(error);

const ANY_RETRYABLE: RetryPolicy = (error) => error.retryable;

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 20_000;

/** What retrying needs. */
export interface RetryOptions {
  clock: Clock;
  /** How often a request is sent in all. */
  maxAttempts: number;
  /** From 0 to 1, as `Math.random`, which it is by default. */
  random?: () => number;
}

/** A failure after which there is another attempt. */
export interface PassingFailure {
  error: ComputeError;
  /** How many attempts there were. */
  attempts: number;
  /** When the next one comes. */
  delayMs: number;
}

/**
 * Sends a request again where its kind allows that. Own code, as no retry library takes a clock and tells by the
 * kind of request what proves that it was not acted on.
 */
export function createRetry<What extends Addressed>(
  { emit, ...options }: RetryOptions & { emit: Emit },
): Layer<What> {
  return (next) => (request, call) => {
    const onFailure = (failure: PassingFailure) => emit({ kind: "retry", ...targetOf(request), ...failure });
    const isRepeatable = call.operation === "read" || call.operation === "write"
      ? ANY_RETRYABLE
      : ONLY_UNTAKEN;
    return retry(
      { ...options, signal: call.signal, isRepeatable, onFailure },
      () => next(request, call),
    );
  };
}

/**
 * Does work again after failures that allow it, with full jitter, or when the other side asks to come back.
 */
export async function retry<T>(
  options: RetryOptions & {
    signal?: AbortSignal | undefined;
    isRepeatable?: RetryPolicy;
    onFailure?: (failure: PassingFailure) => void;
  },
  work: () => Promise<T>,
): Promise<T> {
  const { clock, maxAttempts, random = Math.random, signal, isRepeatable = ANY_RETRYABLE } = options;
  for (let attempts = 1;; attempts++) {
    try {
      return await work();
    } catch (error) {
      if (attempts >= maxAttempts || !(error instanceof ComputeError) || !isRepeatable(error)) throw error;
      const delayMs = delayAfter(error, attempts, random());
      options.onFailure?.({ error, attempts, delayMs });
      await clock.sleep(delayMs, { signal });
    }
  }
}

/** Full jitter over a bound that doubles; what the service asks for comes on top, so that callers do not meet again. */
function delayAfter(error: ComputeError, attempts: number, random: number): number {
  const jitterMs = random * Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempts - 1));
  const askedMs = error instanceof ComputeHttpError ? error.retryAfterMs ?? 0 : 0;
  return Math.min(askedMs, MAX_RETRY_AFTER_MS) + jitterMs;
}
