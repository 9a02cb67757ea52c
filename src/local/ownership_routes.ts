import { type Context, Hono } from "hono";
import * as v from "valibot";
import type { Clock } from "../base/clock.ts";
import { bearerOf } from "./auth/bearer.ts";
import { LOCAL_ENDPOINT_ID, LOCK_DURATION_MS } from "./constants.ts";
import { checkOwner, endpointForbidden, readEndpoint } from "./endpoint_lookup.ts";
import { serviceError } from "./service_error.ts";
import type { ServiceState, StoredEndpoint } from "./state.ts";
import { readBody, readPathId, readQuery, uuidSchema } from "./validate.ts";

const CONSOLE_FIELDS = new Set(
  ("user_endpoint_id active python_version endpoint_version client_sdk_versions posix_pid posix_username " +
    "start_time_iso start_time_unix last_heartbeat_unix total_worker_count idle_worker_count total_node_count " +
    "node_info running_task_count queued_task_count executed_task_count engine_type provider_type account queue " +
    "config").split(" "),
);

const consoleQuery = v.object({
  user_endpoint_id: v.optional(uuidSchema),
  include_fields: v.optional(v.string()),
});

const subscriptionMark = v.object({ subscription_admin_verified: v.boolean() });

/** What the owner of an endpoint does with it: stop and lock it, delete it, look into it. */
export function ownershipRoutes(state: ServiceState, clock: Clock): Hono {
  const app = new Hono();

  function lock(c: Context): { endpointId: string; endsMs: number } {
    const { endpointId } = readOwnEndpoint(c, state);
    const endsMs = clock.nowMs() + LOCK_DURATION_MS;
    state.locks.set(endpointId, endsMs);
    return { endpointId, endsMs };
  }

  app.post("/v2/endpoints/:endpoint_uuid/lock", (c) => {
    const { endpointId, endsMs } = lock(c);
    return c.json({ endpoint_id: endpointId, lock_expiration_timestamp: new Date(endsMs).toISOString() });
  });

  app.post("/v3/endpoints/:endpoint_uuid/lock", (c) => {
    const { endpointId, endsMs } = lock(c);
    return c.json({ endpoint_id: endpointId, lock_expiration_timestamp: endsMs / 1000 });
  });

  app.on("DELETE", ["/v2/endpoints/:endpoint_uuid", "/v3/endpoints/:endpoint_uuid"], (c) => {
    state.endpoints.delete(readOwnEndpoint(c, state).endpointId);
    return c.json({ result: 302 });
  });

  app.get("/v3/endpoints/:endpoint_uuid/console", (c) => {
    readPathId(c, "endpoint_uuid");
    const { include_fields } = readQuery(c, consoleQuery);
    const endpoint = readEndpoint(c, state);
    const unknown = include_fields?.split(",").find((field) => !CONSOLE_FIELDS.has(field.trim()));
    if (unknown !== undefined) {
      throw serviceError("REQUEST_MALFORMED", `Unknown field: ${unknown}`, [`Unknown field: ${unknown}`]);
    }
    if (!endpoint?.subscriptionId) {
      const endpointId = endpoint?.endpointId ?? LOCAL_ENDPOINT_ID;
      throw endpointForbidden(endpointId, `Endpoint ${endpointId} belongs to no subscription`);
    }
    return c.json({ user_endpoints: [] }); // Nobody runs it, so that it has started none.
  });

  // Whoever calls here is the administrator of no subscription.
  app.put("/v3/endpoints/:endpoint_uuid/subscription-admin-verified", async (c) => {
    readPathId(c, "endpoint_uuid");
    await readBody(c, subscriptionMark);
    const endpointId = readEndpoint(c, state)?.endpointId ?? LOCAL_ENDPOINT_ID;
    throw endpointForbidden(endpointId, `No administrator of the subscription of endpoint ${endpointId}`);
  });

  return app;
}

/** @throws `ENDPOINT_ACCESS_FORBIDDEN` for the local endpoint: it is there as long as the service is. */
function readOwnEndpoint(c: Context, state: ServiceState): StoredEndpoint {
  const endpoint = readEndpoint(c, state);
  if (endpoint) {
    checkOwner(endpoint, bearerOf(c));
    return endpoint;
  }
  throw endpointForbidden(
    LOCAL_ENDPOINT_ID,
    `Endpoint ${LOCAL_ENDPOINT_ID} is the one of this service: it can neither be locked nor deleted`,
  );
}
