import type { AuthorizationParameters } from "./authorization_parameters.ts";
import { ComputeError, type ComputeErrorOptions } from "./compute_error.ts";

/** What a {@linkcode ComputeAuthorizationError} is made of. */
export interface ComputeAuthorizationErrorInit extends ComputeErrorOptions {
  /** The HTTP status, where a server has answered. */
  status?: number | undefined;
  /** The server's own code. */
  serviceCode?: string | undefined;
  /** What the server says about it, in a line. */
  detail?: string | undefined;
  /** What another login has to meet. */
  authorizationParameters?: AuthorizationParameters | undefined;
  /** Where a browser is sent for it. */
  authorizeUrl?: string | undefined;
}

/**
 * The credentials could not be had, were refused (401), or do not suffice (403). Sending the same ones again
 * is of no use: the message says what is needed.
 */
export class ComputeAuthorizationError extends ComputeError {
  /** The class's name, unchanged by minifiers. */
  override readonly name = "ComputeAuthorizationError" as const;
  /** The literal of this class. */
  override readonly code = "ERR_COMPUTE_AUTHORIZATION" as const;
  /** The HTTP status, where a server has answered. */
  declare readonly status?: number;
  /** The server's own code, such as `FUNCTION_NOT_PERMITTED` or `invalid_client`. */
  declare readonly serviceCode?: string;
  /** What the server says about it, in a line. */
  declare readonly detail?: string;
  /** What another login has to meet, where the service asks for one (a Globus Auth Requirements Error). */
  declare readonly authorizationParameters?: AuthorizationParameters;
  /**
   * Where a person's browser is sent for that login: Globus Auth's authorize route with these parameters, the
   * client's own scopes beside the required ones, and `client_id` where the authorizer has one. Add your
   * `redirect_uri`, `state` and code challenge.
   */
  declare readonly authorizeUrl?: string;

  /** Made by the client and by authorizers. */
  constructor(message: string, init: ComputeAuthorizationErrorInit = {}) {
    super(message, init);
    if (init.status !== undefined) this.status = init.status;
    if (init.serviceCode !== undefined) this.serviceCode = init.serviceCode;
    if (init.detail !== undefined) this.detail = init.detail;
    if (init.authorizationParameters !== undefined) {
      this.authorizationParameters = init.authorizationParameters;
    }
    if (init.authorizeUrl !== undefined) this.authorizeUrl = init.authorizeUrl;
  }
}
