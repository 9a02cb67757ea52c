import { globusClient, type OAuthClient } from "../auth/oauth_client.ts";
import { revokeTokens } from "../auth/revoke_tokens.ts";
import { type Grant, requestToken } from "../auth/token_endpoint.ts";
import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import type { AuthorizerContext } from "../http/authorizer.ts";
import { keptToken } from "./granted_tokens.ts";
import { loginCommand, notLoggedIn } from "./login_advice.ts";
import type { LoginSlot } from "./save_login.ts";
import type { StoredLogin, StoredToken } from "./token_file.ts";

/** Which of a login's tokens. */
export type TokenUse = "compute" | "userinfo";

/** How long a process that has used the refresh token up may take to write the new one. */
const ROTATION_LOOKS = 10;
const ROTATION_LOOK_MS = 100;

/** A login's token for this use. */
export function tokenOf(login: StoredLogin, use: TokenUse): StoredToken {
  return use === "userinfo" && login.userinfo !== undefined ? login.userinfo : login;
}

/** The OAuth client of a login. */
export function clientOfLogin({ issuer, file }: LoginSlot, { clientId }: StoredLogin): OAuthClient {
  return globusClient({ issuer, clientId, origin: `the login in '${file.path}'` });
}

/**
 * Gets a new token for a login by its refresh token, and keeps it, and the new refresh token where there is one.
 *
 * @throws {ComputeAuthorizationError} If there is no login, or the person has to log in again.
 */
export async function renewLogin(
  context: AuthorizerContext,
  slot: LoginSlot,
  use: TokenUse,
): Promise<StoredToken> {
  const { issuer, file } = slot;
  const login = await file.read(issuer);
  if (login === undefined) throw notLoggedIn(issuer);
  const token = tokenOf(login, use);
  const logInAgain = `log in again: ${loginCommand(issuer, login.clientId)}`;
  const used = token.refreshToken;
  if (used === undefined) {
    throw new ComputeAuthorizationError(
      `The token of ${login.identity.username} at ${issuer} has ended or is refused, and there is no refresh token: ${logInAgain}`,
    );
  }
  const client = clientOfLogin(slot, login);
  let grant: Grant;
  try {
    grant = await requestToken({
      client,
      grantType: "refresh_token",
      parameters: { refresh_token: used },
      secrets: [used, token.accessToken],
      onInvalidGrant:
        `the login of ${login.identity.username} at ${issuer} is expired or revoked, so ${logInAgain}`,
    }, context);
  } catch (error) {
    if (!(error instanceof ComputeAuthorizationError) || error.serviceCode !== "invalid_grant") throw error;
    const rotated = await rotatedToken(context, slot, use, token);
    if (rotated) return rotated;
    throw error;
  }
  const next = keptToken(
    { ...grant, scope: token.scope },
    grant.refreshToken ?? used,
    context.clock.nowMs(),
  );
  let kept: StoredLogin | undefined = login;
  try {
    kept = await file.update(issuer, (standing) => {
      if (standing === undefined || tokenOf(standing, use).refreshToken !== used) return standing;
      return use === "userinfo" && standing.userinfo !== undefined
        ? { ...standing, userinfo: next }
        : { ...standing, ...next };
    });
  } catch (error) {
    // The token is good, but the refresh token in the file may be worth nothing from now on.
    if (next.refreshToken !== used) throw error;
  }
  if (kept === undefined) {
    // Somebody has logged out in the meantime.
    await revokeTokens(client, context, [{ kind: "access_token", value: next.accessToken }]);
    throw notLoggedIn(issuer);
  }
  return next;
}

/** The token that another process has got for the same refresh token, once it is in the file. */
async function rotatedToken(
  { clock, signal }: AuthorizerContext,
  { issuer, file }: LoginSlot,
  use: TokenUse,
  refused: StoredToken,
): Promise<StoredToken | undefined> {
  for (let look = 0; look < ROTATION_LOOKS; look++) {
    const login = await file.read(issuer);
    if (login === undefined) return undefined;
    const token = tokenOf(login, use);
    if (token.accessToken !== refused.accessToken) return token;
    await clock.sleep(ROTATION_LOOK_MS, { signal });
  }
  return undefined;
}
