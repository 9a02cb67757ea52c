import { checkKeys, checkNumber, checkType } from "../base/check.ts";
import type { paths } from "../../gen/compute.ts";
import { createAuthorize } from "./authorize.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import type { Authorizer } from "./authorizer.ts";
import { createEmit, createObserve, createTrace, type Emit } from "./observe.ts";
import { createLimit, type Limiter, rateLimiter } from "./limiter.ts";
import { compose, type Layer, nameOf, type Plan, type Send } from "./send.ts";
import { type Environment, resolveBaseUrl } from "./environment.ts";
import { createRetry } from "./retry.ts";
import { createAttempt } from "./attempt.ts";
import { ComputeTimeoutError } from "../errors/timeout_error.ts";
import type { ComputeEvent } from "../telemetry/event.ts";
import { createMemoryStore } from "../store/memory_store.ts";
import type { Store } from "../store/store.ts";
import type { ComputeWarning } from "./warning.ts";
import type { PickleLimits } from "../wire/pickle/limits.ts";
import { withDeadline } from "../base/deadline.ts";
import createApi, { type Client as Api } from "openapi-fetch";

/** What {@linkcode createClient} takes. Everything that touches the world can be injected. */
export interface ClientOptions {
  /** Puts credentials on each request. */
  authorizer: Authorizer;
  /**
   * A deployment of the service that has a name.
   * @default {"production"}
   */
  environment?: Environment;
  /** The address of the service, in place of `environment`: HTTPS, or plain HTTP to loopback. */
  baseUrl?: string | URL;
  /**
   * Sends a request.
   * @default {globalThis.fetch}
   */
  fetch?: (request: Request) => Promise<Response>;
  /**
   * Where raw results are put before they are decoded, registered functions, and calls with a key. The service
   * may hand a result over only once: with a store that outlives the process, none is lost with it.
   * @default {memoryStore()}
   */
  store?: Store;
  /**
   * Holds requests back.
   * @default {rateLimiter()}, 20 requests in 10 seconds
   */
  limiter?: Limiter;
  /**
   * How often a request is sent in all, where sending it again does no harm: reads after any failure that may pass,
   * submissions only where the service surely has not taken them.
   * @default {6} as the Python SDK
   */
  maxAttempts?: number;
  /**
   * What a result that is a pickle may take of this process.
   * @default {10 MiB, and 192 MiB for its values}
   */
  pickleLimits?: Partial<PickleLimits>;
  /**
   * Tells the time and sleeps.
   * @default {the runtime's}
   */
  clock?: Clock;
  /**
   * Is told of what needs an eye, but is no error. What it throws reaches nobody.
   * @default {warnings are dropped}
   */
  onWarning?: (warning: ComputeWarning) => void;
  /**
   * Is told what happens: requests, retries, waits for the rate, submissions, outcomes. What it throws reaches nobody.
   * The `cause` of an error in it may be what your own `fetch` or authorizer has thrown, with whatever that says.
   * Beside it, OpenTelemetry gets spans and measurements, where the host has set it up.
   * @default {events are dropped}
   */
  onEvent?: (event: ComputeEvent) => void;
}

/** What every function of this module takes first. Made by {@linkcode createClient}. */
export interface Client {
  /** The address of the service, without a slash at its end. */
  readonly baseUrl: string;
}

/** What the functions of this module find behind a client. */
export interface ClientContext {
  readonly baseUrl: string;
  readonly api: Api<paths>;
  readonly authorizer: Authorizer;
  readonly fetch: (request: Request) => Promise<Response>;
  readonly clock: Clock;
  readonly limiter: Limiter;
  readonly store: Store;
  readonly send: Send<Plan>;
  /** The same, without an event: for what is not to be shown yet. */
  readonly sendUntold: Send<Plan>;
  readonly pickleLimits: Partial<PickleLimits>;
  readonly onWarning: ((warning: ComputeWarning) => void) | undefined;
  readonly emit: Emit;
}

