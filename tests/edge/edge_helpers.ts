/** A handler whose world is in the test's hands, in front of the real local service. */
import { accessToken, createClient, memoryStore, registerSource, type Store } from "../../mod.ts";
import { createContext } from "../../edge/create_context.ts";
import type { EdgeContext } from "../../edge/context.ts";
import type { EdgeEvent } from "../../edge/event.ts";
import { createEdgeHandler } from "../../edge/handler.ts";
import type { Hook } from "../../edge/hook.ts";
import type { EdgeHandler, EdgeOptions } from "../../edge/options.ts";
import type { BatchRecord } from "../../edge/records/batch_record.ts";
import { LANE_LEASE_MS } from "../../edge/lane.ts";
import { readRecord } from "../../edge/records/json_record.ts";
import { batchKey } from "../../edge/records/keys.ts";
import { type SubmissionOutcome, submitBatch } from "../../edge/submit/submit_batch.ts";
import { createLocalService, type InProcessService } from "../../src/local/mod.ts";
import { assertEquals } from "@std/assert";
import { strayCommits, watchLife } from "./life.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { delivery, NOW_MS, signedRequest } from "./verify/deliveries.ts";
import { type Scheme, STANDARD_WEBHOOKS } from "./verify/schemes.ts";

/** What a test may say of the handler: the rest is the same for all. */
export interface EdgeSetUp {
  hook?: Partial<Hook>;
  /** The arguments of each task of the hook's batch. @default {the event, of one task} */
  tasks?: (event: unknown) => readonly (readonly unknown[])[];
  options?: Partial<EdgeOptions>;
  store?: Store;
  /** Stands between the handler and the service. */
  fetch?: (request: Request, send: EdgeFetch) => Promise<Response>;
  /** Who sends. */
  scheme?: Scheme;
}

type EdgeFetch = (request: Request) => Promise<Response>;

/** A local service with a function that is registered there, and all that a handler is made of. */
export interface Edge extends AsyncDisposable {
  local: InProcessService;
  functionId: string;
  /** Another one, that does the same. */
  otherFunctionId: string;
  clock: ManualClock;
  store: Store;
  events: EdgeEvent[];
  /** Times at which `collect` is to be called. */
  due: number[];
  /** Resolves when all is over that goes on after an answer. */
  idle(): Promise<void>;
  options: EdgeOptions;
  handler: EdgeHandler;
  context: EdgeContext;
  /** A signed delivery with this body and id. */
  request(body?: unknown, id?: string): Request;
  /** The arguments of each task that has run, in JSON and with commas: one that ran twice is there twice. */
  runs(): string[];
  record(batchId: string): Promise<BatchRecord | undefined>;
}

/** What outlives a process that is killed, beside its store. */
export type EdgeWorld = Pick<Edge, "local" | "functionId" | "otherFunctionId" | "clock">;

export function worldOf({ local, functionId, otherFunctionId, clock }: EdgeWorld): EdgeWorld {
  return { local, functionId, otherFunctionId, clock };
}

/** Sets a handler up, with one hook `push` that runs a task with the event as its argument. */
export async function setUpEdge(setUp: EdgeSetUp = {}): Promise<Edge> {
  const clock = new ManualClock(NOW_MS);
  const local = createLocalService({ functions: { echo: (value) => value, again: (value) => value } });
  const client = createClient({
    baseUrl: local.baseUrl,
    authorizer: accessToken(local.accessToken),
    fetch: local.fetch,
  });
  const register = (name: string) =>
    registerSource(client, { source: `def ${name}(value):\n    return value\n` });
  const [functionId, otherFunctionId] = [await register("echo"), await register("again")];
  const edge = edgeOf({ local, functionId, otherFunctionId, clock, ...setUp });
  return {
    ...edge,
    async [Symbol.asyncDispose]() {
      await local.close();
      assertEquals(strayCommits, [], "commits that the table of a batch's life does not have");
    },
  };
}

