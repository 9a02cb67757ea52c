import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import { ComputeHttpError } from "../errors/http_error.ts";

/**
 * Whether an error proves that the service has not acted on the request: a 4xx, or a 503 that asks to come
 * again. Any other 5xx, a 408 and a lost answer prove nothing.
 */
export function isRefusal(error: unknown): boolean {
  if (error instanceof ComputeAuthorizationError) return true;
  if (!(error instanceof ComputeHttpError)) return false;
  return error.status < 500 ? error.status !== 408 : error.status === 503 && error.retryAfterMs !== undefined;
}
