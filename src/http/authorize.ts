import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import { ComputeNetworkError } from "../errors/network_error.ts";
import { ATTEMPT_TIMEOUT_MS } from "./attempt.ts";
import type { Authorizer, AuthorizerContext } from "./authorizer.ts";
import { withDeadline } from "../base/deadline.ts";
import { loadAnswers } from "./error_response.ts";
import { nameOf, type Plan, type Send } from "./send.ts";
import { COMPATIBLE_SDK_VERSION, VERSION } from "../version.ts";

/** What authorizing needs of the client. */
export interface AuthorizeOptions {
  authorizer: Authorizer;
  context: Omit<AuthorizerContext, "signal">;
}

/** What each request to the service has. */
const HEADERS = {
  accept: "application/json",
  // Deno's fetch repeats a request by itself when a connection that it has kept open is reset, a submission
  // that was taken included. No kept connection, no second submission; 20 requests in 10 s need none.
  connection: "close",
  // The service reads the SDK's version out of this header; a browser sends its own in its place.
  "user-agent": `edge-compute-globus-${VERSION}/globus-compute-sdk-${COMPATIBLE_SDK_VERSION}`,
  "x-globus-client-info": `product=edge-compute-globus,version=${VERSION}`,
};

/**
 * Puts credentials on each attempt, which gets a request of its own. A 401 says that the service has not acted on
 * the request, whatever it was: the authorizer is told, and the request is sent once more.
 */
export function createAuthorize({ authorizer, context }: AuthorizeOptions, next: Send): Send<Plan> {
  return async (plan, call) => {
    const onTimeout = () =>
      new ComputeNetworkError(
        `${nameOf(plan)} failed: the authorizer has not answered within ${ATTEMPT_TIMEOUT_MS / 1000} s`,
        { unreached: true }, // Nothing has been sent, or it was refused.
      );
    const authorize = async (rejected?: Request) => {
      const headers = { ...HEADERS, ...(plan.body && { "content-type": "application/json" }) };
      const plain = new Request(plan.url, { ...plan, headers });
      // By its own time, as what waits for it may be the poll that all calls share: the next attempt asks it again.
      const authorized = await withDeadline(
        { clock: context.clock, signal: call.signal, timeoutMs: ATTEMPT_TIMEOUT_MS, onTimeout },
        (signal) => authorizer(plain, { ...context, signal, rejected }),
      );
      checkOrigin(authorized, plain.url);
      return authorized;
    };
    /** What explains a refusal is loaded with the first one. Where it cannot be, the refusal stands by itself. */
    const explain = async (error: unknown) => {
      try {
        return await (await loadAnswers())?.explainRefusal(error, authorizer, plan, context.clock) ??
          error;
      } catch {
        return error;
      }
    };
    const first = await authorize();
    try {
      return await next(first, call);
    } catch (error) {
      if (!(error instanceof ComputeAuthorizationError)) throw error;
      const second = error.status === 401 ? await authorize(first) : first;
      // An authorizer that has nothing newer gives the same again, and would be refused again.
      if (credentialsOf(second) === credentialsOf(first)) throw await explain(error);
      return await next(second, call).catch(async (error) => {
        throw await explain(error);
      });
    }
  };
}

/** Credentials go where the client was told to go, and nowhere else. */
function checkOrigin(authorized: Request, url: string): void {
  if (authorized.url === url) return; // So it is as a rule, and needs no parsing.
  const [there, here] = [new URL(authorized.url).origin, new URL(url).origin];
  if (there === here) return;
  throw new TypeError(`Cannot send a request for ${here} to ${there}: the authorizer changed its address`);
}

function credentialsOf(request: Request): string {
  return JSON.stringify([...request.headers]);
}
