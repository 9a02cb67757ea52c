import type { MiddlewareHandler } from "hono";
import { serviceError } from "./service_error.ts";

const LOOPBACK_NAMES = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Lets nobody in but programs of this machine. A page that a browser has loaded from elsewhere can reach a
 * loopback port too: it comes with a foreign `Origin`, or, by DNS rebinding, with a foreign `Host`.
 */
export const refuseForeign: MiddlewareHandler = async function refuseForeign(c, next) {
  const { hostname } = new URL(c.req.url);
  const origin = c.req.header("origin");
  if (!LOOPBACK_NAMES.has(hostname)) throw foreign("Host", hostname);
  if (origin !== undefined && !isLoopbackOrigin(origin)) throw foreign("Origin", origin);
  await next();
};

/** Whether a page was loaded from this machine. */
export function isLoopbackOrigin(origin: string): boolean {
  return URL.canParse(origin) && LOOPBACK_NAMES.has(new URL(origin).hostname);
}

function foreign(header: string, value: string): Error {
  return serviceError(
    "ENDPOINT_ACCESS_FORBIDDEN",
    `This service answers to this machine alone: the ${header} '${value.slice(0, 100)}' is not localhost`,
  );
}
