import type { Context } from "hono";
import type { HTTPException } from "hono/http-exception";
import type { Bearer } from "./auth/bearer.ts";
import { reauthenticationRequired } from "./auth/reauthentication.ts";
import { LOCAL_ENDPOINT_ID } from "./constants.ts";
import { serviceError } from "./service_error.ts";
import type { ServiceState, StoredEndpoint } from "./state.ts";
import { readPathId } from "./validate.ts";

/**
 * The endpoint that the path names: one that was registered, or nothing for the local one.
 *
 * @throws `ENDPOINT_NOT_FOUND`, where it is neither.
 */
export function readEndpoint(c: Context, state: ServiceState): StoredEndpoint | undefined {
  const endpointId = readPathId(c, "endpoint_uuid");
  const endpoint = state.endpoints.get(endpointId);
  if (!endpoint && endpointId !== LOCAL_ENDPOINT_ID) throw endpointNotFound(endpointId);
  return endpoint;
}

/** The error of an endpoint that is not known. */
export function endpointNotFound(endpointId: string): HTTPException {
  return serviceError("ENDPOINT_NOT_FOUND", `Endpoint ${endpointId} could not be resolved`, [endpointId]);
}

/** The error of somebody who may not do this with an endpoint. */
export function endpointForbidden(endpointId: string, detail: string): HTTPException {
  return serviceError("ENDPOINT_ACCESS_FORBIDDEN", detail, [endpointId]);
}

/** @throws `ENDPOINT_ACCESS_FORBIDDEN` for everybody but the account that has registered it. */
export function checkOwner({ endpointId, ownerId }: StoredEndpoint, { account }: Bearer): void {
  if (ownerId === account.id) return;
  throw endpointForbidden(endpointId, `Endpoint ${endpointId} is not ${account.username}'s`);
}

/** @throws `ENDPOINT_ACCESS_FORBIDDEN`, or what asks for another login. */
export function checkUse(endpoint: StoredEndpoint, bearer: Bearer): void {
  const { policyId, isPublic } = endpoint;
  if (!isPublic) checkOwner(endpoint, bearer);
  if (policyId !== undefined && !bearer.policies.includes(policyId)) throw reauthenticationRequired(policyId);
}
