import { AuthorizationResponseError, OperationProcessingError, ResponseBodyError } from "oauth4webapi";
import { customFetch, type CustomFetchOptions, UnsupportedOperationError } from "oauth4webapi";
import type { OAuthClient } from "../auth/oauth_client.ts";
import { requestOptions } from "../auth/oauth_request.ts";
import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import { ComputeError } from "../errors/compute_error.ts";
import { ComputeNetworkError } from "../errors/network_error.ts";
import type { AuthorizerContext } from "../http/authorizer.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { withDeadline } from "../base/deadline.ts";
import { redact } from "../http/redact.ts";

/** How long one request to the authorization server may take. */
const REQUEST_TIMEOUT_MS = 30_000;
const MAX_TEXT_LENGTH = 300;

/** What requests of a login need of the world. */
export interface LoginWorld {
  /** Ends the work. */
  signal?: AbortSignal | undefined;
  /**
   * Sends requests.
   * @default {the runtime's}
   */
  fetch?: ((request: Request) => Promise<Response>) | undefined;
  /**
   * Tells the time.
   * @default {the runtime's}
   */
  clock?: Clock | undefined;
}

/** What {@linkcode LoginWorld} has. */
export const WORLD_KEYS = "signal fetch clock";

/** The same as an authorizer is given it by a client. */
export function contextFor({ signal, fetch, clock }: LoginWorld): AuthorizerContext {
  return {
    signal: signal ?? new AbortController().signal,
    fetch: fetch ?? ((request) => globalThis.fetch(request)),
    clock: clock ?? systemClock,
    client: {},
  };
}

/** How a request without a body is sent, in the types of `oauth4webapi`. */
export function getOptions(client: OAuthClient, context: AuthorizerContext, signal: AbortSignal) {
  const { headers, ...options } = requestOptions(client, context, signal);
  const get = (url: string, { headers, method, redirect, signal }: CustomFetchOptions<"GET">) =>
    context.fetch(new Request(url, { headers, method, redirect, signal: signal ?? null }));
  return { ...options, headers: new Headers(headers), [customFetch]: get };
}

/** A request to the authorization server, and what is made of its answer. */
export interface LoginRequest {
  /** Such as `POST https://auth.globus.org/v2/oauth2/token`, for messages. */
  where: string;
  /** What is done, for messages: `log in`. */
  action: string;
  /** What no message may show. */
  secrets: readonly string[];
  /** What an answer means that is an error of this code, and the way out. */
  explain?: (code: string) => string | undefined;
}

/** Runs a request with a deadline. What fails is told without what was sent and what came. */
export function loginRequest<T>(
  request: LoginRequest,
  { signal, clock }: AuthorizerContext,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const onTimeout = () =>
    new ComputeNetworkError(
      `Cannot ${request.action}: ${request.where}: no answer within ${REQUEST_TIMEOUT_MS / 1000} s`,
    );
  return withDeadline({ clock, signal, timeoutMs: REQUEST_TIMEOUT_MS, onTimeout }, async (signal) => {
    try {
      return await run(signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw errorFor(request, error);
    }
  });
}

/** `oauth4webapi` keeps what it was sent in its errors: none of them is passed on, nor as a cause. */
export function errorFor({ where, action, secrets, explain }: LoginRequest, error: unknown): Error {
  if (error instanceof ComputeError) return error;
  const line = (text: string) => redact(text, secrets).replace(/\s+/g, " ").slice(0, MAX_TEXT_LENGTH);
  if (error instanceof ResponseBodyError || error instanceof AuthorizationResponseError) {
    const serviceCode = line(error.error);
    const detail = error.error_description === undefined ? undefined : line(error.error_description);
    const said = detail === undefined ? serviceCode : `${serviceCode}: ${detail}`;
    const meaning = explain?.(serviceCode) ?? `${where} refused`;
    const status = error instanceof ResponseBodyError ? error.status : undefined;
    return new ComputeAuthorizationError(`Cannot ${action}: ${meaning} (${said})`, {
      status,
      serviceCode,
      detail,
    });
  }
  const problem = error instanceof Error ? line(error.message) : "no connection";
  if (error instanceof OperationProcessingError || error instanceof UnsupportedOperationError) {
    return new ComputeAuthorizationError(
      `Cannot ${action}: the answer of ${where} cannot be used: ${problem}`,
    );
  }
  return new ComputeNetworkError(`Cannot ${action}: ${where}: ${problem}`);
}
