import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import type { Authorizer, AuthorizerContext } from "./authorizer.ts";
import type { Layer } from "./send.ts";

/** What authorizing needs of the client. */
export interface AuthorizeOptions {
  authorizer: Authorizer;
  context: Omit<AuthorizerContext, "signal">;
}

/**
 * Puts credentials on each attempt, which gets a request of its own. A 401 says that the service has not acted on
 * the request, whatever it was: the authorizer is told, and the request is sent once more.
 */
export function createAuthorize({ authorizer, context }: AuthorizeOptions): Layer {
  return (next) => async (request, call) => {
    const signal = call.signal ?? new AbortController().signal;
    const authorize = async (rejected?: Request) => {
      const plain = new Request(request, call.body === undefined ? {} : { body: call.body });
      const authorized = await authorizer(plain, { ...context, signal, rejected });
      checkOrigin(authorized, request);
      return authorized;
    };
    const first = await authorize();
    try {
      return await next(first, call);
    } catch (error) {
      if (!(error instanceof ComputeAuthorizationError)) throw error;
      if (error.status !== 401) throw await explain(error, authorizer, request);
      const second = await authorize(first);
      // An authorizer that has nothing newer gives the same again, and would be refused again.
      if (credentialsOf(second) === credentialsOf(first)) {
        throw await explain(error, authorizer, request);
      }
      return await next(second, call).catch(async (error) => {
        throw await explain(error, authorizer, request);
      });
    }
  };
}

/** Credentials go where the client was told to go, and nowhere else. */
function checkOrigin(authorized: Request, request: Request): void {
  const [there, here] = [new URL(authorized.url).origin, new URL(request.url).origin];
  if (there === here) return;
  throw new TypeError(`Cannot send a request for ${here} to ${there}: the authorizer changed its address`);
}

function credentialsOf(request: Request): string {
  return JSON.stringify([...request.headers]);
}

/** What explains a refusal is loaded with the first one. Where it cannot be, the refusal stands by itself. */
async function explain(error: unknown, authorizer: Authorizer, request: Request): Promise<unknown> {
  try {
    const { explainRefusal } = await import("./error_answers.ts");
    return await explainRefusal(error, authorizer, request);
  } catch {
    return error;
  }
}
