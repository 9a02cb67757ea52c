/** A handler whose batches have tasks that do as they are told, and whose receiver is in the test's hands. */
import { assert, assertEquals } from "@std/assert";
import { Webhook } from "standardwebhooks";
import { accessToken, createClient, type PythonValue, registerSource, type Store } from "../../../mod.ts";
import type { Hook } from "../../../edge/hook.ts";
import type { Verifier } from "../../../edge/verify/verifier.ts";
import type { CollectReport, EdgeOptions } from "../../../edge/options.ts";
import type { BatchRecord } from "../../../edge/records/batch_record.ts";
import { DUE_PREFIX, OUTBOX_PREFIX } from "../../../edge/records/keys.ts";
import { listAll } from "../../../src/store/writes.ts";
import { createLocalService, type InProcessServiceOptions } from "../../../src/local/mod.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import { strayCommits } from "../life.ts";
import { type Edge, edgeOf, type EdgeWorld } from "../edge_helpers.ts";
import { NOW_MS } from "../verify/deliveries.ts";

/** What a task does: it returns this value, so many characters, bytes, or raises an exception. */
export type Order =
  | { give: PythonValue }
  | { characters: number }
  | { bytes: number }
  | { raise: string };

/** A message as a receiver gets it. */
export interface Received {
  id: string;
  url: string;
  signal: AbortSignal;
  headers: Headers;
  text: string;
  // deno-lint-ignore no-explicit-any -- tests look into it as they like
  body: any;
}

/** Holds a message's signature against what an independent signer makes of it. */
export function assertSigned({ id, headers, text }: Received, secret: string = SECRET): void {
  const sentAt = new Date(Number(headers.get("webhook-timestamp")) * 1000);
  const expected = new Webhook(secret).sign(id, sentAt, text);
  assert(headers.get("webhook-signature")?.split(" ").includes(expected), "a signature of the message");
}

/** Answers a message; without a status it is taken. */
export type Receiver = (message: Received) => Response | Promise<Response> | void;

export const RECEIVER = "https://receiver.example/hooks/secret-path";
export const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

export interface CollectSetUp {
  hook?: Partial<Hook>;
  /** Whether results are delivered. @default {true} */
  isDelivering?: boolean;
  options?: Partial<EdgeOptions>;
  store?: Store;
  receiver?: Receiver;
  /** Sends to the receiver in its place, over the network. */
  network?: (request: Request) => Promise<Response>;
  /** Stands before the service. */
  service?: (request: Request, send: (request: Request) => Promise<Response>) => Promise<Response>;
  faults?: InProcessServiceOptions["faults"];
}

/** A process with a handler. */
export interface Collecting {
  edge: Omit<Edge, typeof Symbol.asyncDispose>;
  /** What the receiver got, the newest last, whatever it answered. */
  received: Received[];
  /** Sends a delivery that starts a batch of these tasks. */
  start(orders: readonly Order[], id?: string): Promise<string>;
  collect(): Promise<CollectReport>;
  /** Calls `collect` whenever it is due, for so long at most; the clock goes on in between. */
  run(options?: { forMs?: number; until?: () => boolean | Promise<boolean> }): Promise<CollectReport>;
  record(batchId: string): Promise<BatchRecord>;
  /** What is due, now or later, and what waits to be delivered: the keys of the store. */
  waiting(): Promise<string[]>;
  /** How often the service was asked for results. */
  polls(): number;
  /** How many requests the handler has sent, to whomever. */
  sent(): number;
}

/** Takes any delivery; its id is the claim of who has sent it. */
export const bySubject: Verifier = ({ headers }) => {
  const deliveryId = headers.get("webhook-id") ?? "";
  return Promise.resolve({ isVerified: true, deliveryId, isIdSigned: true, claims: { sub: deliveryId } });
};

export interface World extends EdgeWorld, AsyncDisposable {
  /** A process that begins, with what is kept of those before. */
  process(setUp?: CollectSetUp): Collecting;
}

