import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import type { Revocation } from "../http/authorizer.ts";
import { type CallOptions, checkCallOptions, withCallSignal } from "../http/call_options.ts";
import { type Client, contextOf } from "../http/client.ts";

/**
 * Revokes a client's tokens at the authorization server (RFC 7009), then forgets them: `Client.logout` in Python.
 *
 * A service account gets a new token with the next call; a refresh token is gone, and its person has to log in again.
 *
 * @example
 * ```ts
 * import { type Client, logout } from "@edge-compute/globus";
 *
 * export async function leave(client: Client): Promise<void> {
 *   for (const { token, reason } of (await logout(client)).notRevoked) {
 *     console.warn(`The ${token} may still be taken: ${reason.message}`);
 *   }
 * }
 * ```
 *
 * @returns What was revoked, and what could not be: that is forgotten all the same. An authorizer that was given a token
 * (`accessToken`) or signs its own (`jwt`) can revoke none.
 * @throws {RangeError} If `timeoutMs` is no number of milliseconds.
 */
export async function logout(client: Client, options: CallOptions = {}): Promise<Revocation> {
  const { authorizer, fetch, clock } = contextOf(client);
  checkCallOptions(options);
  if (authorizer.revoke === undefined) {
    const reason = new ComputeAuthorizationError(
      "This authorizer was given its credentials: they are revoked where they were made, or end by themselves",
    );
    return { revoked: [], notRevoked: [{ token: "access_token", reason }] };
  }
  const revoke = authorizer.revoke;
  return await withCallSignal(clock, options, "logout", (signal) => revoke({ signal, fetch, clock, client }));
}