const CLIENT_KEYS =
  "authorizer environment baseUrl fetch store limiter maxAttempts pickleLimits clock onWarning onEvent";

const PICKLE_LIMIT_KEYS = "maxBytes maxMemoryBytes maxMemoEntries maxDepth maxIntegerBytes maxKeyComparisons";

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
 * @throws {TypeError} If `authorizer` is missing, an option is unknown or of the wrong type, both `environment` and
 * `baseUrl` are given, or `baseUrl` is no HTTPS address.
 * @throws {RangeError} If the environment has no such name, or `maxAttempts` (1 to 1,000) or a limit is out of range.
 */
export function createClient(options: ClientOptions): Client {
  checkKeys(options, "createClient()", CLIENT_KEYS, "authorizer");
  const { authorizer, environment, baseUrl, clock = systemClock } = options;
  const { limiter = rateLimiter({ clock }), store = createMemoryStore(clock), maxAttempts = 6 } = options;
  checkNumber(maxAttempts, "maxAttempts", 1, 1_000);
  for (const name of ["fetch", "onEvent", "onWarning"] as const) checkType(options[name], name, "function");
  const missing = typeof authorizer !== "function"
    ? "'authorizer': pass accessToken(…)"
    : typeof store?.commit !== "function"
    ? "'store': pass sqliteStore(…)"
    : undefined;
  if (missing) throw new TypeError(`Cannot create a client without ${missing}`);
  // Looked up at each call: a runtime's own fetch must not be called unbound, and a test may replace it.
  const fetch = options.fetch ?? ((request: Request) => globalThis.fetch(request));
  const url = resolveBaseUrl({ environment, baseUrl });
  const client: Client = Object.freeze({ baseUrl: url });
  const emit = createEmit(options.onEvent);
  const stack = (emit: Emit): Send<Plan> =>
    compose(
      [boundCall(clock), createTrace(), createRetry({ clock, maxAttempts, emit })],
      createAuthorize(
        { authorizer, context: { fetch, clock, client } },
        compose(
          [createLimit(limiter, { clock, emit }), createObserve({ clock, emit })],
          createAttempt({ fetch, clock }),
        ),
      ),
    );
  contexts.set(client, {
    baseUrl: url,
    api: createApi<paths>({ baseUrl: url, Request: planOf as unknown as typeof Request }),
    authorizer,
    fetch,
    clock,
    limiter,
    store,
    onWarning: options.onWarning,
    emit,
    pickleLimits: checkPickleLimits(options.pickleLimits),
    send: stack(emit),
    sendUntold: stack(() => {}),
  });
  return client;
}

/** Checks the limits that the caller names: those of the codec stand for the others. */
function checkPickleLimits(limits: Partial<PickleLimits> = {}): Partial<PickleLimits> {
  checkKeys(limits, "'pickleLimits'", PICKLE_LIMIT_KEYS);
  for (const [name, value] of Object.entries(limits)) {
    checkNumber(value, `pickleLimits.${name}`, 1, Number.MAX_SAFE_INTEGER);
  }
  return { ...limits };
}

/** What openapi-fetch calls to make a request. */
function planOf(url: string, { method, body = null }: { method: string; body?: string | null }): Plan {
  return { url, method, body };
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

/** Ends a call with the caller's signal or with the time that the caller gave it. */
function boundCall(clock: Clock): Layer<Plan> {
  return (next) => (request, call) => {
    const timeoutMs = call.timeoutMs ?? Infinity;
    const onTimeout = () =>
      new ComputeTimeoutError(
        `${nameOf(request)} took longer than ${timeoutMs} ms`,
        { timeoutMs },
      );
    return withDeadline(
      { clock, signal: call.signal, timeoutMs, onTimeout },
      (signal) => next(request, { ...call, signal }),
    );
  };
}
