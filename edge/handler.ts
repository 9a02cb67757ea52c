// A bundle has its modules in the order in which they are imported, and compresses by what is near: first the document of
// the API, which is unlike all code, then what shows batches and what takes deliveries, and the client where they call it.
import { healthRoutes } from "./health_routes.ts";
import { watchRoutes } from "./watch/watch_routes.ts";
import { receive } from "./receive/receive.ts";
import { createContext } from "./create_context.ts";
import type { EdgeHandler, EdgeOptions } from "./options.ts";
import { answerBy } from "./routes.ts";
import { problemResponse } from "./problem.ts";

/**
 * Makes a fetch handler that turns signed deliveries into batches, once each, and shows and delivers their results.
 *
 * | route | what it does |
 * |---|---|
 * | `POST /hooks/{name}` | takes a delivery; other methods, where the hook's verifier knows a handshake by them |
 * | `GET /batches/{id}` | tells how far a batch is, as JSON; below it `/events`, `/view`, `/results.json`, `/results.csv` |
 * | `GET /` | lists hooks and batches, for an operator: as a page, or as JSON where `accept` names JSON and no HTML |
 * | `GET /openapi.json` | describes all of it |
 * | `GET /livez`, `GET /readyz` | tell whether it runs, and whether its store can be written |
 *
 * @example On any server
 * ```ts
 * import { accessToken } from "@edge-compute/globus";
 * import { createEdgeHandler, github } from "@edge-compute/globus/edge";
 * import { sqliteStore } from "@edge-compute/globus/sqlite-store";
 *
 * const endpointId = "4b116d3c-1703-4f8f-9f6f-39921e5864df";
 * const functionId = "b0a5d1a0-2b22-4381-b899-ba73321e41e0";
 *
 * const handler = createEdgeHandler({
 *   baseUrl: "https://hooks.example.org",
 *   store: sqliteStore("edge.sqlite"),
 *   linkSecrets: ["32 characters or more, from the environment"],
 *   authorizer: accessToken("…"),
 *   hooks: {
 *     push: {
 *       verify: github({ secrets: ["…"], events: ["push"] }),
 *       endpoints: [endpointId],
 *       functions: [functionId],
 *       batch: () => ({ endpointId, tasks: [{ functionId }] }),
 *     },
 *   },
 * });
 * ```
 *
 * @throws {TypeError} If an option is missing or of the wrong type; the message names it.
 * @throws {RangeError} If an option is out of its range.
 */
export function createEdgeHandler(options: EdgeOptions): EdgeHandler {
  const context = createContext(options);
  const answer = answerBy([
    // With each method: a handshake may be a GET, and the hook's verifier says so.
    { method: "ALL", path: "/hooks/:name", answer: (request, name) => receive(context, name, request) },
    ...healthRoutes(context),
    ...watchRoutes(context),
  ]);
  const { pathname } = new URL(context.baseUrl);
  const handle = async (request: Request): Promise<Response> => {
    try {
      return await answer(below(request, pathname));
    } catch (error) {
      const cause = "the handler failed";
      context.tell({ kind: "deliveryRefused", hook: undefined, status: 500, cause, error });
      return problemResponse({ status: 500, type: "internal-error", title: "The handler failed" });
    }
  };
  return Object.assign(handle, {
    async collect(call: { signal?: AbortSignal } = {}) {
      const { collect } = await import("./collect/collect.ts"); // Deliveries are taken without it.
      return await collect(context, call);
    },
  });
}

/** The request without the path of `baseUrl`, which a proxy may leave on it and a router may have taken off. */
function below(request: Request, basePath: string): Request {
  if (basePath === "/") return request;
  const url = new URL(request.url);
  if (url.pathname !== basePath && !url.pathname.startsWith(`${basePath}/`)) return request;
  url.pathname = url.pathname.slice(basePath.length) || "/";
  return new Request(url, request);
}
