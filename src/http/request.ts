import type { Client as Api } from "openapi-fetch";
import type { paths } from "../../gen/compute.ts";
import { type CallOptions, checkCallOptions } from "./call_options.ts";
import type { ClientContext } from "./client.ts";
import type { Call, Operation, Plan } from "./send.ts";

/** What this module's own functions may ask of a request, beside what a caller says of it. */
export type RequestHooks = Pick<Call, "beforeAttempt" | "onDoubt" | "readAnswer">;

/** What a route's call must pass on to openapi-fetch. */
export interface Through {
  fetch: (request: Request) => Promise<Response>;
}

/**
 * Calls a route through the client's fetch stack.
 *
 * @param send Calls one route of the generated API with what it is given.
 * @returns The body of a success, to be narrowed: what a server sends is not what a type says.
 */
export async function request(
  context: ClientContext,
  operation: Operation,
  options: CallOptions,
  send: (api: Api<paths>, through: Through) => Promise<{ data?: unknown; response: Response }>,
  hooks: RequestHooks = {},
): Promise<unknown> {
  checkCallOptions(options);
  const { signal, timeoutMs } = options;
  const { data } = await send(context.api, {
    // The API makes plans in place of requests.
    fetch: (plan) => context.send(plan as unknown as Plan, { ...hooks, signal, timeoutMs, operation }),
  });
  return data;
}
