import type { CallOptions } from "../http/call_options.ts";
import { type Client, contextOf } from "../http/client.ts";
import { request } from "../http/request.ts";
import { malformed } from "../wire/malformed.ts";
import { membersOf } from "../base/narrow.ts";
import { checkUuid } from "../wire/uuid.ts";

/** Which functions an endpoint runs. */
export interface AllowedFunctions {
  /** The endpoint. */
  endpointId: string;
  /** Whether it runs those of `functionIds` alone; if not, it runs any function. */
  restricted: boolean;
  /** The functions, for an endpoint that is restricted to some. */
  functionIds: string[];
}

/**
 * Asks which functions an endpoint runs.
 *
 * @example Whether a function will run there
 * ```ts
 * import { type Client, getAllowedFunctions } from "@edge-compute/globus";
 *
 * export async function runs(client: Client, endpointId: string, functionId: string): Promise<boolean> {
 *   const { restricted, functionIds } = await getAllowedFunctions(client, endpointId);
 *   return !restricted || functionIds.includes(functionId);
 * }
 * ```
 *
 * @throws {RangeError} If `endpointId` is no UUID.
 * @throws {ComputeHttpError} With `ENDPOINT_NOT_FOUND`, if the service does not know it.
 * @see Route `GET /v3/endpoints/{endpoint_uuid}/allowed_functions`.
 */
export async function getAllowedFunctions(
  client: Client,
  endpointId: string,
  options: CallOptions = {},
): Promise<AllowedFunctions> {
  const context = contextOf(client);
  const id = checkUuid(endpointId, "endpointId");
  const body = await request(
    context,
    "read",
    options,
    (api, through) =>
      api.GET("/v3/endpoints/{endpoint_uuid}/allowed_functions", {
        ...through,
        params: { path: { endpoint_uuid: id } },
      }),
  );
  const { restricted, functions } = membersOf(body);
  const functionIds: unknown[] = Array.isArray(functions) ? functions : [];
  if (typeof restricted === "boolean" && functionIds.every((functionId) => typeof functionId === "string")) {
    return { endpointId: id, restricted, functionIds };
  }
  throw malformed(
    `the functions of endpoint ${id}: the answer does not tell whether it is 'restricted'`,
    body,
  );
}
