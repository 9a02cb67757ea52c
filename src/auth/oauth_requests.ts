import type { AuthorizerContext, Revocation } from "../http/authorizer.ts";
import type { OAuthClient } from "./oauth_client.ts";
import type { TokenToRevoke } from "./revoke_tokens.ts";
import type { Grant, TokenRequest } from "./token_endpoint.ts";

// What talks OAuth is loaded with the first token that is asked for: a program that has its token needs none of it.

/** Asks a token endpoint for a token. */
export async function requestToken(request: TokenRequest, context: AuthorizerContext): Promise<Grant> {
  const endpoint = await import("./oauth_parts.ts");
  return await endpoint.requestToken(request, context);
}

/** Revokes tokens at the server that gave them, the refresh token last, and says which it could not. */
export async function revokeTokens(
  client: OAuthClient,
  context: AuthorizerContext,
  accessTokens: readonly string[],
  refreshToken?: string,
): Promise<Revocation> {
  const endpoint = await import("./oauth_parts.ts");
  const tokens = accessTokens.map((value): TokenToRevoke => ({ kind: "access_token", value }));
  if (refreshToken !== undefined) tokens.push({ kind: "refresh_token", value: refreshToken });
  return await endpoint.revokeTokens(client, context, tokens);
}
