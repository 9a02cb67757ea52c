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

const WORDS: Readonly<Record<number, string>> = {
  400: "Something of it cannot be read.",
  401: "It opens with a link, or to those who are known here.",
  403: "The link has expired, or it does not let you do this.",
  404: "There is nothing here.",
  405: "It takes other methods.",
  408: "The body took too long to arrive.",
  409: "It cannot be done now.",
  413: "The body is too large.",
  415: "The body is of another type.",
  422: "The body says what cannot be done.",
  431: "The header fields are too large.",
  500: "The handler, or the hook, failed.",
  502: "Globus Compute has refused the batch.",
  503: "It cannot be done now, and could be later.",
};

/** What a route answers where something is wrong: to a program, or as a page. */
export function problems(statuses: readonly number[], { as = PROBLEM }: { as?: Content } = {}): Responses {
  return Object.fromEntries(statuses.map((status) => [
    String(status),
    {
      description: WORDS[status] ?? "",
      content: as,
      ...(status === 401 ? { headers: { "www-authenticate": { schema: text } } } : {}),
      ...(status === 503 || status === 409 ? { headers: RETRY_AFTER } : {}),
    },
  ]));
}

/** What a route answers to a program or to a browser, whichever asks. */
export const PROBLEM_OR_PAGE: Content = { ...PROBLEM, ...PAGE };
