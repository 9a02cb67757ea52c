import { createSightings } from "../src/base/sightings.ts";
import { measure } from "../src/telemetry/telemetry.ts";
import type { EdgeLimits, EdgeOptions } from "./options.ts";
import { messageOf } from "../src/base/narrow.ts";
import type { Store } from "../mod.ts";
import { withDeadline } from "../src/base/deadline.ts";
import type { EdgeContext } from "./context.ts";
import type { EdgeEvent } from "./event.ts";
import { checkOptions } from "./check_options.ts";
import { holdUnstored } from "./unstored_results.ts";
import { notify } from "../src/base/notify.ts";
import { resolveBaseUrl } from "../src/http/environment.ts";
import { systemClock } from "../src/base/clock.ts";

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
const WEEK_SECONDS = 7 * 24 * 60 * 60;

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
  const { clock = systemClock, waitUntil, onDue } = options;
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
  const retentionMs = options.retentionMs ?? TWO_WEEKS_MS;
  const unstored = holdUnstored(options.store, retentionMs, (taskId, cause) => {
    const error = new Error(
      `The result of task ${taskId} was not stored: ${messageOf(cause)}`,
      { cause },
    );
    tell({ kind: "collectFailed", batchIds: [], error });
  });
  const keepUp = (promise: Promise<unknown>): void => {
    const settled = promise.catch(swallow);
    try {
      waitUntil?.(settled);
    } catch (cause) {
      failed("waitUntil", cause);
    }
  };
  // What is wrong with the service is told now, and not to the first sender.
  resolveBaseUrl(options.service ?? {});
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
    retentionMs,
    linkSecrets: options.linkSecrets.map((secret) => encoder.encode(secret)),
    linkLifetimeSeconds: options.linkLifetimeSeconds ?? WEEK_SECONDS,
    options,
    unstored,
    tell,
    async due(atMs) {
      if (onDue === undefined) return;
      const bounds = { clock, timeoutMs: DUE_TIMEOUT_MS, onTimeout: () => late("onDue", DUE_TIMEOUT_MS) };
      try {
        await withDeadline(bounds, () => onDue(atMs));
      } catch (cause) {
        failed("onDue", cause);
      }
    },
    waitUntil: keepUp,
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
