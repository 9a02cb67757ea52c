import type { CallOptions } from "../http/call_options.ts";
import { type Client, contextOf } from "../http/client.ts";
import { readAnswerIfAny } from "../http/read_answer.ts";
import { request } from "../http/request.ts";
import { timeOf } from "../wire/iso_time.ts";
import { given, isRecord } from "../base/narrow.ts";
import { checkUuid } from "../wire/uuid.ts";

/** A lock that keeps an endpoint from registering again. */
export interface EndpointLock {
  /** The endpoint. */
  endpointId: string;
  /** When it may register again, where the service tells. */
  expiresAt?: Date;
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
 *   return `stopped, and locked until ${expiresAt?.toISOString() ?? "later"}`;
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
    { readAnswer: readAnswerIfAny },
  );
  // Seconds since 1970, as a number or as its text, or a date and time: the routes' versions differ.
  const value = isRecord(body) ? body.lock_expiration_timestamp : undefined;
  const seconds = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  const expiresAt = typeof seconds === "number" && !Number.isNaN(seconds)
    ? timeOf(seconds * 1000)
    : timeOf(value);
  return given({ endpointId: id, expiresAt });
}
