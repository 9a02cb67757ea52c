import { type Context, Hono } from "hono";
import * as v from "valibot";
import { COMPATIBLE_SDK_VERSION } from "../version.ts";
import { LOCAL_ENDPOINT_ID, LOCAL_USER_ID } from "./constants.ts";
import { serviceError } from "./service_error.ts";
import { readPathId, readQuery } from "./validate.ts";

/** How busy the workers are. */
export interface WorkerCounts {
  workers: number;
  idle: number;
  queued: number;
  running: number;
}

/** What the routes tell of the one endpoint. */
export interface EndpointFacts {
  pythonVersion: string;
  counts(): WorkerCounts;
}

const listQuery = v.object({ role: v.optional(v.picklist(["owner", "any"])) });

/** The one endpoint of this service: its workers. */
export function endpointRoutes(facts: EndpointFacts): Hono {
  const app = new Hono();

  app.get("/v2/endpoints", (c) => {
    readQuery(c, listQuery);
    return c.json([{
      uuid: LOCAL_ENDPOINT_ID,
      name: "local",
      display_name: "Local workers",
      owner: LOCAL_USER_ID,
    }]);
  });

  app.get("/v2/endpoints/:endpoint_uuid", (c) => {
    requireEndpoint(c);
    return c.json({
      uuid: LOCAL_ENDPOINT_ID,
      name: "local",
      display_name: "Local workers",
      multi_user: false,
      high_assurance: false,
      public: false,
      description: "Python processes on this machine",
      hostname: "localhost",
      endpoint_version: COMPATIBLE_SDK_VERSION,
      sdk_version: COMPATIBLE_SDK_VERSION,
      python_version: facts.pythonVersion,
    });
  });

  app.get("/v2/endpoints/:endpoint_uuid/status", (c) => {
    requireEndpoint(c);
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
    requireEndpoint(c);
    return c.json({ endpoint_id: LOCAL_ENDPOINT_ID, restricted: false });
  });

  return app;
}

function requireEndpoint(c: Context): void {
  const endpointId = readPathId(c, "endpoint_uuid");
  if (endpointId === LOCAL_ENDPOINT_ID) return;
  throw serviceError("ENDPOINT_NOT_FOUND", `Endpoint ${endpointId} could not be resolved`, [endpointId]);
}
