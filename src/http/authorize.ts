import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import type { Authorizer } from "./authorizer.ts";
import type { Layer } from "./send.ts";

/** What authorizing needs of the client. */
export interface AuthorizeOptions {
  authorizer: Authorizer;
  fetch: (request: Request) => Promise<Response>;
}

/**
 * Puts credentials on each attempt, which gets a request of its own. A 401 says that the service has not acted on the request, whatever it was:
 * the authorizer is told, and the request is sent once more.
 */
export function createAuthorize({ authorizer, fetch }: AuthorizeOptions): Layer {
  return (next) => async (request, call) => {
    const signal = call.signal ?? new AbortController().signal;
    const authorize = async (rejected: boolean) => {
      const plain = new Request(request, call.body === undefined ? {} : { body: call.body });
      const authorized = await authorizer(plain, { signal, fetch, rejected });
      return { authorized, credentials: JSON.stringify([...authorized.headers]) };
    };
    const first = await authorize(false);
    try {
      return await next(first.authorized, call);
    } catch (error) {
      if (!(error instanceof ComputeAuthorizationError) || error.status !== 401) throw error;
      const second = await authorize(true);
      // An authorizer that has nothing newer gives the same again, and would be refused again.
      if (second.credentials === first.credentials) throw error;
      return await next(second.authorized, call);
    }
  };
}
