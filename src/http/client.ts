import createApi, { type Client as Api } from "openapi-fetch";
import type { paths } from "../../gen/compute.ts";
import { COMPATIBLE_SDK_VERSION, VERSION } from "../version.ts";
import { createAttempt } from "./attempt.ts";
import { createAuthorize } from "./authorize.ts";
import type { Authorizer } from "./authorizer.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type Environment, resolveBaseUrl } from "./environment.ts";
import { compose, type Send } from "./send.ts";
import { boundCall } from "./bound_call.ts";

/** What {@linkcode createClient} takes. Everything that touches the world can be injected. */
export interface ClientOptions {
  /** Puts credentials on each request. */
  authorizer: Authorizer;
  /** A deployment of the service that has a name. @default {"production"} */
  environment?: Environment;
  /** The address of the service, in place of `environment`: HTTPS, or plain HTTP to loopback. */
  baseUrl?: string | URL;
  /** Sends a request. @default {globalThis.fetch} */
  fetch?: (request: Request) => Promise<Response>;
  /** Tells the time and sleeps. @default {the runtime's} */
  clock?: Clock;
}

/** What every function of this module takes first. Made by {@linkcode createClient}. */
export interface Client {
  /** The address of the service, without a slash at its end. */
  readonly baseUrl: string;
}

/** What the functions of this module find behind a client. */
export interface ClientContext {
  readonly api: Api<paths>;
  readonly clock: Clock;
  readonly send: Send;
}

/** Kept beside the client, so that no type of openapi-fetch and no credential is on the object itself. */
const contexts = new WeakMap<Client, ClientContext>();

/**
 * Makes a client of a Compute service. Nothing is sent until a function is called with it.
 *
 * @example With a token
 * ```ts
 * import { accessToken, createClient } from "@edge-compute/globus";
 *
 * const client = createClient({ authorizer: accessToken("…") });
 * ```
 *
 * @throws {TypeError} If `authorizer` is missing, both `environment` and `baseUrl` are given, or `baseUrl` is no
 * HTTPS address.
 * @throws {RangeError} If the environment has no such name.
 */
export function createClient(options: ClientOptions): Client {
  const { authorizer, environment, baseUrl, clock = systemClock } = options;
  if (typeof authorizer !== "function") {
    throw new TypeError("Cannot create a client without 'authorizer': pass accessToken(…) for one");
  }
  // Looked up at each call: a runtime's own fetch must not be called unbound, and a test may replace it.
  const fetch = options.fetch ?? ((request: Request) => globalThis.fetch(request));
  const url = resolveBaseUrl({
    ...(environment === undefined ? {} : { environment }),
    ...(baseUrl === undefined ? {} : { baseUrl }),
  });
  const send = compose(
    [boundCall(clock), createAuthorize({ authorizer, fetch })],
    createAttempt({ fetch, clock }),
  );
  const client: Client = Object.freeze({ baseUrl: url });
  contexts.set(client, { api: createTypedApi(url), clock, send });
  return client;
}

function createTypedApi(baseUrl: string): Api<paths> {
  return createApi<paths>({
    baseUrl,
    // A redirect would carry the credentials to another address: an answer that is one is an error.
    redirect: "manual",
    headers: {
      accept: "application/json",
      // The service reads the SDK's version out of this header; a browser sends its own in its place.
      "user-agent": `edge-compute-globus-${VERSION}/globus-compute-sdk-${COMPATIBLE_SDK_VERSION}`,
      "x-globus-client-info": `product=edge-compute-globus,version=${VERSION}`,
    },
  });
}

/**
 * What is behind a client.
 *
 * @throws {TypeError} If it was not made by {@linkcode createClient}.
 */
export function contextOf(client: Client): ClientContext {
  const context = contexts.get(client);
  if (context === undefined) throw new TypeError("Cannot use this client: it was not made by createClient");
  return context;
}
