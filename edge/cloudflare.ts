/**
 * The handler on Cloudflare Workers: `npx wrangler deploy` in this folder. All of it runs in one Durable Object, so that
 * all deliveries share a store, a rate and an alarm; the Worker forwards to it.
 *
 * @module
 */
import { readConfiguration } from "./configuration.ts";
import type { EdgeEvent } from "./event.ts";
import { eventLine } from "./event_line.ts";
import { createEdgeHandler } from "./handler.ts";
import { createHooks } from "./hooks.ts";
import type { EdgeHandler } from "./options.ts";
import { problemResponse } from "./problem.ts";
import type { Variables } from "./read_variables.ts";
import { resolveOverHttps } from "./resolve_over_https.ts";
import { type DurableObjectStorageLike, durableObjectStore } from "./stores/durable_object_store.ts";

/** What the runtime gives the object. */
interface ObjectContext {
  readonly storage: DurableObjectStorageLike & {
    setAlarm(atMs: number): Promise<void>;
    deleteAlarm(): Promise<void>;
  };
  waitUntil(promise: Promise<unknown>): void;
}

/** What `wrangler.jsonc` binds, beside variables and secrets. */
interface Bindings {
  readonly EDGE: {
    idFromName(name: string): unknown;
    get(id: unknown): { fetch(request: Request): Promise<Response> };
  };
}

/** An alarm that failed is repeated a few times only: this one stands while the work goes on. */
const NEXT_ALARM_MS = 60_000;

/** Has the handler, its store, and the alarm that collects. */
export class Edge {
  readonly #storage: ObjectContext["storage"];
  readonly #handler: EdgeHandler | undefined;
  /** When the alarm fires; the object begins with one, as nobody knows what another one has left. */
  #alarmAtMs = Infinity;

  constructor(context: ObjectContext, bindings: Bindings) {
    this.#storage = context.storage;
    try {
      this.#handler = createEdgeHandler(readConfiguration(variablesOf(bindings), createHooks, {
        store: durableObjectStore(context.storage),
        resolveAddresses: resolveOverHttps(),
        waitUntil: (promise) => context.waitUntil(promise),
        onDue: (atMs) => this.#due(atMs),
        onEvent: log,
      }));
      context.waitUntil(this.#due(Date.now()));
    } catch (error) {
      log({ kind: "misconfigured", error });
    }
  }

  /** Answers a request. */
  async fetch(request: Request): Promise<Response> {
    if (this.#handler) return await this.#handler(request);
    return problemResponse({
      status: 500,
      type: "misconfigured",
      title: "The handler is not configured",
      detail: "Its log names the settings that are missing or of no use.",
    });
  }

  /** Does what is due. */
  async alarm(): Promise<void> {
    if (!this.#handler) return;
    const nextAtMs = Date.now() + NEXT_ALARM_MS;
    await this.#setAlarm(nextAtMs);
    try {
      const { nextAtMs: dueAtMs = Infinity } = await this.#handler.collect();
      if (this.#alarmAtMs !== nextAtMs) await this.#due(dueAtMs); // A delivery has set a sooner one meanwhile.
      else if (dueAtMs < Infinity) await this.#setAlarm(dueAtMs);
      else await this.#deleteAlarm();
    } catch (error) {
      log({ kind: "collectFailed", error });
    }
  }

  /** Has the alarm fire at this time, or before. */
  async #due(atMs: number): Promise<void> {
    if (atMs < this.#alarmAtMs) await this.#setAlarm(atMs);
  }

  async #deleteAlarm(): Promise<void> {
    this.#alarmAtMs = Infinity;
    await this.#storage.deleteAlarm();
  }

  async #setAlarm(atMs: number): Promise<void> {
    this.#alarmAtMs = atMs;
    await this.#storage.setAlarm(atMs);
  }
}

/** The texts among the bindings. */
function variablesOf(bindings: object): Variables {
  return Object.fromEntries(Object.entries(bindings).filter(([, value]) => typeof value === "string"));
}

function log(event: EdgeEvent | { kind: string; error: unknown }): void {
  // deno-lint-ignore no-console -- it is what a Worker has for a log
  console.log(eventLine(event));
}

export default {
  /** Hands the request on. */
  fetch: (request: Request, { EDGE }: Bindings): Promise<Response> =>
    EDGE.get(EDGE.idFromName("edge")).fetch(request),
};
