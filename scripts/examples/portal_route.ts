/**
 * A portal's route that runs Python as the user who calls it: the user's token is traded for one for Globus Compute.
 * To run it, set GLOBUS_COMPUTE_CLIENT_ID and GLOBUS_COMPUTE_CLIENT_SECRET of the portal, or what `task local` prints to be
 * pasted: `npx -y deno@2.9.6 run -A scripts/examples/portal_route.ts`.
 */
import { serve } from "@hono/node-server";
import { type Context, Hono } from "hono";
import process from "node:process";
import * as v from "valibot";
import {
  callFunction,
  ComputeAuthorizationError,
  ComputeTaskError,
  createClient,
  dependentToken,
  fromEnvironment,
  memoryStore,
  registerSource,
} from "@edge-compute/globus";

const SOURCE = `
import statistics
def describe(values):
    return {"mean": statistics.fmean(values), "deviation": statistics.stdev(values)}
`;
const BODY = v.object({ values: v.array(v.number()) });

/** What {@linkcode createPortal} takes. */
export interface PortalOptions {
  baseUrl?: string;
  issuer?: string;
  clientId: string;
  clientSecret: string;
  endpointId: string;
  functionId: string;
}

/** Makes the portal, a fetch handler: `POST /describe` with the user's token and `{ "values": [1, 2, 3] }`. */
export function createPortal(options: PortalOptions): (request: Request) => Promise<Response> {
  const { baseUrl = "https://compute.api.globus.org", issuer = "https://auth.globus.org" } = options;
  const { clientId, clientSecret, endpointId, functionId } = options;
  const cache = memoryStore(); // A user's token is traded once, not with each request.
  const app = new Hono();
  app.post("/describe", async (c) => {
    const [, userToken] = /^Bearer (\S+)$/i.exec(c.req.header("authorization") ?? "") ?? [];
    if (userToken === undefined) return refuse(c, "Log in, and send your token");
    const body = v.safeParse(BODY, await c.req.json().catch(() => undefined));
    if (!body.success) return c.json({ error: 'Send {"values": [numbers]}' }, 400);
    const client = createClient({
      baseUrl,
      authorizer: dependentToken({ clientId, clientSecret, userToken, cache, issuer }),
    });
    const call = { endpointId, functionId, args: [body.output.values] };
    // A user who goes away ends the waiting.
    const result = await callFunction(client, call, { timeoutMs: 60_000, signal: c.req.raw.signal });
    return c.json({ result });
  });
  app.onError((error, c) => {
    // What the function raised is for the user; of what else went wrong, the portal's log has the details.
    if (error instanceof ComputeTaskError && error.kind === "exception") {
      return c.json({ error: error.message, type: error.type }, 422);
    }
    process.stderr.write(`${error.message}\n`);
    if (error instanceof ComputeAuthorizationError) return refuse(c, "Log in again: your token was refused");
    return c.json({ error: "Globus Compute gave no answer: try again later" }, 503);
  });
  return async (request) => await app.fetch(request);
}

function refuse(c: Context, error: string): Response {
  return c.json({ error }, 401, { "www-authenticate": "Bearer" });
}

if (import.meta.main) {
  const { GLOBUS_COMPUTE_CLIENT_ID: clientId = "", GLOBUS_COMPUTE_CLIENT_SECRET: clientSecret = "" } =
    process.env;
  const baseUrl = process.env.GLOBUS_SDK_SERVICE_URL_COMPUTE ?? "https://compute.api.globus.org";
  const issuer = process.env.GLOBUS_SDK_SERVICE_URL_AUTH ?? "https://auth.globus.org";
  const endpointId = process.env.COMPUTE_ENDPOINT_ID ?? "4b116d3c-1703-4f8f-9f6f-39921e5864df"; // The tutorial's
  // The portal owns the function, and lets its users call it.
  const client = createClient({ baseUrl, authorizer: fromEnvironment(process.env) });
  const functionId = await registerSource(client, { source: SOURCE, public: true });
  const fetch = createPortal({ baseUrl, issuer, clientId, clientSecret, endpointId, functionId });
  serve({ fetch, hostname: "127.0.0.1", port: Number(process.env.PORT ?? 8080) }, ({ port }) => {
    process.stdout.write(`POST your values to http://127.0.0.1:${port}/describe\n`);
  });
}
