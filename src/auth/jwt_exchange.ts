import { checkKeys } from "../base/check.ts";
import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import type { Authorizer, AuthorizerContext } from "../http/authorizer.ts";
import { JWT_KEYS, type JwtOptions } from "./jwt_options.ts";
import { checkUrl } from "../http/environment.ts";
import { checkClient, type OAuthClient } from "./oauth_client.ts";
import { checkSigner, signJwt } from "./signed_jwt.ts";
import { copyKey } from "./signer_key.ts";
import { tokenAuthorizer } from "./token_authorizer.ts";
import { given } from "../base/narrow.ts";
import type { Token } from "./token_cache.ts";
import { requestToken } from "./oauth_requests.ts";

/** What {@linkcode jwtExchange} takes beside what its assertions are made of. */
export interface JwtExchangeOptions extends JwtOptions {
  /** The address of the token endpoint: HTTPS, or loopback. */
  tokenEndpoint: string;
  /**
   * What the token is for.
   * @default {what the server gives by itself}
   */
  scopes?: readonly string[];
  /** The OAuth client that asks, where the server wants to know one. */
  clientId?: string;
  /** Its secret, if it has one. */
  clientSecret?: string;
}

/**
 * An authorizer that trades a JWT which it signs for an access token (RFC 7523, section 2.1), at an authorization server
 * that trusts your key. Each trade has an assertion of its own.
 *
 * Globus Auth itself takes no such assertions: this is for gateways, and for the local service.
 *
 * @example
 * ```ts
 * import { createClient, jwtExchange } from "@edge-compute/globus";
 *
 * export function connect(key: CryptoKey) {
 *   const authorizer = jwtExchange({
 *     key,
 *     algorithm: "ES256",
 *     issuer: "https://portal.example.org",
 *     subject: "ada",
 *     audience: "https://gateway.example.org/token",
 *     tokenEndpoint: "https://gateway.example.org/token",
 *   });
 *   return createClient({ baseUrl: "https://gateway.example.org/compute", authorizer });
 * }
 * ```
 *
 * A call rejects with a `ComputeAuthorizationError` where the assertion is not taken, or the key cannot sign.
 *
 * @throws {TypeError} If an option is missing or unfit, or there is a secret without a `clientId`; the message does not
 * show the key.
 * @throws {RangeError} If `lifetimeSeconds` is no positive integer, or the algorithm unknown.
 */
export function jwtExchange(options: JwtExchangeOptions): Authorizer {
  const keys = `${JWT_KEYS} tokenEndpoint scopes clientId clientSecret`;
  checkKeys(options, "jwtExchange()", keys, "key algorithm issuer audience tokenEndpoint");
  checkSigner(options);
  const { issuer, subject = issuer, clientId, clientSecret, scopes } = options;
  const signing = { ...options, subject, key: copyKey(options.key) };
  const { origin: server, pathname } = checkUrl(options.tokenEndpoint, "tokenEndpoint");
  const tokenEndpoint = server + pathname; // As it is: a slash at its end may be a part of the route.
  if (clientId !== undefined) checkClient(clientId, clientSecret);
  else if (clientSecret !== undefined) throw new TypeError("Cannot use 'clientSecret' without 'clientId'");
  const origin = "'clientId' of jwtExchange";
  const client: OAuthClient = { issuer: tokenEndpoint, tokenEndpoint, clientId, clientSecret, origin };

  async function fetchToken(context: AuthorizerContext): Promise<Token> {
    const { token: assertion } = await signJwt(signing, context.clock);
    return await requestToken({
      client,
      grantType: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      parameters: given({ assertion, scope: scopes?.join(" ") }),
      secrets: [assertion],
      onInvalidGrant:
        `${tokenEndpoint} does not take an assertion of issuer '${issuer}' for '${subject}': check key, audience and clock`,
    }, context);
  }

  return tokenAuthorizer({
    fetchToken,
    identify: () => given({ issuer: server, clientId, scopes }),
    account: () => `${issuer}|${subject}`,
    revoke(_, accessTokens) {
      const reason = new ComputeAuthorizationError(
        "The token endpoint names no route where tokens are revoked: it ends by itself",
      );
      return Promise.resolve({
        revoked: [],
        notRevoked: accessTokens.map(() => ({ token: "access_token" as const, reason })),
      });
    },
  });
}
