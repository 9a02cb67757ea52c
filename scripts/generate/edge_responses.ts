import { type DescribeRouteOptions, resolver } from "hono-openapi";
import { problem } from "./edge_schemas.ts";

/** The answers of a route. */
export type Responses = NonNullable<DescribeRouteOptions["responses"]>;
type Content = NonNullable<Extract<Responses[string], { content?: unknown }>["content"]>;

const text = { type: "string" } as const;
const seconds = { schema: { type: "integer" as const, minimum: 0 } };
/** When to come again. */
export const RETRY_AFTER = { "retry-after": seconds };

/** An answer that is for who has asked alone. */
export const NO_STORE = { "cache-control": { schema: { type: "string" as const, const: "no-store" } } };

const PROBLEM: Content = { "application/problem+json": { schema: resolver(problem) } };
/** A page. */
export const PAGE: Content = { "text/html": { schema: text } };

/** As HTTP names them (RFC 9110, RFC 6585), but where a route means something of its own. */
const WORDS: Readonly<Record<number, string>> = {
  400: "Bad request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not found",
  405: "Method not allowed",
  408: "Request timeout",
  409: "It cannot be done now",
  413: "Content too large",
  415: "Unsupported media type",
  422: "Unprocessable content",
  431: "Header fields too large",
  500: "The handler, or the hook, failed",
  502: "Globus Compute has refused the batch: the delivery's id is free again",
  503: "Unavailable now",
};

/** What a route answers where something is wrong: to a program, or as a page. */
export function problems(statuses: readonly number[], { as = PROBLEM }: { as?: Content } = {}): Responses {
  return Object.fromEntries(statuses.map((status) => [
    String(status),
    {
      description: WORDS[status] ?? "",
      content: as,
      ...(status === 401 ? { headers: { "www-authenticate": { schema: text } } } : {}),
      ...(status === 503 ? { headers: RETRY_AFTER } : {}),
    },
  ]));
}

/** What a route answers to a program or to a browser, whichever asks. */
export const PROBLEM_OR_PAGE: Content = { ...PROBLEM, ...PAGE };
