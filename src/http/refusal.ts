import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import { ComputeHttpError } from "../errors/http_error.ts";

/**
 * Whether an error proves that the service has not acted on the request: it could not be authorized, or the answer
 * was a refusal. A lost answer proves nothing.
 */
export function isRefusal(error: unknown): boolean {
  if (error instanceof ComputeAuthorizationError) return true;
  return error instanceof ComputeHttpError && isRefusalStatus(error.status, error.retryAfterMs);
}

/**
 * Whether the head of an answer that is no success proves that the service has not acted on the request: a 4xx, or a
 * 503 that asks to come again. Any other 5xx and a 408 prove nothing.
 */
export function isRefusalStatus(status: number, retryAfterMs: number | undefined): boolean {
  return status < 500 ? status !== 408 : status === 503 && retryAfterMs !== undefined;
}
