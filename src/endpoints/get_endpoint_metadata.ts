import type { CallOptions } from "../http/call_options.ts";
import { type Client, contextOf } from "../http/client.ts";
import { request } from "../http/request.ts";
import { malformed } from "../wire/malformed.ts";
import { given, isRecord, optionalString } from "../base/narrow.ts";
import { pick } from "../wire/pick.ts";
import { checkUuid } from "../wire/uuid.ts";
import type { EndpointSummary } from "./get_endpoints.ts";

/** An endpoint, as it described itself when it registered. */
export interface EndpointMetadata extends Omit<EndpointSummary, "owner"> {
  /** Whether it maps different users to different local accounts. */
  multiUser?: boolean;
  /** Whether it keeps the rules for protected data. */
  highAssurance?: boolean;
  /** Whether everybody can find it, which does not mean that everybody can use it. */
  public?: boolean;
  /** Its configuration file, YAML. */
  endpointConfig?: string;
  /**
   * The Jinja template that configures user endpoints: `userEndpointConfig` of a submission sets its
   * variables.
   */
  userConfigTemplate?: string;
  /** The JSON schema that `userEndpointConfig` is held against. */
  userConfigSchema?: Record<string, unknown>;
  /** What it is for. */
  description?: string;
  /** The name of its machine. */
  hostname?: string;
  /** The local account that it runs under. */
  localUser?: string;
  /** The address of its machine. */
  ipAddress?: string;
  /** The version of the endpoint program. */
  endpointVersion?: string;
  /** The version of the Python SDK there. */
  sdkVersion?: string;
  /** Its Python. */
  pythonVersion?: string;
  /** The Globus subscription that it belongs to. */
  subscriptionId?: string;
  /** Whether an administrator of the subscription stands behind it. */
  subscriptionAdminVerified?: boolean;
}

/**
 * Reads how an endpoint described itself when it registered, the options that a submission can set included.
 *
 * @example What a submission can set
 * ```ts
 * import { type Client, getEndpointMetadata } from "@edge-compute/globus";
 *
 * export async function template(client: Client, endpointId: string): Promise<string> {
 *   const { userConfigTemplate = "no options" } = await getEndpointMetadata(client, endpointId);
 *   return userConfigTemplate;
 * }
 * ```
 *
 * @throws {RangeError} If `endpointId` is no UUID.
 * @throws {ComputeHttpError} With `ENDPOINT_NOT_FOUND`, if the service does not know it.
 * @see Route `GET /v2/endpoints/{endpoint_uuid}`.
 */
export async function getEndpointMetadata(
  client: Client,
  endpointId: string,
  options: CallOptions = {},
): Promise<EndpointMetadata> {
  const context = contextOf(client);
  const id = checkUuid(endpointId, "endpointId");
  const body = await request(
    context,
    "read",
    options,
    (api, through) =>
      api.GET("/v2/endpoints/{endpoint_uuid}", { ...through, params: { path: { endpoint_uuid: id } } }),
  );
  if (!isRecord(body)) throw malformed(`the details of endpoint ${id}: the answer is no object`, body);
  const subscriptionId = optionalString(body.subscription_uuid);
  return {
    endpointId: optionalString(body.uuid) ?? id,
    ...pick(body, "string", [
      "name",
      "displayName",
      "endpointConfig",
      "userConfigTemplate",
      "description",
      "hostname",
      "localUser",
      "ipAddress",
      "endpointVersion",
      "sdkVersion",
      "pythonVersion",
    ]),
    ...pick(body, "boolean", ["multiUser", "highAssurance", "public", "subscriptionAdminVerified"]),
    ...given({
      userConfigSchema: isRecord(body.user_config_schema) ? body.user_config_schema : undefined,
      subscriptionId,
    }),
  };
}
