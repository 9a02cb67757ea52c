import { checkKeys } from "../base/check.ts";
import {
  type AuthorizationServer,
  calculatePKCECodeChallenge,
  type Client,
  clockTolerance,
  discoveryRequest,
  generateRandomCodeVerifier,
  generateRandomState,
  getValidatedIdTokenClaims,
  None,
  processAuthorizationCodeResponse,
  processDiscoveryResponse,
  skipStateCheck,
  validateApplicationLevelSignature,
  validateAuthResponse,
} from "oauth4webapi";
import { authorizationCodeGrantRequest } from "oauth4webapi";
import { globusClient, type OAuthClient } from "../auth/oauth_client.ts";
import { requestOptions, serverOf } from "../auth/oauth_request.ts";
import { refusalResponse, tokenResponse } from "../auth/token_answer.ts";
import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import type { AuthorizationParameters } from "../errors/authorization_parameters.ts";
import type { AuthorizerContext } from "../http/authorizer.ts";
import { checkUrl } from "../http/environment.ts";
import { authorizeUrl } from "../http/read_authorization_parameters.ts";
import { grantedTokens } from "./granted_tokens.ts";
import {
  contextFor,
  errorFor,
  getOptions,
  type LoginRequest,
  loginRequest,
  type LoginWorld,
  WORLD_KEYS,
} from "./login_request.ts";
import { LOGIN_SCOPES } from "./login_scopes.ts";
import type { LoginIdentity, StoredLogin } from "./token_file.ts";

/** How far the clocks of this machine and of the server may be apart: as in the Python SDK. */
const CLOCK_TOLERANCE_SECONDS = 300;

/** What {@linkcode beginLogin} takes. */
export interface LoginOptions {
  /** The id of a native app client, one without a secret. */
  clientId: string;
  /**
   * The authorization server: HTTPS, or loopback.
   * @default {"https://auth.globus.org"}
   */
  issuer?: string | undefined;
  /**
   * Where the browser is sent with the code; it has to be registered for the client. The default is a page that shows the
   * code, to be pasted.
   * @default {`${issuer}/v2/web/auth-code`}
   */
  redirectUri?: string | undefined;
  /** What the login has to meet: the `authorizationParameters` of the error that asks for one. */
  session?: AuthorizationParameters | undefined;
}

/** A login that has begun. Whoever has it and the code can finish it: keep it to yourself. */
export interface PendingLogin {
  /** The address that the person opens in a browser. No secret. */
  url: string;
  /** The authorization server. */
  issuer: string;
  /** The OAuth client. */
  clientId: string;
  /** Where the browser is sent with the code. */
  redirectUri: string;
  /** Ties the answer to this login. */
  state: string;
  /** Proves that who finishes the login is who began it (RFC 7636). */
  codeVerifier: string;
}

/**
 * Begins the login of a person (RFC 8252, with PKCE). Nothing is sent.
 *
 * @example
 * ```ts
 * import { beginLogin, finishLogin, saveLogin } from "@edge-compute/globus/login";
 *
 * export async function login(clientId: string): Promise<void> {
 *   const pending = await beginLogin({ clientId });
 *   const code = prompt(`Open ${pending.url}\nand paste the code:`) ?? "";
 *   await saveLogin(pending.issuer, await finishLogin(pending, code));
 * }
 * ```
 *
 * @throws {TypeError} If `clientId` is empty, or an address is neither HTTPS nor of loopback.
 */
export async function beginLogin(options: LoginOptions): Promise<PendingLogin> {
  checkKeys(options, "beginLogin()", "clientId issuer redirectUri session", "clientId");
  const { clientId, session = {} } = options;
  const { issuer } = nativeClient(options.issuer, clientId);
  const redirectUri = options.redirectUri ?? `${issuer}/v2/web/auth-code`;
  checkUrl(redirectUri, "redirectUri");
  const state = generateRandomState();
  const codeVerifier = generateRandomCodeVerifier();
  const url = new URL(authorizeUrl(session, { issuer, clientId, scopes: LOGIN_SCOPES }));
  url.searchParams.set("redirect_uri", redirectUri);
  url.searchParams.set("state", state);
  url.searchParams.set("code_challenge", await calculatePKCECodeChallenge(codeVerifier));
  url.searchParams.set("code_challenge_method", "S256");
  url.searchParams.set("access_type", "offline"); // A refresh token, in the words of Globus Auth.
  return { url: url.href, issuer, clientId, redirectUri, state, codeVerifier };
}

/**
 * Trades the code for tokens, and checks who has logged in.
 *
 * @param pending What {@linkcode beginLogin} returned.
 * @param answer The code, or the whole address that the browser was sent to.
 * @returns The login, with its tokens, to be kept by {@linkcode saveLogin}.
 * @throws {ComputeAuthorizationError} If the person or the server refused, the answer belongs to another login, or its
 * identity token is not to be trusted. No message shows the code or a token.
 * @throws {ComputeNetworkError} If the server cannot be reached, or does not answer within 30 s.
 */
