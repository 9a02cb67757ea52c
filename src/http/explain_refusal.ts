import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import type { Authorizer, AuthorizerIdentity } from "./authorizer.ts";
import type { Clock } from "./clock.ts";
import { withDeadline } from "./deadline.ts";
import { COMPUTE_SCOPE } from "./globus_auth.ts";
import { authorizeUrl } from "./read_authorization_parameters.ts";

const IDENTIFY_TIMEOUT_MS = 5_000;

/** The way out of a refusal, as far as it and the authorizer tell. Anything else is returned as it is. */
export async function explainRefusal(
  error: unknown,
  authorizer: Authorizer,
  request: Request,
  clock: Clock,
): Promise<unknown> {
  if (!(error instanceof ComputeAuthorizationError) || error.status === undefined) return error;
  const identity = await identityOf(authorizer, clock);
  const { message, status, serviceCode, detail, requestId, authorizationParameters } = error;
  const url = authorizationParameters && authorizeUrl(authorizationParameters, identity);
  const advice = adviceFor(error, identity, request, url);
  return new ComputeAuthorizationError(`${message}${/[.!?]$/.test(message) ? "" : "."} ${advice}`, {
    status,
    serviceCode,
    detail,
    requestId,
    authorizationParameters,
    authorizeUrl: url,
  });
}

/** An authorizer of one's own may fail here too, or never answer: the refusal is what counts. */
async function identityOf(authorizer: Authorizer, clock: Clock): Promise<AuthorizerIdentity> {
  const onTimeout = () => new Error("The authorizer has not said who it acts for");
  try {
    return await withDeadline(
      { clock, signal: undefined, timeoutMs: IDENTIFY_TIMEOUT_MS, onTimeout },
      async () => await authorizer.identify?.() ?? {},
    );
  } catch {
    return {};
  }
}

function adviceFor(
  error: ComputeAuthorizationError,
  identity: AuthorizerIdentity,
  request: Request,
  url: string | undefined,
): string {
  const { clientId, isServiceAccount } = identity;
  if (url !== undefined) {
    if (!isServiceAccount) return `Log in again in a way that meets 'authorizationParameters': ${url}`;
    const wayOut = error.authorizationParameters?.requiredScopes
      ? "ask for a token with 'requiredScopes' too, or act for a person"
      : "act for a person, or ask for another policy";
    return `A service account (${clientId}) cannot log in to meet this: ${wayOut}`;
  }
  if (error.serviceCode === "INSUFFICIENT_AUTH_SCOPE") {
    return `The token lacks the scope that this needs: ask for one with ${COMPUTE_SCOPE}`;
  }
  if (error.status === 401) {
    return "The token is expired, revoked, or made for another service: get a new one";
  }
  const [, endpointId] = /\/endpoints\/([0-9a-f-]{36})/i.exec(new URL(request.url).pathname) ?? [];
  if (endpointId === undefined) return "The account of this token has no right to do it";
  const who = isServiceAccount ? `the service account ${clientId}@clients.auth.globus.org` : "your account";
  return `Ask the owner of endpoint ${endpointId} to let ${who} use it`;
}