/** A local service, and a clock that stands still. */
export async function setUpWorld(
  { nowMs = NOW_MS, ...options }: Partial<InProcessServiceOptions> & { nowMs?: number } = {},
): Promise<World> {
  const clock = new ManualClock(nowMs);
  const local = createLocalService({ functions: { work: doAsTold, other: doAsTold }, clock, ...options });
  const { baseUrl, fetch } = local;
  const client = createClient({ baseUrl, fetch, authorizer: accessToken(local.accessToken) });
  const register = (name: string) => registerSource(client, { source: `def ${name}(order):\n    ...\n` });
  const [functionId, otherFunctionId] = [await register("work"), await register("other")];
  const world = { local, clock, functionId, otherFunctionId };
  return {
    ...world,
    process: (setUp = {}) => startProcess(world, setUp),
    async [Symbol.asyncDispose]() {
      await local.close();
      assertEquals(strayCommits, [], "commits that the table of a batch's life does not have");
    },
  };
}

function startProcess(world: EdgeWorld, setUp: CollectSetUp): Collecting {
  const { local, functionId, clock } = world;
  const { endpointId } = local;
  const received: Received[] = [];
  let sent = 0;
  const edge = edgeOf({
    ...world,
    ...(setUp.store === undefined ? {} : { store: setUp.store }),
    hook: {
      batch: (event) => {
        const { orders } = event as { orders: Order[] };
        return { endpointId, tasks: orders.map((order) => ({ functionId, args: [order] })) };
      },
      ...(setUp.isDelivering === false ? {} : { deliver: { url: RECEIVER, secret: SECRET } }),
      ...setUp.hook,
    },
    options: {
      allowPrivateAddresses: false,
      resolveAddresses: () => Promise.resolve(["93.184.216.34"]),
      ...setUp.options,
    },
    fetch: async (request, send) => {
      sent++;
      if (request.url.startsWith(local.baseUrl)) {
        return setUp.service === undefined ? await send(request) : await setUp.service(request, send);
      }
      if (setUp.network !== undefined) return await setUp.network(request);
      const text = await request.text();
      const { headers, url, signal } = request;
      const message = {
        id: headers.get("webhook-id") ?? "",
        url,
        signal,
        headers,
        text,
        body: JSON.parse(text),
      };
      received.push(message);
      return await setUp.receiver?.(message) ?? new Response(null, { status: 204 });
    },
  });
  const collect = () => edge.handler.collect();
  return {
    edge,
    received,
    collect,
    async start(orders, id = crypto.randomUUID()) {
      const response = await edge.handler(edge.request({ orders }, id));
      const answer = await response.json();
      if (response.status !== 202) throw new Error(`The delivery was not taken: ${JSON.stringify(answer)}`);
      return answer.batchId;
    },
    async run({ forMs = 3_600_000, until = () => false } = {}) {
      const endMs = clock.nowMs() + forMs;
      for (;;) {
        const report = await collect();
        if (await until() || report.nextAtMs === undefined || report.nextAtMs > endMs) return report;
        await clock.advance(Math.max(0, report.nextAtMs - clock.nowMs()));
      }
    },
    async record(batchId) {
      const record = await edge.record(batchId);
      if (record === undefined) throw new Error(`There is no batch ${batchId}`);
      return record;
    },
    waiting:
      async () => [...await keysBelow(edge.store, DUE_PREFIX), ...await keysBelow(edge.store, OUTBOX_PREFIX)],
    polls: () => local.requests.filter(({ path }) => path === "/v2/batch_status").length,
    sent: () => sent,
  };
}

/** The keys of a store that begin so. */
export async function keysBelow(store: Store, prefix: string): Promise<string[]> {
  return await Array.fromAsync(listAll(store, prefix));
}

function doAsTold(order: PythonValue): PythonValue {
  const { give, characters, bytes, raise } = order as {
    give?: PythonValue;
    characters?: number;
    bytes?: number;
    raise?: string;
  };
  if (raise !== undefined) throw Object.assign(new Error(raise), { name: "ValueError" });
  if (characters !== undefined) return "x".repeat(characters);
  if (bytes !== undefined) return new Uint8Array(bytes);
  return give ?? null;
}
