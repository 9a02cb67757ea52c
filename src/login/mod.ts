/**
 * The login of a person, on Deno, Node and Bun: in the browser once, then from a file.
 *
 * @example Call as the person who ran `npx @edge-compute/globus login`
 * ```ts
 * import { createClient } from "@edge-compute/globus";
 * import { storedLogin } from "@edge-compute/globus/login";
 *
 * const client = createClient({ authorizer: storedLogin() });
 * ```
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
export type { Clock } from "../http/clock.ts";
