import { createSightings } from "../src/base/sightings.ts";
import { measure } from "../src/telemetry/telemetry.ts";
import type { EdgeLimits, EdgeOptions } from "./options.ts";
import { messageOf } from "../src/base/narrow.ts";
import type { Authorizer, Client, Store } from "../mod.ts";
import { withDeadline } from "../src/base/deadline.ts";
import type { EdgeContext } from "./context.ts";
import type { EdgeEvent } from "./event.ts";
import type { Hook } from "./hook.ts";
import { checkOptions } from "./check_options.ts";
import { holdUnstored } from "./unstored_results.ts";
import { notify } from "../src/base/notify.ts";
import { systemClock } from "../src/base/clock.ts";
import { createClient } from "../src/http/client.ts";
import { rateLimiter } from "../src/http/limiter.ts";

const DEFAULT_LIMITS: EdgeLimits = {
  maxBodyBytes: 1_048_576,
  maxHeaderBytes: 16_384,
  maxNesting: 64,
  bodyTimeoutMs: 10_000,
  batchTimeoutMs: 10_000,
  maxTasks: 10_000,
  maxRequestsPerCollect: 40,
  maxOpenStreams: 100,
};
const TWO_WEEKS_MS = 14 * 24 * 60 * 60 * 1000;
const DUE_TIMEOUT_MS = 10_000;
const AUTHORIZER_TIMEOUT_MS = 30_000;
const WEEK_SECONDS = 7 * 24 * 60 * 60;
/** Clients of authorizers that depend on claims: so many senders at once is more than a lab has. */
const MAX_CLIENTS_BY_ACCOUNT = 1_000;

/**
 * Checks the options of a handler, and gives what is not said its default.
 *
 * @throws {TypeError} If one is missing or of the wrong type; the message names it.
 * @throws {RangeError} If one is out of its range.
 */
export function createContext(given: EdgeOptions): EdgeContext {
  checkOptions(given);
  const options = given.encrypt === undefined
    ? given
    : { ...given, store: encryptingStore(given.store, given.encrypt) };
  const { clock = systemClock, waitUntil } = options;
  const encoder = new TextEncoder();
  const swallow = () => {};
  const listeners = new Set<() => void>();
  const fetch = (request: Request): Promise<Response> => {
    for (const listener of listeners) listener();
    return options.fetch === undefined ? globalThis.fetch(request) : options.fetch(request);
  };
  const tell = (event: EdgeEvent): void => {
    measure({ kind: "handler", event: event.kind, hook: "hook" in event ? event.hook : undefined });
    notify(options.onEvent, event);
  };
  /** Code of the host's that fails takes nothing back: what it was called for is in the store. */
  const failed = (option: string, cause: unknown) =>
    tell({ kind: "collectFailed", batchIds: [], error: new Error(`'${option}' failed`, { cause }) });
  const unstored = holdUnstored(options.store, (taskId, cause) => {
    const error = new Error(
      `The result of task ${taskId} was not stored: ${messageOf(cause)}`,
      { cause },
    );
    tell({ kind: "collectFailed", batchIds: [], error });
  });
  return {
    hooks: new Map(Object.entries(options.hooks)),
    baseUrl: new URL(options.baseUrl).href.replace(/\/+$/, ""),
    store: options.store,
    clock,
    sightings: createSightings(clock),
    fetch,
    onRequest(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    retentionMs: options.retentionMs ?? TWO_WEEKS_MS,
    linkSecrets: options.linkSecrets.map((secret) => encoder.encode(secret)),
    linkLifetimeSeconds: options.linkLifetimeSeconds ?? WEEK_SECONDS,
    options,
    clientFor: createClients({ ...options, store: unstored.store }, fetch),
    unstored,
    tell,
    async due(atMs) {
      const bounds = { clock, timeoutMs: DUE_TIMEOUT_MS, onTimeout: () => late("onDue", DUE_TIMEOUT_MS) };
      try {
        await withDeadline(bounds, () => options.onDue?.(atMs));
      } catch (cause) {
        failed("onDue", cause);
      }
    },
    waitUntil(promise) {
      const settled = promise.catch(swallow);
      try {
        waitUntil?.(settled);
      } catch (cause) {
        failed("waitUntil", cause);
      }
    },
  };
}

/** Encrypts what it writes to this store. The code for it loads on the first call. */
function encryptingStore(store: Store, keys: readonly string[]): Store {
  let loaded: Store | undefined;
  const load = async () =>
    loaded ??= await (await import("./stores/encrypted_store.ts")).encryptedStore(store, keys);
  return {
    get: async (key) => (await load()).get(key),
    getMany: async (keys) => (await load()).getMany(keys),
    list: async (prefix, options) => (await load()).list(prefix, options),
    commit: async (changes) => (await load()).commit(changes),
  };
}

/** What of the caller's does not answer must not hold whoever waits for it: the next time it is asked again. */
function late(what: string, timeoutMs: number): Error {
  return new Error(`'${what}' took longer than ${timeoutMs} ms`);
}

/** One client for each authorizer, so that all that is sent with its credentials keeps to one rate. */
function createClients(options: EdgeOptions, fetch: EdgeContext["fetch"]): EdgeContext["clientFor"] {
  const { service: { maxRequestsPer10s, ...service } = {}, store, clock = systemClock } = options;
  // What is wrong with the service is told now, and not to the first sender.
  createClient({ ...service, authorizer: (request) => request });
  const byAuthorizer = new WeakMap<Authorizer, Client>();
  const byAccount = new Map<string, Client>();

  const clientOf = (authorizer: Authorizer): Client => {
    const known = byAuthorizer.get(authorizer);
    if (known !== undefined) return known;
    const client = createClient({
      ...service,
      authorizer,
      store,
      clock,
      fetch,
      ...(maxRequestsPer10s === undefined
        ? {}
        : { limiter: rateLimiter({ requests: maxRequestsPer10s, clock }) }),
    });
    byAuthorizer.set(authorizer, client);
    return client;
  };

  return async (hook: Hook, claims) => {
    if (hook.authorizerFor === undefined) {
      return clientOf((hook.authorizer ?? options.authorizer) as Authorizer);
    }
    const { authorizerFor } = hook;
    const onTimeout = () => late("authorizerFor", AUTHORIZER_TIMEOUT_MS);
    const { authorizer, account } = await withDeadline(
      { clock: options.clock ?? systemClock, timeoutMs: AUTHORIZER_TIMEOUT_MS, onTimeout },
      async () => {
        const authorizer = await authorizerFor(claims);
        return { authorizer, account: await authorizer.account?.() };
      },
    );
    if (account === undefined) return clientOf(authorizer);
    const client = byAccount.get(account) ?? clientOf(authorizer);
    byAccount.delete(account);
    byAccount.set(account, client);
    const [oldest] = byAccount.keys();
    if (byAccount.size > MAX_CLIENTS_BY_ACCOUNT && oldest !== undefined) byAccount.delete(oldest);
    return client;
  };
}
