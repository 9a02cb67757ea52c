import type { CallOptions } from "../http/call_options.ts";
import { type Client, contextOf } from "../http/client.ts";
import { ignoreAnswer } from "../http/read_answer.ts";
import { request } from "../http/request.ts";
import { checkUuid } from "../wire/uuid.ts";

/**
 * Deletes an endpoint for good, and cuts its connection if it is online. Only its owner can.
 *
 * @example Delete an endpoint that is not in use
 * ```ts
 * import { type Client, deleteEndpoint, getEndpointStatus } from "@edge-compute/globus";
 *
 * export async function retire(client: Client, endpointId: string): Promise<void> {
 *   const { isOnline } = await getEndpointStatus(client, endpointId);
 *   if (!isOnline) await deleteEndpoint(client, endpointId);
 * }
 * ```
 *
 * @throws {RangeError} If `endpointId` is no UUID.
 * @throws {ComputeHttpError} With `ENDPOINT_NOT_FOUND`, if the service does not know it.
 * @throws {ComputeAuthorizationError} If it is somebody else's.
 * @see Route `DELETE /v3/endpoints/{endpoint_uuid}`.
 */
export async function deleteEndpoint(
  client: Client,
  endpointId: string,
  options: CallOptions = {},
): Promise<void> {
  const context = contextOf(client);
  const id = checkUuid(endpointId, "endpointId");
  await request(
    context,
    "write",
    options,
    (api, through) =>
      api.DELETE("/v3/endpoints/{endpoint_uuid}", { ...through, params: { path: { endpoint_uuid: id } } }),
    { readAnswer: ignoreAnswer },
  );
}