export async function finishLogin(
  pending: PendingLogin,
  answer: string,
  world: LoginWorld = {},
): Promise<StoredLogin> {
  const keys = "url issuer clientId redirectUri state codeVerifier";
  checkKeys(pending, "finishLogin()", keys, keys);
  checkKeys(world, "finishLogin()", WORLD_KEYS);
  const { issuer, clientId, redirectUri, codeVerifier } = pending;
  const context = contextFor(world);
  const oauthClient = nativeClient(issuer, clientId);
  const server = serverOf(oauthClient);
  const client: Client = {
    client_id: clientId,
    id_token_signed_response_alg: "RS512",
    [clockTolerance]: CLOCK_TOLERANCE_SECONDS,
  };
  const callback = readAnswer(pending, answer.trim(), server, client);
  const secrets = [codeVerifier, callback.get("code") ?? ""];
  const request: LoginRequest = {
    where: `POST ${oauthClient.tokenEndpoint}`,
    action: "log in",
    secrets,
    explain: (code) => explainRefusal(code, pending),
  };
  const { granted, body, response } = await loginRequest(request, context, async (signal) => {
    const answer = await authorizationCodeGrantRequest(
      server,
      client,
      None(),
      callback,
      redirectUri,
      codeVerifier,
      requestOptions(oauthClient, context, signal),
    );
    const text = await answer.text();
    const read = (response: Response) =>
      processAuthorizationCodeResponse(server, client, response, { requireIdToken: true });
    if (!answer.ok) throw await read(refusalResponse(text, answer)); // Reading it throws what it says.
    const granted = grantedTokens(request.where, text, context.clock.nowMs());
    const response = tokenResponse(granted.answered, { id_token: granted.idToken });
    return { granted, response, body: await read(response) };
  });
  const keyRequest = { ...request, where: `the keys of ${issuer}` };
  const trusted = await discover(oauthClient, context);
  await loginRequest(keyRequest, context, async (signal) => {
    await validateApplicationLevelSignature(trusted, response, getOptions(oauthClient, context, signal));
  });
  const identity = identityOf(getValidatedIdTokenClaims(body));
  const { compute, userinfo } = granted;
  return { clientId, identity, ...compute, ...(userinfo === undefined ? {} : { userinfo }) };
}

function nativeClient(issuer: string | undefined, clientId: string): OAuthClient {
  return globusClient({ issuer, clientId, origin: "'clientId' of the login" });
}

/** The page of Globus Auth shows the code alone, which the verifier ties to this login. */
function readAnswer(
  { redirectUri, state, issuer, codeVerifier }: PendingLogin,
  answer: string,
  server: AuthorizationServer,
  client: Client,
): URLSearchParams {
  const refuse = (problem: string) => new ComputeAuthorizationError(`Cannot log in: ${problem}`);
  if (answer === "") throw refuse("no code was given");
  const isAddress = /^https?:/i.test(answer);
  if (!isAddress && !/^[!-~]+$/.test(answer)) throw refuse("this is no code, nor an address that has one");
  if (isAddress && !(URL.canParse(answer) && pageOf(answer) === pageOf(redirectUri))) {
    throw refuse(`this address is not the one that the browser is sent to, ${redirectUri}`);
  }
  const parameters = isAddress ? new URL(answer).searchParams : new URLSearchParams({ code: answer });
  if (isAddress && parameters.get("state") !== state) {
    throw refuse("this answer belongs to another login, as its 'state' differs: open the newest address");
  }
  try {
    return validateAuthResponse(server, client, parameters, isAddress ? state : skipStateCheck);
  } catch (error) {
    const secrets = [codeVerifier, state, ...parameters.getAll("code")];
    throw errorFor({
      where: issuer,
      action: "log in",
      secrets,
      explain: (code) => code === "access_denied" ? "access was denied in the browser" : undefined,
    }, error);
  }
}

function pageOf(address: string): string {
  const { origin, pathname } = new URL(address);
  return origin + pathname;
}

function explainRefusal(code: string, { issuer, clientId, redirectUri }: PendingLogin): string | undefined {
  switch (code) {
    case "invalid_grant":
      return "the code is expired, used up, or of another login: begin again";
    case "invalid_client":
    case "unauthorized_client":
      return `${issuer} does not know client '${clientId}', or it is no native app client with the redirect ${redirectUri}`;
  }
  return undefined;
}

/** Where the server's keys are. */
async function discover(client: OAuthClient, context: AuthorizerContext): Promise<AuthorizationServer> {
  const { issuer } = client;
  const where = `GET ${issuer}/.well-known/openid-configuration`;
  const request = { where, action: "log in", secrets: [] };
  const server = await loginRequest(request, context, async (signal) => {
    const options = { ...getOptions(client, context, signal), algorithm: "oidc" as const };
    return await processDiscoveryResponse(new URL(issuer), await discoveryRequest(new URL(issuer), options));
  });
  try {
    const { origin } = checkUrl(server.jwks_uri ?? "", "jwks_uri");
    // The rest of the document is the server's word: it names no other address of this machine or its network.
    if (origin === new URL(issuer).origin) return server;
    throw new TypeError(
      `Cannot use 'jwks_uri' with ${origin}: the keys of a login come from the issuer itself`,
    );
  } catch (error) {
    throw new ComputeAuthorizationError(`Cannot log in: ${where}: ${(error as Error).message}`);
  }
}

function identityOf(claims: Record<string, unknown> | undefined): LoginIdentity {
  const text = (value: unknown) => typeof value === "string" && value !== "" ? value : undefined;
  const sub = text(claims?.sub) ?? "";
  const username = text(claims?.preferred_username) ?? text(claims?.email) ?? sub;
  const name = text(claims?.name);
  return name === undefined ? { sub, username } : { sub, username, name };
}