/** A handler in front of a service that is there: what a process is that follows another one. */
export function edgeOf(
  { local, functionId, otherFunctionId, clock, ...setUp }: EdgeSetUp & EdgeWorld,
): Omit<Edge, typeof Symbol.asyncDispose> {
  const { store = memoryStore({ clock }), scheme = STANDARD_WEBHOOKS, tasks = (event) => [[event]] } = setUp;
  const events: EdgeEvent[] = [];
  const due: number[] = [];
  const background: Promise<unknown>[] = [];
  const { endpointId } = local;
  const hook: Hook = {
    verify: scheme.verifier([scheme.secret]),
    endpoints: [endpointId],
    functions: [functionId, otherFunctionId],
    batch: (event) => ({ endpointId, tasks: tasks(event).map((args) => ({ functionId, args })) }),
    ...setUp.hook,
  };
  const send: EdgeFetch = (request) => local.fetch(request);
  const options: EdgeOptions = {
    hooks: { push: hook },
    baseUrl: "https://hooks.example.org",
    store: watchLife(store),
    clock,
    linkSecrets: ["a secret that signs the links of these tests"],
    authorizer: accessToken(local.accessToken),
    service: { baseUrl: local.baseUrl, maxRequestsPer10s: 100_000 },
    fetch: (request) => setUp.fetch === undefined ? send(request) : setUp.fetch(request, send),
    allowPrivateAddresses: true,
    onEvent: (event) => void events.push(event),
    onDue: (atMs) => void due.push(atMs),
    waitUntil: (promise) => void background.push(promise),
    ...setUp.options,
  };
  return {
    local,
    functionId,
    otherFunctionId,
    clock,
    store,
    events,
    due,
    async idle() {
      for (const promise of background) await promise; // More may come meanwhile.
    },
    options,
    handler: createEdgeHandler(options),
    context: createContext(options),
    request(body = { ref: "refs/heads/main" }, id = "msg_1") {
      const timestamp = String(Math.floor(clock.nowMs() / 1000));
      return signedRequest(scheme, delivery({ body: JSON.stringify(body), id, timestamp }));
    },
    runs: () => local.runs.map(({ payload }) => argumentsOf(payload)),
    record: async (batchId) => (await readRecord<BatchRecord>(store, batchKey(batchId)))?.value,
  };
}

/** The positional arguments that a payload carries. */
function argumentsOf(payload: string): string {
  const [, length, rest = ""] = /^(\d+)\n11\n([^]*)$/.exec(payload) ?? [];
  return rest.slice(1, Number(length) - "11\n".length - 1);
}

/** What a response says. */
export async function told(response: Response): Promise<{ status: number; body: Record<string, unknown> }> {
  return { status: response.status, body: await response.json() };
}

/** Real time that a process may take for a step before the clock goes on: a digest, for one. */
const STEP_MS = 10;

/**
 * What a call comes to for which the clock has to go on, in small steps: one that waits for what another process does.
 */
export async function goingOn<T>({ clock }: Pick<Edge, "clock">, call: Promise<T>): Promise<T> {
  let isOver = false;
  const over = call.then(() => {}, () => {}).finally(() => isOver = true);
  while (!isOver) {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([over, new Promise<void>((resolve) => timer = setTimeout(resolve, STEP_MS))]);
    clearTimeout(timer);
    if (!isOver) await clock.advance(100);
  }
  return await call;
}

/** Sends a delivery, and goes on with the clock where another process has the lane. */
export async function sendOn(
  edge: Pick<Edge, "handler" | "clock">,
  request: Request,
): ReturnType<typeof told> {
  return await told(await goingOn(edge, edge.handler(request)));
}

/** For so long a process that has ended is not missed. */
export const UNTIL_MISSED_MS = LANE_LEASE_MS + 1;

/** What is done with a batch once the process that had the lane is missed: `collect` does it where it is due. */
export async function submitOn(
  { context, clock }: Pick<Edge, "context" | "clock">,
  batchId: string,
): Promise<SubmissionOutcome> {
  for (let turn = 0; turn < 3; turn++) {
    const holding = await goingOn({ clock }, submitBatch(context, batchId));
    if (holding.isHeld) return holding.value;
    await clock.advance(UNTIL_MISSED_MS);
  }
  throw new Error("Another process still has the lane");
}

/** A `fetch` that answers submissions in place of the service, or after it. */
export function submissions(
  answer: (send: () => Promise<Response>) => Promise<Response>,
): NonNullable<EdgeSetUp["fetch"]> {
  return (request, send) =>
    new URL(request.url).pathname.endsWith("/submit") ? answer(() => send(request)) : send(request);
}
