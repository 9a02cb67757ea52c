import type { CallOptions } from "../http/call_options.ts";
import { type Client, contextOf } from "../http/client.ts";
import { request } from "../http/request.ts";
import { malformed } from "../wire/malformed.ts";
import { isRecord } from "../wire/narrow.ts";
import { checkUuid } from "../wire/uuid.ts";

/** A lock that keeps an endpoint from registering again. */
export interface EndpointLock {
  /** The endpoint. */
  endpointId: string;
  /** When it may register again. */
  expiresAt: Date;
}

/**
 * Stops an endpoint from afar: it loses its connection, and cannot come back until the lock ends. Only its
 * owner can.
 *
 * @example Stop, and tell until when
 * ```ts
 * import { type Client, stopEndpoint } from "@edge-compute/globus";
 *
 * export async function stop(client: Client, endpointId: string): Promise<string> {
 *   const { expiresAt } = await stopEndpoint(client, endpointId);
 *   return `stopped, and locked until ${expiresAt.toISOString()}`;
 * }
 * ```
 *
 * @throws {RangeError} If `endpointId` is no UUID.
 * @throws {ComputeHttpError} With `ENDPOINT_NOT_FOUND`, if the service does not know it.
 * @throws {ComputeAuthorizationError} If it is somebody else's.
 * @see Route `POST /v3/endpoints/{endpoint_uuid}/lock`.
 */
export async function stopEndpoint(
  client: Client,
  endpointId: string,
  options: CallOptions = {},
): Promise<EndpointLock> {
  const context = contextOf(client);
  const id = checkUuid(endpointId, "endpointId");
  const body = await request(
    context,
    "write",
    options,
    (api, through) =>
      api.POST("/v3/endpoints/{endpoint_uuid}/lock", { ...through, params: { path: { endpoint_uuid: id } } }),
  );
  // The service writes seconds since 1970, and has written them as a string at times.
  const seconds = Number(isRecord(body) ? body.lock_expiration_timestamp ?? NaN : NaN);
  if (Number.isFinite(seconds)) return { endpointId: id, expiresAt: new Date(seconds * 1000) };
  throw malformed(`the lock of endpoint ${id}: the answer has no 'lock_expiration_timestamp'`, body);
}
