import {
  genericTokenEndpointRequest,
  processGenericTokenEndpointResponse,
  ResponseBodyError,
  type TokenEndpointResponse,
} from "oauth4webapi";
import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import { ComputeError } from "../errors/compute_error.ts";
import { ComputeHttpError } from "../errors/http_error.ts";
import { ComputeNetworkError } from "../errors/network_error.ts";
import type { AuthorizerContext } from "../http/authorizer.ts";
import { withDeadline } from "../http/deadline.ts";
import { COMPUTE_RESOURCE_SERVER } from "../http/globus_auth.ts";
import { redact } from "../http/redact.ts";
import { retry } from "../http/retry.ts";
import { retryAfterMs } from "../http/retry_after.ts";
import { isRecord } from "../wire/narrow.ts";
import { isBearerToken } from "./bearer.ts";
import { type OAuthClient, secretsOf } from "./oauth_client.ts";
import { authenticationOf, clientOf, requestOptions, serverOf } from "./oauth_request.ts";
import { type Token, tokenFor } from "./token_cache.ts";

/** How long one request to a token endpoint may take. */
const REQUEST_TIMEOUT_MS = 30_000;
const MAX_ATTEMPTS = 4;

/** A request for a token. */
export interface TokenRequest {
  client: OAuthClient;
  grantType: string;
  parameters: Record<string, string>;
  /** What the request carries that no message may show, beside the client's secret. */
  secrets?: readonly string[];
  /** What an `invalid_grant` means here, and the way out. */
  onInvalidGrant?: string;
}

/** What a token endpoint gave for the Compute service. */
export interface Grant extends Token {
  refreshToken?: string;
}

/**
 * Asks a token endpoint for a token for the Compute service: RFC 6749, section 5, and again where the server or the
 * network fail.
 *
 * @throws {ComputeAuthorizationError} If there is none to be had; nothing of it shows a secret.
 */
export async function requestToken(request: TokenRequest, context: AuthorizerContext): Promise<Grant> {
  const { clock, signal } = context;
  try {
    return await retry({ clock, signal, maxAttempts: MAX_ATTEMPTS }, () => requestOnce(request, context));
  } catch (error) {
    // The retries of the call that needs the token shall not begin all over.
    if (!(error instanceof ComputeError) || error instanceof ComputeAuthorizationError) throw error;
    const status = error instanceof ComputeHttpError ? error.status : undefined;
    throw new ComputeAuthorizationError(`Cannot get an access token: ${error.message}`, {
      status,
      cause: error,
    });
  }
}

async function requestOnce(request: TokenRequest, context: AuthorizerContext): Promise<Grant> {
  const { client, grantType, parameters } = request;
  const { clock } = context;
  const where = `POST ${client.tokenEndpoint}`;
  const onTimeout = () =>
    new ComputeNetworkError(`${where}: no answer within ${REQUEST_TIMEOUT_MS / 1000} s`);
  return await withDeadline(
    { clock, signal: context.signal, timeoutMs: REQUEST_TIMEOUT_MS, onTimeout },
    async (signal) => {
      let response: Response;
      let text: string;
      try {
        response = await genericTokenEndpointRequest(
          serverOf(client),
          clientOf(client),
          authenticationOf(client),
          grantType,
          parameters,
          requestOptions(client, context, signal),
        );
        text = await response.text();
      } catch (cause) {
        if (signal.aborted) throw signal.reason;
        throw new ComputeNetworkError(
          `${where}: ${cause instanceof Error ? cause.message : "no connection"}`,
        );
      }
      const { status } = response;
      if (status === 429 || status >= 500) {
        const wait = retryAfterMs(response.headers, clock.nowMs());
        throw new ComputeHttpError(`${where}: status ${status}`, { status, retryAfterMs: wait });
      }
      // Without its other headers: a challenge among them would hide what the body says.
      const headers = { "content-type": response.headers.get("content-type") ?? "" };
      const body = await readResponse(request, new Response(chooseToken(text), { status, headers }));
      if (!isBearerToken(body.access_token)) throw unusable(where, "its access token is none");
      const grant: Grant = tokenFor(body.access_token, body.expires_in, clock.nowMs());
      return body.refresh_token === undefined ? grant : { ...grant, refreshToken: body.refresh_token };
    },
  );
}

/** Of several tokens, in a list or beside the first one, the Compute service's. */
function chooseToken(text: string): string {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return text;
  }
  const all = Array.isArray(body)
    ? body
    : isRecord(body) && Array.isArray(body.other_tokens)
    ? [body, ...body.other_tokens]
    : [body];
  const chosen = all.find((token) => isRecord(token) && token.resource_server === COMPUTE_RESOURCE_SERVER);
  return JSON.stringify(chosen ?? (all.length === 1 ? all[0] : {}));
}

/**
 * `oauth4webapi` checks the answer. Its errors hold what the server sent, tokens too, so that none of them is passed on.
 */
async function readResponse(request: TokenRequest, response: Response): Promise<TokenEndpointResponse> {
  const { client } = request;
  try {
    return await processGenericTokenEndpointResponse(serverOf(client), clientOf(client), response);
  } catch (error) {
    if (error instanceof ResponseBodyError) throw refusal(request, error);
    const problem = response.ok
      ? "its answer has no token for the Compute service"
      : `it answered with status ${response.status}`;
    throw unusable(`POST ${client.tokenEndpoint}`, problem);
  }
}

function unusable(where: string, problem: string): ComputeAuthorizationError {
  return new ComputeAuthorizationError(`Cannot get an access token from ${where}: ${problem}`);
}

function refusal(request: TokenRequest, error: ResponseBodyError): ComputeAuthorizationError {
  const { client, parameters, secrets = [] } = request;
  const clean = (text: string) =>
    redact(text, [...secretsOf(client), ...secrets]).replace(/\s+/g, " ").slice(0, 300);
  const serviceCode = clean(error.error);
  const detail = error.error_description === undefined ? undefined : clean(error.error_description);
  const said = detail === undefined ? serviceCode : `${serviceCode}: ${detail}`;
  const message = `Cannot get an access token: ${explain(serviceCode)} (${said})`;
  return new ComputeAuthorizationError(message, { status: error.status, serviceCode, detail });

  function explain(code: string): string {
    const who = client.clientId === undefined
      ? "the client"
      : `client '${client.clientId}' (${client.origin})`;
    switch (code) {
      case "invalid_client":
        return `${client.issuer} does not know ${who}, or its secret is wrong`;
      case "unauthorized_client":
      case "unsupported_grant_type":
        return `${who} may not use the grant '${request.grantType}' at ${client.issuer}`;
      case "invalid_scope":
        return `${client.issuer} does not give ${who} the scope '${parameters.scope ?? ""}'`;
      case "invalid_grant":
        return request.onInvalidGrant ?? `${client.issuer} does not take what ${who} shows`;
      default:
        return `${client.issuer} refused ${who}`;
    }
  }
}
