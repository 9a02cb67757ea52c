import { checkKeys } from "../base/check.ts";
import type { Authorizer } from "../http/authorizer.ts";
import { COMPUTE_SCOPE } from "../http/globus_auth.ts";
import { sha256Hex } from "../base/sha256.ts";
import { checkText, globusClient } from "./oauth_client.ts";
import { tokenAuthorizer } from "./token_authorizer.ts";
import { cacheKey, type TokenCache } from "./token_cache.ts";
import { requestToken, revokeTokens } from "./oauth_requests.ts";

/** What {@linkcode dependentToken} takes. */
export interface DependentTokenOptions {
  /** The id of your service, a confidential client that Globus Auth knows as a resource server. */
  clientId: string;
  /** Its secret. */
  clientSecret: string;
  /** The access token with which the user called your service. */
  userToken: string;
  /**
   * Which of the dependent tokens to ask for.
   * @default {the Compute scope alone}
   */
  scopes?: readonly string[];
  /**
   * Where tokens are kept for other processes, or other requests of a Worker.
   * @default {in this authorizer alone}
   */
  cache?: TokenCache;
  /**
   * The authorization server: HTTPS, or loopback.
   * @default {"https://auth.globus.org"}
   */
  issuer?: string;
}

/**
 * An authorizer for a service that acts for the user who called it: the user's token is traded for one for the Compute
 * service, by Globus Auth's own grant (`urn:globus:auth:grant_type:dependent_token`). The user must have consented to it
 * with the scope of your service.
 *
 * @example A route of a portal
 * ```ts
 * import { type Authorizer, dependentToken } from "@edge-compute/globus";
 *
 * export function forCaller(request: Request, clientId: string, clientSecret: string): Authorizer {
 *   const [, userToken = ""] = (request.headers.get("authorization") ?? "").split(" ");
 *   return dependentToken({ clientId, clientSecret, userToken });
 * }
 * ```
 *
 * A call rejects with a `ComputeAuthorizationError` where the user's token is expired, revoked, or not for this client.
 *
 * @throws {TypeError} If an option is missing, or `issuer` is no HTTPS address.
 */
export function dependentToken(options: DependentTokenOptions): Authorizer {
  checkKeys(
    options,
    "dependentToken()",
    "clientId clientSecret userToken scopes cache issuer",
    "clientId clientSecret userToken",
  );
  const { clientId, clientSecret = "", userToken, scopes = [COMPUTE_SCOPE], cache: tokens } = options;
  const origin = "'clientId' of dependentToken";
  const client = globusClient({ issuer: options.issuer, clientId, clientSecret, origin });
  checkText("userToken", userToken);
  const { issuer } = client;
  const scope = scopes.join(" ");
  return tokenAuthorizer({
    fetchToken: (context) =>
      requestToken({
        client,
        grantType: "urn:globus:auth:grant_type:dependent_token",
        parameters: { token: userToken, scope },
        secrets: [userToken],
        onInvalidGrant: `the user's token is expired, revoked, or not one for client '${clientId}'`,
      }, context),
    identify: () => ({ issuer, clientId, scopes }),
    account: () => sha256Hex(`user ${userToken}`),
    revoke: (context, accessTokens) => revokeTokens(client, context, accessTokens),
    cache: tokens && {
      tokens,
      key: () => cacheKey(["dependent_token", issuer, clientId, clientSecret, scope, userToken]),
    },
  });
}
