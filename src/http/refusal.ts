import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import { ComputeHttpError } from "../errors/http_error.ts";
import { ComputeNetworkError } from "../errors/network_error.ts";

/** All that is documented to mean that the service has not acted on a request. Every other status proves nothing. */
const REFUSED: ReadonlySet<number> = new Set([400, 401, 403, 404, 409, 413, 415, 422, 423, 429]);

/** Whether a status alone proves that the service has not acted on the request. */
export function isRefusedStatus(status: number): boolean {
  return REFUSED.has(status);
}

/**
 * Whether an error proves that the service has not acted on the request: it was refused or put off, its credentials
 * could not be had, or it has not reached the service. A lost answer proves nothing.
 */
export function isUntaken(error: unknown): boolean {
  if (error instanceof ComputeNetworkError) return error.unreached;
  if (error instanceof ComputeAuthorizationError) {
    return error.status === undefined || isRefusedStatus(error.status);
  }
  return error instanceof ComputeHttpError && (isRefusedStatus(error.status) || isPutOff(error));
}

/** A 503 that asks to come again, in the service's own words: a proxy's may follow a request that was passed on. */
function isPutOff({ status, retryAfterMs, serviceCode }: ComputeHttpError): boolean {
  return status === 503 && retryAfterMs !== undefined && serviceCode !== undefined;
}
