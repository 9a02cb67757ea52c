import { checkKeys } from "../base/check.ts";
import { type AuthorizationServer, processUserInfoResponse, userInfoRequest } from "oauth4webapi";
import { clientOf, serverOf } from "../auth/oauth_request.ts";
import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import type { AuthorizerContext } from "../http/authorizer.ts";
import { loginCommand, notLoggedIn } from "./login_advice.ts";
import { contextFor, getOptions, loginRequest, type LoginWorld, WORLD_KEYS } from "./login_request.ts";
import { clientOfLogin, renewLogin, tokenOf } from "./renew_login.ts";
import { type LoginSlot, loginSlot, STORED_LOGIN_KEYS } from "./save_login.ts";
import type { StoredLoginOptions } from "./stored_login.ts";
import type { LoginIdentity, StoredLogin, StoredToken } from "./token_file.ts";

/** Who is logged in. None of it is a secret. */
export interface LoginStatus {
  /** The person, as the authorization server knows them now. */
  identity: LoginIdentity;
  /** The authorization server. */
  issuer: string;
  /** The OAuth client. */
  clientId: string;
  /** When the access token for the Compute service ends, where that is known. */
  expiresAtMs?: number;
  /** Whether the login is renewed by itself then. */
  isRenewable: boolean;
  /** The file that the login is in. */
  file: string;
}

/**
 * Asks the authorization server who is logged in on this machine, and renews the token for that where need be.
 *
 * @example
 * ```ts
 * import { whoIsLoggedIn } from "@edge-compute/globus/login";
 *
 * export async function greet(): Promise<void> {
 *   console.log(`Hello ${(await whoIsLoggedIn()).identity.username}`);
 * }
 * ```
 *
 * @throws {ComputeAuthorizationError} If nobody is, or the login is expired or revoked; it says how to log in.
 * @throws {ComputeNetworkError} If the server cannot be reached, or does not answer within 30 s.
 */
export async function whoIsLoggedIn(options: StoredLoginOptions & LoginWorld = {}): Promise<LoginStatus> {
  checkKeys(options, "whoIsLoggedIn()", `${STORED_LOGIN_KEYS} ${WORLD_KEYS}`);
  const slot = loginSlot(options);
  const { issuer, file } = slot;
  const context = contextFor(options);
  let login = await file.read(issuer);
  if (login === undefined) throw notLoggedIn(issuer);
  let token = tokenOf(login, "userinfo");
  const isRenewed = context.clock.nowMs() >= (token.renewAtMs ?? Infinity);
  if (isRenewed) token = await renewLogin(context, slot, "userinfo");
  let said = await askUserinfo(context, slot, login, token);
  if (said === undefined && !isRenewed) {
    token = await renewLogin(context, slot, "userinfo");
    said = await askUserinfo(context, slot, login, token);
  }
  if (said === undefined) {
    throw new ComputeAuthorizationError(
      `${issuer} refused the token of ${login.identity.username}: log in again: ${
        loginCommand(issuer, login.clientId)
      }`,
      { status: 401 },
    );
  }
  login = await file.read(issuer) ?? login;
  const { clientId, expiresAtMs, refreshToken } = login;
  const status = {
    identity: said,
    issuer,
    clientId,
    isRenewable: refreshToken !== undefined,
    file: file.path,
  };
  return expiresAtMs === undefined ? status : { ...status, expiresAtMs };
}

/** Nothing, where the token was refused. */
function askUserinfo(
  context: AuthorizerContext,
  slot: LoginSlot,
  login: StoredLogin,
  { accessToken }: StoredToken,
): Promise<LoginIdentity | undefined> {
  const client = clientOfLogin(slot, login);
  const { issuer } = client;
  const server: AuthorizationServer = {
    ...serverOf(client),
    userinfo_endpoint: `${issuer}/v2/oauth2/userinfo`,
  };
  const where = `GET ${server.userinfo_endpoint}`;
  const request = { where, action: "ask who is logged in", secrets: [accessToken] };
  return loginRequest(request, context, async (signal) => {
    const options = getOptions(client, context, signal);
    const response = await userInfoRequest(server, clientOf(client), accessToken, options);
    if (response.status === 401 || response.status === 403) {
      await response.body?.cancel();
      return undefined;
    }
    const { sub, preferred_username, name } = await processUserInfoResponse(
      server,
      clientOf(client),
      login.identity.sub,
      response,
    );
    const username = preferred_username ?? login.identity.username;
    return name === undefined ? { sub, username } : { sub, username, name };
  });
}
