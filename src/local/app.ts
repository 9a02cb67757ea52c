import { Hono } from "hono";
import { cors } from "hono/cors";
import { HTTPException } from "hono/http-exception";
import * as v from "valibot";
import { VERSION } from "../version.ts";
import { type EndpointFacts, endpointRoutes } from "./endpoint_routes.ts";
import { functionRoutes } from "./function_routes.ts";
import { isLoopbackOrigin, refuseForeign, requireToken } from "./guard.ts";
import type { ServiceState } from "./state.ts";
import type { RunTask } from "./submission.ts";
import { taskRoutes } from "./task_routes.ts";
import { readQuery } from "./validate.ts";

/** What the app is made of. */
export interface AppOptions extends EndpointFacts {
  accessToken: string;
  state: ServiceState;
  run: RunTask;
}

const versionQuery = v.object({ service: v.optional(v.picklist(["api", "all"])) });

/** The routes of the Compute service that this module and the Python client need. */
export async function createApp(options: AppOptions): Promise<Hono> {
  const app = new Hono();
  app.onError((error, c) => {
    if (error instanceof HTTPException) return error.getResponse();
    return c.json({
      status: "Failed",
      code: "INTERNAL_ERROR",
      error_args: [],
      http_status_code: 500,
      detail: error.message,
      reason: error.message,
    }, 500);
  });
  app.notFound((c) => c.json({ detail: "Not Found" }, 404));
  app.use(refuseForeign);
  app.use(cors({ origin: (origin) => isLoopbackOrigin(origin) ? origin : null }));

  // The one route that needs no token: a client asks it before it has one.
  app.get("/v2/version", (c) => {
    const { service } = readQuery(c, versionQuery);
    if (service !== "all") return c.json(VERSION);
    return c.json({
      api: VERSION,
      min_sdk_version: "2.0.0",
      min_ep_version: "2.0.0",
      git_sha: "local",
    });
  });

  app.use(await requireToken(options.accessToken));
  app.get("/v2/authenticate", (c) => c.json("OK"));
  app.route("/", functionRoutes(options.state));
  app.route("/", endpointRoutes(options));
  app.route("/", taskRoutes(options.state, options.run));
  return app;
}
