import { checkKeys } from "../base/check.ts";
import type { Authorizer } from "../http/authorizer.ts";
import { COMPUTE_SCOPE } from "../http/globus_auth.ts";
import { globusClient, type OAuthClient } from "./oauth_client.ts";
import { tokenAuthorizer } from "./token_authorizer.ts";
import { cacheKey, type TokenCache } from "./token_cache.ts";
import { requestToken, revokeTokens } from "./oauth_requests.ts";

/** What {@linkcode clientCredentials} takes. */
export interface ClientCredentialsOptions {
  /** The id of a confidential client, as the developer pages of Globus show it. */
  clientId: string;
  /** Its secret. */
  clientSecret: string;
  /**
   * What the token is for.
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
 * An authorizer for a service account: the OAuth client acts for itself, as `<clientId>@clients.auth.globus.org`
 * (RFC 6749, section 4.4). That identity needs the right to use the endpoint.
 *
 * @example
 * ```ts
 * import { clientCredentials, createClient } from "@edge-compute/globus";
 *
 * export function connect(env: { CLIENT_ID: string; CLIENT_SECRET: string }) {
 *   const { CLIENT_ID: clientId, CLIENT_SECRET: clientSecret } = env;
 *   return createClient({ authorizer: clientCredentials({ clientId, clientSecret }) });
 * }
 * ```
 *
 * A call rejects with a `ComputeAuthorizationError` where no token can be had: it names the client id.
 *
 * @throws {TypeError} If an option is missing, or `issuer` is no HTTPS address.
 */
export function clientCredentials(options: ClientCredentialsOptions): Authorizer {
  // What a local service is has more to it, and is taken whole.
  if (!(Symbol.asyncDispose in Object(options))) {
    checkKeys(
      options,
      "clientCredentials()",
      "clientId clientSecret scopes cache issuer",
      "clientId clientSecret",
    );
  }
  const { issuer, clientId, clientSecret, scopes, cache } = options;
  const origin = "'clientId' of clientCredentials";
  return serviceAccount(
    globusClient({ issuer, clientId, clientSecret: clientSecret ?? "", origin }),
    scopes,
    cache,
  );
}

/** The same for a client whose id came from elsewhere. */
export function serviceAccount(
  client: OAuthClient,
  scopes: readonly string[] = [COMPUTE_SCOPE],
  tokens?: TokenCache,
): Authorizer {
  const { issuer, clientId = "", clientSecret } = client;
  const scope = scopes.join(" ");
  return tokenAuthorizer({
    fetchToken: (context) =>
      requestToken({ client, grantType: "client_credentials", parameters: { scope } }, context),
    identify: () => ({ issuer, clientId, scopes, isServiceAccount: true }),
    account: () => `${issuer}|${clientId}`,
    revoke: (context, accessTokens) => revokeTokens(client, context, accessTokens),
    cache: tokens && {
      tokens,
      key: () => cacheKey(["client_credentials", issuer, clientId, clientSecret, scope]),
    },
  });
}
