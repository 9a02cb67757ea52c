import { checkKeys } from "../base/check.ts";
import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import type { Authorizer, AuthorizerContext } from "../http/authorizer.ts";
import { sha256Hex } from "../base/sha256.ts";
import { checkText, globusClient } from "./oauth_client.ts";
import { tokenAuthorizer } from "./token_authorizer.ts";
import { requestToken, revokeTokens } from "./oauth_requests.ts";
import type { Grant } from "./token_endpoint.ts";

/** How long the answer to another client's request with the same refresh token is waited for. */
const ROTATION_LOOKS = 50;
const ROTATION_LOOK_MS = 100;

/** What {@linkcode refreshToken} takes. */
export interface RefreshTokenOptions {
  /** The id of the client that the refresh token was made for. */
  clientId: string;
  /** Its secret, where it has one. */
  clientSecret?: string;
  /** The refresh token. */
  refreshToken: string;
  /**
   * Is given the new refresh token where the server has put one in the place of the old one, which is worth nothing from
   * then on. Keep it before you return: no access token is used until it has.
   */
  onRotate?: (refreshToken: string) => void | Promise<void>;
  /**
   * The authorization server: HTTPS, or loopback.
   * @default {"https://auth.globus.org"}
   */
  issuer?: string;
}

/**
 * An authorizer for a person who has logged in before and left a refresh token (RFC 6749, section 6).
 *
 * @example A portal that keeps refresh tokens
 * ```ts
 * import { createClient, refreshToken } from "@edge-compute/globus";
 *
 * interface User {
 *   refreshToken: string;
 *   save(refreshToken: string): Promise<void>;
 * }
 *
 * export function connect(user: User, clientId: string, clientSecret: string) {
 *   const authorizer = refreshToken({
 *     clientId,
 *     clientSecret,
 *     refreshToken: user.refreshToken,
 *     onRotate: (next) => user.save(next),
 *   });
 *   return createClient({ authorizer });
 * }
 * ```
 *
 * A call rejects with a `ComputeAuthorizationError` where the refresh token is expired, revoked or another client's: the
 * person has to log in again.
 *
 * @throws {TypeError} If an option is missing, or `issuer` is no HTTPS address.
 */
export function refreshToken(options: RefreshTokenOptions): Authorizer {
  checkKeys(
    options,
    "refreshToken()",
    "clientId clientSecret refreshToken onRotate issuer",
    "clientId refreshToken",
  );
  const { issuer, clientId, clientSecret, onRotate } = options;
  const client = globusClient({ issuer, clientId, clientSecret, origin: "'clientId' of refreshToken" });
  checkText("refreshToken", options.refreshToken);
  let current: string | undefined = options.refreshToken;
  let kept = current;

  /** How many requests with a refresh token are under way: a number alone, as clients share no promise. */
  let underWay = 0;

  async function fetchToken(context: AuthorizerContext): Promise<Grant> {
    const used = current;
    if (used === undefined) {
      throw new ComputeAuthorizationError("Cannot get an access token: logged out, so log in again");
    }
    let grant: Grant;
    try {
      grant = await trade(used, context);
    } catch (error) {
      // Another client of this process may have used it up in the meantime, and get a new one for it.
      const isStale = error instanceof ComputeAuthorizationError && error.serviceCode === "invalid_grant";
      if (isStale && await isReplaced(used, context)) return await fetchToken(context);
      throw error;
    }
    // Told again with the next token where it could not be kept.
    if (current !== undefined && current !== kept) {
      const next = current;
      await onRotate?.(next);
      kept = next;
    }
    return grant;
  }

  async function trade(used: string, context: AuthorizerContext): Promise<Grant> {
    underWay++;
    try {
      const grant = await requestToken({
        client,
        grantType: "refresh_token",
        parameters: { refresh_token: used },
        secrets: [used],
        onInvalidGrant:
          `the refresh token is expired, revoked, or not one of client '${clientId}': log in again`,
      }, context);
      if (grant.refreshToken !== undefined && current === used) current = grant.refreshToken;
      return grant;
    } finally {
      underWay--;
    }
  }

  /** Whether another request has brought a new refresh token, or does so soon. */
  async function isReplaced(used: string, { clock, signal }: AuthorizerContext): Promise<boolean> {
    for (let look = 0; current === used && underWay > 0 && look < ROTATION_LOOKS; look++) {
      await clock.sleep(ROTATION_LOOK_MS, { signal });
    }
    return current !== undefined && current !== used;
  }

  return tokenAuthorizer({
    fetchToken,
    identify: () => ({ issuer: client.issuer, clientId }),
    account: () => sha256Hex(`refresh ${options.refreshToken}`),
    revoke(context, accessTokens) {
      const refresh = current;
      current = undefined;
      return revokeTokens(client, context, accessTokens, refresh);
    },
  });
}
