/** What an {@linkcode Authorizer} is told beside the request. */
export interface AuthorizeContext {
  /** Ends with the call that needs the credentials. */
  signal: AbortSignal;
  /** The client's `fetch`, for requests to a token endpoint. */
  fetch: (request: Request) => Promise<Response>;
  /** True when the service has just refused the credentials of the last attempt (401): fetch new ones. */
  rejected: boolean;
}

/**
 * Puts credentials on a request: the one way in. It is called for each attempt, and may return the request it
 * was given or another.
 *
 * @example An authorizer of one's own
 * ```ts
 * import { type Authorizer, createClient } from "@edge-compute/globus";
 *
 * const fromVault: Authorizer = async (request, { signal }) => {
 *   const answer = await fetch("https://vault.example.org/compute-token", { signal });
 *   request.headers.set("authorization", `Bearer ${await answer.text()}`);
 *   return request;
 * };
 * const client = createClient({ authorizer: fromVault });
 * ```
 */
export interface Authorizer {
  /** Returns the request with credentials. */
  (request: Request, context: AuthorizeContext): Request | Promise<Request>;
}
