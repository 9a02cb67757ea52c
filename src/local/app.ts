import { Hono } from "hono";
import { cors } from "hono/cors";
import { HTTPException } from "hono/http-exception";
import * as v from "valibot";
import type { Clock } from "../base/clock.ts";
import { VERSION } from "../version.ts";
import type { AuthState } from "./auth/auth_state.ts";
import { authorizeRoutes } from "./auth/authorize_routes.ts";
import { requireToken } from "./auth/bearer.ts";
import { createIdTokenSigner } from "./auth/id_token.ts";
import { tokenInfoRoutes } from "./auth/token_info_routes.ts";
import { tokenRoutes } from "./auth/token_routes.ts";
import { MIN_VERSION } from "./constants.ts";
import { containerRoutes } from "./container_routes.ts";
import { type EndpointFacts, endpointRoutes } from "./endpoint_routes.ts";
import type { ServiceEnv } from "./exchange.ts";
import type { FaultState } from "./fault_state.ts";
import { functionRoutes } from "./function_routes.ts";
import { isLoopbackOrigin, refuseForeign } from "./guard.ts";
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
  auth: AuthState;
  maxRequestsPer10s: number;
  state: ServiceState;
  queue: TaskQueue;
  faults: FaultState;
  facts: EndpointFacts;
  clock: Clock;
}

const versionQuery = v.object({ service: v.optional(v.picklist(["api", "all"])) });

/** The 30 operations of the Compute service, and those of Globus Auth that let people and programs in. */
export function createApp(options: AppOptions): Hono<ServiceEnv> {
  const { auth, maxRequestsPer10s, state, queue, faults, facts, clock } = options;
  const app = new Hono<ServiceEnv>();
  app.onError((error) => {
    if (error instanceof HTTPException) return error.getResponse();
    return serviceError("INTERNAL_ERROR", error.message, [error.message]).getResponse();
  });
  app.notFound((c) => c.json({ detail: "Not Found" }, 404));
  app.use(refuseForeign);
  app.use(cors({ origin: (origin) => isLoopbackOrigin(origin) ? origin : null }));
  app.use(meetFaults(faults));

  // The one route of the Compute service that needs no token: a client asks it before it has one. Hono answers HEAD as it does GET.
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

  const signer = createIdTokenSigner();
  app.route("/", tokenRoutes(auth, signer));
  app.route("/", tokenInfoRoutes(auth, signer));
  app.route("/", authorizeRoutes(auth));

  app.use(requireToken(auth));
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
