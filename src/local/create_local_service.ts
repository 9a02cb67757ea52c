import { checkKeys } from "../base/check.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import type { ServiceClient, TrustedIssuer } from "./auth/auth_state.ts";
import {
  DEFAULT_ACCESS_TOKEN_LIFETIME_SECONDS,
  DEFAULT_MAX_RECORDS,
  LOCAL_CLIENT_ID,
  LOCAL_ENDPOINT_ID,
  LOCAL_NATIVE_CLIENT_ID,
  UNBOUND_BASE_URL,
} from "./constants.ts";
import { type Core, type CoreOptions, createCore } from "./core.ts";
import type { Faults } from "./faults.ts";
import { createFetch, type Fetch } from "./in_process_fetch.ts";
import { type JavaScriptFunction, runJavaScript } from "./javascript_functions.ts";
import type { LoggedRequest, TaskRun } from "./records.ts";

/** What {@linkcode createLocalService} takes. */
export interface InProcessServiceOptions {
  /**
   * JavaScript functions that answer tasks in place of Python, by the name that the Python function was
   * registered with, or by its id.
   * @default {{}}
   */
  functions?: Readonly<Record<string, JavaScriptFunction>>;
  /**
   * What shall go wrong.
   * @default {{}}
   */
  faults?: Faults;
  /**
   * How many requests in any 10 seconds the same token may come with; more are answered 429 with `Retry-After`,
   * and do not count. The real service takes 20.
   * @default {Infinity}
   */
  maxRequestsPer10s?: number;
  /**
   * How long the access tokens last that can be asked for, in seconds.
   * @default {172_800}, two days
   */
  accessTokenLifetimeSeconds?: number;
  /**
   * More clients with a secret. Each is an account of its own, with endpoints and tasks of its own.
   * @default {[]}
   */
  clients?: readonly ServiceClient[];
  /**
   * Whose JWTs are taken, as bearers and as assertions at the token endpoint. Each subject is an account of its own.
   * @default {[]}
   */
  trustedIssuers?: readonly TrustedIssuer[];
  /**
   * How many requests and runs `requests` and `runs` remember, the newest ones.
   * @default {10_000}
   */
  maxRecords?: number;
  /**
   * The time: latencies, queue delays, locks, the limit of the rate and all times that are told go by it. How long
   * Python runs does not.
   * @default {the runtime's own}
   */
  clock?: Clock;
}

/** A Compute service inside this process. */
export interface InProcessService extends AsyncDisposable {
  /** Its address, to give to `createClient`. */
  readonly baseUrl: string;
  /** The id of its endpoint: that of the public tutorial endpoint, so that published examples run unchanged. */
  readonly endpointId: string;
  /** The address of the Globus Auth that it plays, which is its own. */
  readonly issuer: string;
  /** The id of a client that it lets in: `local`. Together with the secret, what `clientCredentials` takes. */
  readonly clientId: string;
  /** The secret of that client, made at its start: whoever has it may run code here. */
  readonly clientSecret: string;
  /** The id of a client without a secret, by which a person logs in: `local-native`. */
  readonly nativeClientId: string;
  /** A token that never ends, made at its start: whoever has it may run code here. */
  readonly accessToken: string;
  /** The service as a `fetch` function, which needs no port. */
  readonly fetch: Fetch;
  /** The requests that have come, over the network too, the newest last. */
  readonly requests: readonly LoggedRequest[];
  /** The tasks that were begun with, the newest last. A task that ran twice is here twice. */
  readonly runs: readonly TaskRun[];
  /**
   * Takes other faults in place of all that were, and draws from the beginning of their seed; without an argument
   * all is well again.
   *
   * @throws {RangeError} If they make no sense.
   */
  setFaults(faults?: Faults): void;
  /** Ends all access tokens that were asked for until now; `accessToken` stays. */
  expireAccessTokens(): void;
  /** Stops everything: tasks that have not begun never will, requests fail as those to a dead server do. */
  close(): Promise<void>;
}

/**
 * Makes a Compute service that needs no port, no process and no Python: for tests of code that calls Compute. It
 * has all routes and faults of {@linkcode startLocalService}; JavaScript functions answer the tasks.
 *
 * Whatever connection it names for AMQP leads nowhere: results are asked for over HTTP.
 *
 * @example A test that needs no Python
 * ```ts
 * import { accessToken, callFunction, createClient, registerSource } from "@edge-compute/globus";
 * import { createLocalService } from "@edge-compute/globus/local";
 *
 * export async function main(): Promise<void> {
 *   await using local = createLocalService({ functions: { double: (x: number) => 2 * x } });
 *   const { baseUrl, fetch } = local;
 *   const client = createClient({ baseUrl, fetch, authorizer: accessToken(local.accessToken) });
 *   const functionId = await registerSource(client, { source: "def double(x):\n    return 2 * x\n" });
 *   local.setFaults({ failNext: ["truncatedJson"] }); // and then see what your code makes of it
 *   console.log(await callFunction(client, { endpointId: local.endpointId, functionId, args: [21] }));
 * }
 * ```
 *
 * @throws {RangeError} If an option is out of its range.
 */
export function createLocalService(options: InProcessServiceOptions = {}): InProcessService {
  checkKeys(options, "createLocalService()", SERVICE_KEYS);
  const { functions = {}, clock = systemClock } = options;
  const core = createCore({ runner: runJavaScript(functions, clock), ...coreOptions(options) });
  const { close } = core;
  return { ...describeCore(core, UNBOUND_BASE_URL), close, [Symbol.asyncDispose]: close };
}

/** What both kinds of service take. */
export const SERVICE_KEYS =
  "functions faults maxRequestsPer10s accessTokenLifetimeSeconds clients trustedIssuers maxRecords clock";

/** What both kinds of service hand on to their core. */
export function coreOptions(options: InProcessServiceOptions): Omit<CoreOptions, "runner"> {
  return {
    faults: options.faults ?? {},
    maxRecords: options.maxRecords ?? DEFAULT_MAX_RECORDS,
    maxRequestsPer10s: options.maxRequestsPer10s ?? Infinity,
    accessTokenLifetimeSeconds: options.accessTokenLifetimeSeconds ?? DEFAULT_ACCESS_TOKEN_LIFETIME_SECONDS,
    clients: options.clients ?? [],
    trustedIssuers: options.trustedIssuers ?? [],
    clock: options.clock ?? systemClock,
  };
}

/** What both kinds of service tell of themselves. */
export function describeCore(
  core: Core,
  baseUrl: string,
): Omit<InProcessService, "close" | typeof Symbol.asyncDispose> {
  return {
    baseUrl,
    issuer: baseUrl,
    endpointId: LOCAL_ENDPOINT_ID,
    clientId: LOCAL_CLIENT_ID,
    clientSecret: core.clientSecret,
    nativeClientId: LOCAL_NATIVE_CLIENT_ID,
    accessToken: core.accessToken,
    fetch: createFetch(core.handle),
    requests: core.records.requests,
    runs: core.records.runs,
    setFaults: (next = {}) => core.setFaults(next),
    expireAccessTokens: () => core.expireAccessTokens(),
  };
}
