import { Hono } from "hono";
import { cors } from "hono/cors";
import { HTTPException } from "hono/http-exception";
import * as v from "valibot";
import type { Clock } from "../http/clock.ts";
import { VERSION } from "../version.ts";
import { MIN_VERSION } from "./constants.ts";
import { containerRoutes } from "./container_routes.ts";
import { type EndpointFacts, endpointRoutes } from "./endpoint_routes.ts";
import type { ServiceEnv } from "./exchange.ts";
import type { FaultState } from "./fault_state.ts";
import { functionRoutes } from "./function_routes.ts";
import { isLoopbackOrigin, refuseForeign, requireToken } from "./guard.ts";
import { meetFaults } from "./meet_faults.ts";
import { ownershipRoutes } from "./ownership_routes.ts";
import { limitRate } from "./rate_limit.ts";
import { registrationRoutes } from "./registration_routes.ts";
import { serviceError } from "./service_error.ts";
import type { ServiceState } from "./state.ts";
import { submitRoutes } from "./submit_routes.ts";
import type { TaskQueue } from "./task_queue.ts";
import { taskRoutes } from "./task_routes.ts";
import { readQuery } from "./validate.ts";

/** What the app is made of. */
export interface AppOptions {
  accessToken: string;
  maxRequestsPer10s: number;
  state: ServiceState;
  queue: TaskQueue;
  faults: FaultState;
  facts: EndpointFacts;
  clock: Clock;
}

const versionQuery = v.object({ service: v.optional(v.picklist(["api", "all"])) });

/** The 30 operations of the Compute service. */
export function createApp(options: AppOptions): Hono<ServiceEnv> {
  const { accessToken, maxRequestsPer10s, state, queue, faults, facts, clock } = options;
  const app = new Hono<ServiceEnv>();
  app.onError((error) => {
    if (error instanceof HTTPException) return error.getResponse();
    return serviceError("INTERNAL_ERROR", error.message, [error.message]).getResponse();
  });
  app.notFound((c) => c.json({ detail: "Not Found" }, 404));
  app.use(refuseForeign);
  app.use(cors({ origin: (origin) => isLoopbackOrigin(origin) ? origin : null }));
  app.use(meetFaults(faults));

  // The one route that needs no token: a client asks it before it has one. Hono answers HEAD as it does GET.
  app.get("/v2/version", (c) => {
    const { service } = readQuery(c, versionQuery);
    if (service !== "all") return c.json(VERSION);
    return c.json({
      api: VERSION,
      min_sdk_version: MIN_VERSION,
      min_ep_version: MIN_VERSION,
      git_sha: "local",
    });
  });

  app.use(requireToken(accessToken));
  app.use(limitRate(maxRequestsPer10s, clock));
  app.get("/v2/authenticate", (c) => c.json("OK"));
  app.route("/", functionRoutes(state));
  app.route("/", submitRoutes(state, queue, clock));
  app.route("/", taskRoutes(state, queue, faults));
  app.route("/", endpointRoutes(state, faults, facts));
  app.route("/", registrationRoutes(state, clock));
  app.route("/", ownershipRoutes(state, clock));
  app.route("/", containerRoutes());
  return app;
}
