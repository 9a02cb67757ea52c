import { checkKeys } from "../base/check.ts";
import type { OAuthClient } from "../auth/oauth_client.ts";
import { revokeTokens } from "../auth/revoke_tokens.ts";
import { tokenAuthorizer } from "../auth/token_authorizer.ts";
import type { Authorizer, AuthorizerContext, RevocableToken, Revocation } from "../http/authorizer.ts";
import { notLoggedIn } from "./login_advice.ts";
import { LOGIN_SCOPES } from "./login_scopes.ts";
import { clientOfLogin, renewLogin } from "./renew_login.ts";
import { type LoginPlace, type LoginSlot, loginSlot, STORED_LOGIN_KEYS } from "./save_login.ts";
import type { StoredLogin } from "./token_file.ts";

/** What {@linkcode storedLogin} takes. */
export interface StoredLoginOptions extends LoginPlace {
  /**
   * The authorization server: HTTPS, or loopback.
   * @default {"https://auth.globus.org"}
   */
  issuer?: string | undefined;
}

interface Revocable {
  kind: RevocableToken;
  value: string;
}

/**
 * An authorizer for the person who has logged in on this machine, by the command `login` of `./cli` or {@linkcode saveLogin}. Their
 * token is renewed a minute before it ends and when the service refuses it, and kept, so that other processes use
 * the new one too.
 *
 * @example
 * ```ts
 * import { createClient } from "@edge-compute/globus";
 * import { storedLogin } from "@edge-compute/globus/login";
 *
 * const client = createClient({ authorizer: storedLogin() });
 * ```
 *
 * A call rejects with a `ComputeAuthorizationError` where nobody is logged in, or the login is expired or revoked: it
 * says how to log in.
 *
 * @throws {TypeError} If `issuer` is neither an HTTPS address nor one of loopback.
 */
export function storedLogin(options: StoredLoginOptions = {}): Authorizer {
  checkKeys(options, "storedLogin()", STORED_LOGIN_KEYS);
  const slot = loginSlot(options);
  const { issuer, file } = slot;

  async function login(): Promise<StoredLogin> {
    const login = await file.read(issuer);
    if (login === undefined) throw notLoggedIn(issuer);
    return login;
  }

  return tokenAuthorizer({
    fetchToken: (context) => renewLogin(context, slot, "compute"),
    identify: async () => ({ issuer, clientId: (await login()).clientId, scopes: LOGIN_SCOPES }),
    account: async () => `${issuer}|${(await login()).identity.sub}`,
    revoke: (context, accessTokens) => revokeLogin(context, slot, accessTokens),
    cache: {
      key: () => Promise.resolve(issuer),
      tokens: {
        get: async () => {
          const login = await file.read(issuer);
          if (login === undefined) return undefined;
          const { accessToken, renewAtMs } = login;
          return JSON.stringify({ accessToken, renewAtMs });
        },
        commit: () => Promise.resolve(true), // Renewing has written it.
      },
    },
  });
}

/** Revokes what is known and in the file; then the login is forgotten, even where that failed. */
export async function revokeLogin(
  context: AuthorizerContext,
  { issuer, file }: LoginSlot,
  accessTokens: readonly string[],
): Promise<Revocation> {
  const outcome: Revocation = { revoked: [], notRevoked: [] };
  const done = new Set<string>();
  async function revoke(client: OAuthClient, tokens: readonly Revocable[]): Promise<void> {
    const fresh = tokens.filter(({ value }) => {
      const isNew = !done.has(value);
      done.add(value);
      return isNew;
    });
    const { revoked, notRevoked } = await revokeTokens(client, context, fresh);
    outcome.revoked.push(...revoked);
    outcome.notRevoked.push(...notRevoked);
  }

  const login = await file.read(issuer);
  const known = accessTokens.map((value): Revocable => ({ kind: "access_token", value }));
  if (login) await revoke(clientOfLogin({ issuer, file }, login), [...known, ...tokensOf(login)]);
  let removed: StoredLogin | undefined;
  await file.update(issuer, (standing) => {
    removed = standing;
    return undefined;
  });
  // Another process may have renewed it in between.
  if (removed) await revoke(clientOfLogin({ issuer, file }, removed), tokensOf(removed));
  return outcome;
}

function tokensOf({ userinfo, ...compute }: StoredLogin): Revocable[] {
  return [compute, userinfo].flatMap((token): Revocable[] => {
    if (token === undefined) return [];
    const { accessToken, refreshToken } = token;
    const access: Revocable = { kind: "access_token", value: accessToken };
    return refreshToken === undefined ? [access] : [access, { kind: "refresh_token", value: refreshToken }];
  });
}
