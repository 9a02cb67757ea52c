import { genericTokenEndpointRequest } from "oauth4webapi";
import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import type { AuthorizationParameters } from "../errors/authorization_parameters.ts";
import { ComputeError } from "../errors/compute_error.ts";
import { ComputeHttpError } from "../errors/http_error.ts";
import { ComputeNetworkError } from "../errors/network_error.ts";
import type { AuthorizerContext } from "../http/authorizer.ts";
import { withDeadline } from "../base/deadline.ts";
import { tokenEndpointOf } from "../http/globus_auth.ts";
import { authorizeUrl, readAuthorizationParameters } from "../http/read_authorization_parameters.ts";
import { redact } from "../http/redact.ts";
import { retry } from "../http/retry.ts";
import { retryAfterMs } from "../base/retry_after.ts";
import { given, membersOf, parseJson } from "../base/narrow.ts";
import type { OAuthClient } from "./oauth_client.ts";
import { authenticationOf, clientOf, requestOptions, secretsOf, serverOf } from "./oauth_request.ts";
import { readOneToken, tokenFor, TokenProblem } from "./token_answer.ts";
import type { Token } from "./token_cache.ts";

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
      if (!response.ok) throw refusal(request, response, text);
      const token = readOneToken(text);
      if (token instanceof TokenProblem) throw unusable(request, token.problem);
      const { accessToken, expiresInSeconds, refreshToken } = token;
      const grant: Grant = tokenFor(accessToken, expiresInSeconds, clock.nowMs());
      return refreshToken === undefined ? grant : { ...grant, refreshToken };
    },
  );
}

function unusable(request: TokenRequest, problem: string): ComputeAuthorizationError {
  const where = `POST ${request.client.tokenEndpoint}`;
  return new ComputeAuthorizationError(
    `Cannot get an access token from ${where}: ${cleaner(request)(problem)}`,
  );
}

/** What a text says without the secrets that the request had, in a line. */
function cleaner({ client, secrets = [] }: TokenRequest): (text: string) => string {
  return (text) => redact(text, [...secretsOf(client), ...secrets]).replace(/\s+/g, " ").slice(0, 300);
}

/** The error of an answer that is no success: RFC 6749, section 5.2. Nothing else of it is passed on. */
function refusal(request: TokenRequest, { status }: Response, text: string): ComputeAuthorizationError {
  const { client, parameters } = request;
  const clean = cleaner(request);
  const { error, error_description, ...more } = errorIn(text);
  if (typeof error !== "string" || error === "") {
    return unusable(request, `it answered with status ${status}`);
  }
  const serviceCode = clean(error);
  const detail = typeof error_description === "string" ? clean(error_description) : undefined;
  const said = detail === undefined ? serviceCode : `${serviceCode}: ${detail}`;
  const message = `Cannot get an access token: ${explain(serviceCode)} (${said})`;
  const authorizationParameters = readAuthorizationParameters(redacted({ error, ...more }));
  const url = authorizationParameters && loginAddress(request, authorizationParameters);
  return new ComputeAuthorizationError(
    url === undefined ? message : `${message}. The person has to log in: ${url}`,
    { status, serviceCode, detail, authorizationParameters, authorizeUrl: url },
  );

  function redacted(value: unknown): unknown {
    return JSON.parse(JSON.stringify(value), (_, part) => typeof part === "string" ? clean(part) : part);
  }

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

function errorIn(text: string): Record<string, unknown> {
  try {
    const body = parseJson(text);
    return membersOf(body);
  } catch {
    return {}; // A page of a proxy: the status has to do.
  }
}

/** Where a person consents to what the server asks for; nothing where the server's routes are not known. */
function loginAddress(
  { client: { issuer, tokenEndpoint, clientId }, parameters: { scope } }: TokenRequest,
  parameters: AuthorizationParameters,
): string | undefined {
  if (tokenEndpoint !== tokenEndpointOf(issuer)) return undefined;
  return authorizeUrl(parameters, given({ issuer, clientId, scopes: scope?.split(" ") }));
}
