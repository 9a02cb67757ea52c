import { Hono } from "hono";
import * as v from "valibot";
import { bearerOf } from "./auth/bearer.ts";
import { COMPATIBLE_SDK_VERSION } from "../version.ts";
import { LOCAL_ENDPOINT_ID, LOCAL_USER_ID } from "./constants.ts";
import { readEndpoint } from "./endpoint_lookup.ts";
import type { FaultState } from "./fault_state.ts";
import type { ServiceState, StoredEndpoint } from "./state.ts";
import { readQuery } from "./validate.ts";

/** How busy the workers are. */
export interface WorkerCounts {
  workers: number;
  idle: number;
  queued: number;
  running: number;
}

/** What the local endpoint tells of itself. */
export interface EndpointFacts {
  /** Absent where no Python runs tasks. */
  pythonVersion?: string;
  counts(): WorkerCounts;
}

const listQuery = v.object({ role: v.optional(v.picklist(["owner", "any"])) });

/** Reading what is known of endpoints: of the local one, which runs tasks, and of those that were registered. */
export function endpointRoutes(state: ServiceState, faults: FaultState, facts: EndpointFacts): Hono {
  const app = new Hono();

  app.get("/v2/endpoints", (c) => {
    const { role } = readQuery(c, listQuery);
    const { account } = bearerOf(c);
    const mine = ({ ownerId, isPublic }: StoredEndpoint) =>
      ownerId === account.id || (role === "any" && isPublic);
    return c.json([
      { uuid: LOCAL_ENDPOINT_ID, name: "local", display_name: "Local workers", owner: LOCAL_USER_ID },
      ...[...state.endpoints.values()].filter(mine).map(({ endpointId, name, displayName, ownerId }) => {
        return { uuid: endpointId, name, display_name: displayName, owner: ownerId };
      }),
    ]);
  });

  app.get("/v2/endpoints/:endpoint_uuid", (c) => {
    const endpoint = readEndpoint(c, state);
    return c.json(endpoint ? describe(endpoint) : describeLocal(facts));
  });

  app.get("/v2/endpoints/:endpoint_uuid/status", (c) => {
    const endpoint = readEndpoint(c, state);
    if (endpoint || faults.isOffline()) return c.json({ status: "offline" });
    const { workers, idle, queued, running } = facts.counts();
    return c.json({
      status: "online",
      details: {
        total_workers: workers,
        idle_workers: idle,
        pending_tasks: queued,
        outstanding_tasks: queued + running,
        managers: 1,
      },
    });
  });

  app.get("/v3/endpoints/:endpoint_uuid/allowed_functions", (c) => {
    const endpoint = readEndpoint(c, state);
    const functions = endpoint?.allowedFunctions;
    return c.json({
      endpoint_id: endpoint?.endpointId ?? LOCAL_ENDPOINT_ID,
      restricted: functions !== undefined,
      ...(functions === undefined ? {} : { functions }),
    });
  });

  return app;
}

function describeLocal({ pythonVersion }: EndpointFacts): object {
  return {
    uuid: LOCAL_ENDPOINT_ID,
    name: "local",
    display_name: "Local workers",
    multi_user: false,
    high_assurance: false,
    public: false,
    description: pythonVersion === undefined ? "JavaScript functions" : "Python processes on this machine",
    hostname: "localhost",
    endpoint_version: COMPATIBLE_SDK_VERSION,
    sdk_version: COMPATIBLE_SDK_VERSION,
    ...(pythonVersion === undefined ? {} : { python_version: pythonVersion }),
  };
}

/** What is null was not told: it is left out. */
function describe(endpoint: StoredEndpoint): object {
  const { endpointId, subscriptionId, metadata } = endpoint;
  return {
    ...Object.fromEntries(
      Object.entries(metadata).filter(([, value]) => value !== null && value !== undefined),
    ),
    uuid: endpointId,
    name: endpoint.name,
    display_name: endpoint.displayName,
    multi_user: endpoint.isMultiUser,
    high_assurance: endpoint.isHighAssurance,
    public: endpoint.isPublic,
    subscription_admin_verified: false,
    ...(subscriptionId === undefined ? {} : { subscription_uuid: subscriptionId }),
  };
}
