import type { CallOptions } from "../http/call_options.ts";
import { type Client, contextOf } from "../http/client.ts";
import { request } from "../http/request.ts";
import { malformed } from "../wire/malformed.ts";
import { isRecord, optionalString } from "../base/narrow.ts";
import { pick } from "../wire/pick.ts";
import { checkUuid } from "../wire/uuid.ts";

/** Whether an endpoint is online, and how busy it is. */
export interface EndpointStatus {
  /** The service's own word: `online`, `offline`, or one that is new. */
  status: string;
  /** Whether that word is `online`. Tasks for an endpoint that is not wait for it. */
  isOnline: boolean;
  /** Figures of its last report, where it sends some. */
  details?: EndpointLoad;
}

/** How busy an endpoint is. */
export interface EndpointLoad {
  /** Workers there are. */
  totalWorkers?: number;
  /** Workers that have nothing to do. */
  idleWorkers?: number;
  /** Tasks that wait for a worker. */
  pendingTasks?: number;
  /** Tasks that the endpoint has taken and not answered yet. */
  outstandingTasks?: number;
  /** Groups of workers, mostly one a node. */
  managers?: number;
}

/**
 * Asks whether an endpoint is online.
 *
 * @example The first endpoint that is online
 * ```ts
 * import { type Client, getEndpointStatus } from "@edge-compute/globus";
 *
 * export async function firstOnline(client: Client, endpointIds: string[]): Promise<string | undefined> {
 *   for (const endpointId of endpointIds) {
 *     if ((await getEndpointStatus(client, endpointId)).isOnline) return endpointId;
 *   }
 * }
 * ```
 *
 * @throws {RangeError} If `endpointId` is no UUID.
 * @throws {ComputeHttpError} With `ENDPOINT_NOT_FOUND`, if the service does not know it.
 * @see Route `GET /v2/endpoints/{endpoint_uuid}/status`.
 */
export async function getEndpointStatus(
  client: Client,
  endpointId: string,
  options: CallOptions = {},
): Promise<EndpointStatus> {
  const context = contextOf(client);
  const id = checkUuid(endpointId, "endpointId");
  const body = await request(
    context,
    "read",
    options,
    (api, through) =>
      api.GET("/v2/endpoints/{endpoint_uuid}/status", {
        ...through,
        params: { path: { endpoint_uuid: id } },
      }),
  );
  const status = isRecord(body) ? optionalString(body.status) : undefined;
  if (!isRecord(body) || status === undefined) {
    throw malformed(`the status of endpoint ${id}: the answer has no 'status'`, body);
  }
  const isOnline = status.toLowerCase() === "online";
  if (!isRecord(body.details)) return { status, isOnline };
  const details = pick(body.details, "number", [
    "totalWorkers",
    "idleWorkers",
    "pendingTasks",
    "outstandingTasks",
    "managers",
  ]);
  return { status, isOnline, details };
}
