/**
 * The login of a person, on Deno, Node and Bun: in the browser once, then from a file.
 *
 * ## Call as the person who has logged in
 *
 * After `npx @edge-compute/globus login`, a command of `./cli`:
 *
 * ```ts
 * import { createClient } from "@edge-compute/globus";
 * import { storedLogin } from "@edge-compute/globus/login";
 *
 * const client = createClient({ authorizer: storedLogin() });
 * ```
 *
 * Nothing is asked of the authorization server before the first call; a token is renewed a minute before it ends, for all
 * processes of this machine at once.
 *
 * ## Log somebody in
 *
 * ```ts
 * import { beginLogin, finishLogin, saveLogin } from "@edge-compute/globus/login";
 *
 * export async function login(clientId: string): Promise<void> {
 *   const pending = await beginLogin({ clientId });
 *   const code = prompt(`Open ${pending.url}\nand paste the code:`) ?? "";
 *   await saveLogin(pending.issuer, await finishLogin(pending, code));
 * }
 * ```
 *
 * The client is a native one, without a secret (RFC 8252, with PKCE), registered with Globus Auth. Where the browser is on
 * the same machine, {@linkcode listenForCallback} takes the place of the code. {@linkcode whoIsLoggedIn} tells who it is,
 * {@linkcode endLogin} revokes the tokens.
 *
 * ## Where it is kept
 *
 * In `edge-compute-globus.json`, which its owner alone can read, in `~/.globus_compute` or the directory that
 * `GLOBUS_COMPUTE_USER_DIR` names: beside what the Python SDK keeps, which is left as it is. There is one login for each
 * authorization server.
 *
 * @module
 */
export { type CallbackListener, type CallbackOptions, listenForCallback } from "./callback_listener.ts";
export { endLogin } from "./end_login.ts";
export { beginLogin, finishLogin, type LoginOptions, type PendingLogin } from "./native_login.ts";
export { type LoginPlace, saveLogin } from "./save_login.ts";
export { storedLogin, type StoredLoginOptions } from "./stored_login.ts";
export { type LoginStatus, whoIsLoggedIn } from "./who_is_logged_in.ts";

export type { LoginWorld } from "./login_request.ts";
export type { LoginIdentity, StoredLogin, StoredToken } from "./token_file.ts";
export type { LoginVariables } from "./user_directory.ts";
export type { AuthorizationParameters } from "../errors/authorization_parameters.ts";
export type {
  AuthorizeContext,
  Authorizer,
  AuthorizerContext,
  AuthorizerIdentity,
  RevocableToken,
  Revocation,
} from "../http/authorizer.ts";
export type { Clock } from "../base/clock.ts";
