import { Hono } from "hono";
import type { Clock } from "../base/clock.ts";
import { type Bearer, bearerOf } from "./auth/bearer.ts";
import { LOCAL_ENDPOINT_ID } from "./constants.ts";
import { endpointNotFound } from "./endpoint_lookup.ts";
import { checkRegistration, registrationV2, registrationV3, type Settings } from "./registration.ts";
import { readQueue, writeQueue } from "./queue_infos.ts";
import { serviceError } from "./service_error.ts";
import type { ServiceState, StoredEndpoint } from "./state.ts";
import { readBody, readPathId, requireHeader } from "./validate.ts";

/**
 * Registering endpoints. They are kept, and tasks for them are taken; but nobody runs them, and the queues that
 * the answers name are nowhere.
 */
export function registrationRoutes(state: ServiceState, clock: Clock): Hono {
  const app = new Hono();

  app.post("/v3/endpoints", async (c) => {
    requireHeader(c, "user-agent");
    const body = await readBody(c, registrationV3);
    checkRegistration(state, body);
    return c.json(describeV3(store(state, bearerOf(c), crypto.randomUUID(), body)));
  });

  app.put("/v3/endpoints/:endpoint_uuid", async (c) => {
    const endpointId = readPathId(c, "endpoint_uuid");
    requireHeader(c, "user-agent");
    const body = await readBody(c, registrationV3);
    const known = state.endpoints.get(endpointId);
    checkRegistrant(endpointId, known, bearerOf(c));
    if (!known) throw endpointNotFound(endpointId);
    checkLock(state, endpointId, clock);
    checkRegistration(state, body);
    checkSettled(known, body);
    return c.json(describeV3(store(state, bearerOf(c), endpointId, body, known)));
  });

  app.post("/v2/endpoints", async (c) => {
    requireHeader(c, "user-agent");
    const body = await readBody(c, registrationV2);
    const known = state.endpoints.get(body.endpoint_uuid);
    checkRegistrant(body.endpoint_uuid, known, bearerOf(c));
    checkLock(state, body.endpoint_uuid, clock);
    return c.json(describeV2(store(state, bearerOf(c), body.endpoint_uuid, body, known)));
  });

  return app;
}

function checkRegistrant(endpointId: string, known: StoredEndpoint | undefined, { account }: Bearer): void {
  const isForeign = known !== undefined && known.ownerId !== account.id;
  if (endpointId !== LOCAL_ENDPOINT_ID && !isForeign) return;
  const detail = isForeign
    ? `Endpoint ${endpointId} is not ${account.username}'s`
    : `Endpoint ${endpointId} is the one of this service, which runs its tasks itself`;
  throw serviceError("ENDPOINT_ALREADY_REGISTERED", detail, [endpointId]);
}

function checkLock(state: ServiceState, endpointId: string, clock: Clock): void {
  if ((state.locks.get(endpointId) ?? 0) <= clock.nowMs()) return void state.locks.delete(endpointId);
  throw serviceError("RESOURCE_LOCKED", `Endpoint ${endpointId} is locked`, [endpointId]);
}

/** Refuses to change what was settled when the endpoint was made. */
function checkSettled(known: StoredEndpoint, body: Settings): void {
  const isMultiUser = body.multi_user ?? known.isMultiUser;
  const isHighAssurance = body.high_assurance ?? known.isHighAssurance;
  if (isMultiUser === known.isMultiUser && isHighAssurance === known.isHighAssurance) return;
  const { endpointId } = known;
  throw serviceError(
    "RESOURCE_CONFLICT",
    `Conflict with endpoint ${endpointId}: multi_user and high_assurance stay as they were`,
    [endpointId],
  );
}

function store(
  state: ServiceState,
  { account }: Bearer,
  endpointId: string,
  body: Settings,
  known?: StoredEndpoint,
): StoredEndpoint {
  const subscriptionId = body.subscription_uuid ?? known?.subscriptionId;
  const endpoint: StoredEndpoint = {
    endpointId,
    ownerId: account.id,
    name: body.endpoint_name,
    displayName: body.display_name ?? body.endpoint_name,
    isMultiUser: body.multi_user ?? known?.isMultiUser ?? false,
    isHighAssurance: body.high_assurance ?? known?.isHighAssurance ?? false,
    isPublic: body.public ?? false,
    ...(body.allowed_functions ? { allowedFunctions: body.allowed_functions } : {}),
    ...(subscriptionId === undefined ? {} : { subscriptionId }),
    ...(body.authentication_policy ? { policyId: body.authentication_policy } : {}),
    metadata: body.metadata ?? {},
  };
  state.endpoints.set(endpointId, endpoint);
  return endpoint;
}

/** A manager configures user endpoints by a template; what has none runs its tasks itself. */
function isManager({ isMultiUser, metadata }: StoredEndpoint): boolean {
  return isMultiUser || typeof metadata.user_config_template === "string";
}

function describeV3(endpoint: StoredEndpoint): object {
  const { endpointId } = endpoint;
  return {
    endpoint_id: endpointId,
    ...(isManager(endpoint)
      ? { command_queue_info: readQueue(endpointId, "commands") }
      : { task_queue_info: readQueue(endpointId, "tasks") }),
    result_queue_info: writeQueue(endpointId, "results"),
    heartbeat_queue_info: writeQueue(endpointId, "heartbeats"),
  };
}

function describeV2(endpoint: StoredEndpoint): object {
  const { endpointId } = endpoint;
  if (isManager(endpoint)) {
    return { endpoint_id: endpointId, command_queue_info: readQueue(endpointId, "commands") };
  }
  return {
    endpoint_id: endpointId,
    task_queue_info: readQueue(endpointId, "tasks"),
    result_queue_info: writeQueue(endpointId, "results"),
  };
}
