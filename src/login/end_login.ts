import { checkKeys } from "../base/check.ts";
import type { Revocation } from "../http/authorizer.ts";
import { contextFor, type LoginWorld, WORLD_KEYS } from "./login_request.ts";
import { loginSlot, STORED_LOGIN_KEYS } from "./save_login.ts";
import { revokeLogin, type StoredLoginOptions } from "./stored_login.ts";

/**
 * Revokes the tokens of the person who has logged in on this machine, and forgets them, even where the server could not
 * be reached. `logout` of a client with a `storedLogin` does the same.
 *
 * @example
 * ```ts
 * import { endLogin } from "@edge-compute/globus/login";
 *
 * const { notRevoked } = await endLogin();
 * ```
 *
 * @returns What was revoked, and what could not be; nothing where nobody was logged in.
 * @throws {ComputeAuthorizationError} If the file of logins cannot be read or written.
 */
export async function endLogin(options: StoredLoginOptions & LoginWorld = {}): Promise<Revocation> {
  checkKeys(options, "endLogin()", `${STORED_LOGIN_KEYS} ${WORLD_KEYS}`);
  return await revokeLogin(contextFor(options), loginSlot(options), []);
}
