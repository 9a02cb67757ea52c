import { checkKeys } from "../base/check.ts";
import type { CallOptions } from "../http/call_options.ts";
import { type Client, contextOf } from "../http/client.ts";
import { request } from "../http/request.ts";
import { malformed } from "../wire/malformed.ts";
import { isRecord, optionalString } from "../base/narrow.ts";
import { pick } from "../wire/pick.ts";

/** What the caller has to do with the endpoints to list. */
export type EndpointRole = "owner" | "any";

/** Which endpoints to list. */
export interface EndpointFilter {
  /**
   * `owner` for those that the caller registered, `any` for those that it may use or see for another reason,
   * too.
   * @default {the service's choice, which is "owner"}
   */
  role?: EndpointRole;
}

/** An endpoint in a list. */
export interface EndpointSummary {
  /** The endpoint's id. */
  endpointId: string;
  /** Its name on its own machine. */
  name?: string;
  /** Its name for people. */
  displayName?: string;
  /** The Globus identity that registered it. */
  owner?: string;
}

/**
 * Lists the endpoints of the caller, or those that it may use. The list does not tell which of them are
 * online.
 *
 * @example All that can be used
 * ```ts
 * import { type Client, getEndpoints } from "@edge-compute/globus";
 *
 * export async function names(client: Client): Promise<string[]> {
 *   const endpoints = await getEndpoints(client, { role: "any" });
 *   return endpoints.map(({ endpointId, displayName }) => displayName ?? endpointId);
 * }
 * ```
 *
 * @throws {RangeError} If there is no such role.
 * @throws {ComputeHttpError} If the service answers with an error.
 * @see Route `GET /v2/endpoints`.
 */
export async function getEndpoints(
  client: Client,
  filter: EndpointFilter = {},
  options: CallOptions = {},
): Promise<EndpointSummary[]> {
  const context = contextOf(client);
  checkKeys(filter, "getEndpoints()", "role");
  const { role } = filter;
  if (role !== undefined && role !== "owner" && role !== "any") {
    throw new RangeError(`Unknown role '${String(role)}': use 'owner' or 'any'`);
  }
  const query = role === undefined ? {} : { role };
  const body = await request(
    context,
    "read",
    options,
    (api, through) => api.GET("/v2/endpoints", { ...through, params: { query } }),
  );
  const entries = Array.isArray(body) ? body.map(toSummary) : [undefined];
  return entries.map((entry) => {
    if (entry === undefined) {
      throw malformed("the list of endpoints: it is no list of endpoints with ids", body);
    }
    return entry;
  });
}

function toSummary(entry: unknown): EndpointSummary | undefined {
  const endpointId = isRecord(entry) ? optionalString(entry.uuid) : undefined;
  if (!isRecord(entry) || endpointId === undefined) return undefined;
  return { endpointId, ...pick(entry, "string", ["name", "displayName", "owner"]) };
}
