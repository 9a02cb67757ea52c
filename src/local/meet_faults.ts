import type { MiddlewareHandler } from "hono";
import type { ServiceEnv } from "./exchange.ts";
import type { FaultState } from "./fault_state.ts";
import type { FaultKind } from "./faults.ts";
import { tooManyRequests } from "./rate_limit.ts";
import { serviceError } from "./service_error.ts";

const HTML_PAGE = "<!doctype html>\n<title>Maintenance</title>\n<h1>We will be back soon</h1>\n";

/** Lets requests meet the faults that they are to meet: some before the service acts on them, some after. */
export function meetFaults(faults: FaultState): MiddlewareHandler<ServiceEnv> {
  return async function meetFault(c, next) {
    const { exchange } = c.env;
    const { kind, latencyMs } = faults.nextEncounter({ method: c.req.method, path: c.req.path });
    exchange.latencyMs = latencyMs;
    if (kind === undefined) return await next();
    exchange.entry.fault = kind;
    exchange.isReset = kind === "resetBeforeRead" || kind === "resetAfterTaken";
    const early = answerBefore(kind);
    if (early) return early;
    await next();
    exchange.onSent = [];
    c.res = await spoil(kind, c.res);
  };
}

/** The answer to a request that the service does not act on; nothing where it does. */
function answerBefore(kind: FaultKind): Response | undefined {
  switch (kind) {
    case "tooManyRequests":
      return tooManyRequests(1);
    case "serverError":
      return internalError();
    case "unavailable":
      return serviceError("UNKNOWN_ERROR", "Service Unavailable", [], { "retry-after": "1" }).getResponse();
    case "resetBeforeRead":
      return new Response(null);
  }
}

async function spoil(kind: FaultKind, response: Response): Promise<Response> {
  switch (kind) {
    case "serverErrorAfterTaken":
      return internalError();
    case "truncatedJson": {
      const { status, headers } = response;
      const text = await response.text();
      return new Response(text === "" ? null : text.slice(0, Math.floor(text.length / 2)), {
        status,
        headers,
      });
    }
    case "htmlPage":
      return new Response(HTML_PAGE, { headers: { "content-type": "text/html; charset=utf-8" } });
    case "emptyBody":
      return new Response(null, { headers: { "content-type": "application/json" } });
    default:
      return response;
  }
}

function internalError(): Response {
  return serviceError("INTERNAL_ERROR", "Internal error: a fault on order", ["a fault on order"])
    .getResponse();
}
