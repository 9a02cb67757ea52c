import { processRevocationResponse, revocationRequest } from "oauth4webapi";
import { ComputeNetworkError } from "../errors/network_error.ts";
import type { AuthorizerContext, RevocableToken, Revocation } from "../http/authorizer.ts";
import { withDeadline } from "../base/deadline.ts";
import type { OAuthClient } from "./oauth_client.ts";
import { authenticationOf, clientOf, requestOptions, serverOf } from "./oauth_request.ts";

const REQUEST_TIMEOUT_MS = 30_000;

/** A token to revoke. */
export interface TokenToRevoke {
  kind: RevocableToken;
  value: string;
}

/** Revokes tokens at the server that gave them (RFC 7009), and says which it could not. */
export async function revokeTokens(
  client: OAuthClient,
  context: AuthorizerContext,
  tokens: readonly TokenToRevoke[],
): Promise<Revocation> {
  const outcome: Revocation = { revoked: [], notRevoked: [] };
  for (const { kind, value } of tokens) {
    try {
      await revokeToken(client, context, kind, value);
      outcome.revoked.push(kind);
    } catch (reason) {
      if (context.signal.aborted) throw context.signal.reason;
      outcome.notRevoked.push({ token: kind, reason: reason as Error });
    }
  }
  return outcome;
}

async function revokeToken(
  client: OAuthClient,
  context: AuthorizerContext,
  kind: RevocableToken,
  value: string,
): Promise<void> {
  const { clock, signal } = context;
  const where = `POST ${client.issuer}/v2/oauth2/token/revoke`;
  const onTimeout = () =>
    new ComputeNetworkError(`${where}: no answer within ${REQUEST_TIMEOUT_MS / 1000} s`);
  await withDeadline({ clock, signal, timeoutMs: REQUEST_TIMEOUT_MS, onTimeout }, async (signal) => {
    let status: number | undefined;
    try {
      const options = {
        ...requestOptions(client, context, signal),
        additionalParameters: { token_type_hint: kind },
      };
      const response = await revocationRequest(
        serverOf(client),
        clientOf(client),
        authenticationOf(client),
        value,
        options,
      );
      status = response.status;
      // RFC 7009, section 2.2: the status says it all, whatever comes after it.
      if (response.ok) return void await response.body?.cancel().catch(() => {});
      // Read to its end, as the library leaves a body behind that it needs not.
      const text = await response.text();
      const headers = { "content-type": response.headers.get("content-type") ?? "" };
      await processRevocationResponse(new Response(text || null, { status, headers }));
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      // The library's errors hold what the server sent: the status says enough.
      const problem = status !== undefined
        ? `status ${status}`
        : error instanceof Error
        ? error.message
        : "no connection";
      throw new ComputeNetworkError(`${where} failed: ${problem}`);
    }
  });
}
