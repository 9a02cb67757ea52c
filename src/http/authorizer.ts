import type { Clock } from "../base/clock.ts";

/** What the methods of an {@linkcode Authorizer} are given of the client that they work for. */
export interface AuthorizerContext {
  /** Ends with the call. */
  signal: AbortSignal;
  /** The client's `fetch`, for requests to a token endpoint. */
  fetch: (request: Request) => Promise<Response>;
  /** The client's clock. */
  clock: Clock;
  /**
   * Stands for the client, the same for all its requests: a key for what its calls may share, a request that is
   * under way for one. Between clients, on Workers those of several requests, only values can be shared.
   */
  client: object;
}

/** What an {@linkcode Authorizer} is told beside the request. */
export interface AuthorizeContext extends AuthorizerContext {
  /**
   * The last attempt, with its credentials, where the service has just refused them (401): fetch new ones, unless
   * others are at hand by now. Nothing otherwise.
   */
  rejected: Request | undefined;
}

/** What an {@linkcode Authorizer} may tell of itself. None of it is a secret. */
export interface AuthorizerIdentity {
  /** The authorization server. */
  issuer?: string;
  /** The OAuth client. */
  clientId?: string;
  /**
   * What the client asks for when a person logs in.
   * @default {the Compute scope alone}
   */
  scopes?: readonly string[];
  /** Whether it acts for the client itself, `<clientId>@clients.auth.globus.org`, and for no person. */
  isServiceAccount?: boolean;
}

/** A kind of token that can be revoked (RFC 7009). */
export type RevocableToken = "access_token" | "refresh_token";

/** What `logout` has done. */
export interface Revocation {
  /** The tokens that the authorization server takes no more. */
  revoked: RevocableToken[];
  /** The tokens that may still be taken, with the reason. They are forgotten here, all the same. */
  notRevoked: { token: RevocableToken; reason: Error }[];
}

/**
 * Puts credentials on a request: the one way in. It is called for each attempt, and may return the request it
 * was given or another one to the same origin.
 *
 * @example An authorizer of one's own
 * ```ts
 * import { type Authorizer, createClient } from "@edge-compute/globus";
 *
 * const fromVault: Authorizer = async (request, { signal }) => {
 *   const answer = await fetch("https://vault.example.org/compute-token", { signal });
 *   request.headers.set("authorization", `Bearer ${await answer.text()}`);
 *   return request;
 * };
 * const client = createClient({ authorizer: fromVault });
 * ```
 */
export interface Authorizer {
  /** Returns the request with credentials. */
  (request: Request, context: AuthorizeContext): Request | Promise<Request>;
  /** Who it acts for, as far as it knows: for the messages of refusals. */
  identify?(): AuthorizerIdentity | Promise<AuthorizerIdentity>;
  /** A text that differs for each account, and is no secret: what is stored for one is not used for another. */
  account?(): string | Promise<string>;
  /** Revokes the tokens that it has, at the authorization server, and forgets them. Called by `logout`. */
  revoke?(context: AuthorizerContext): Promise<Revocation>;
}
