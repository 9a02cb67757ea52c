/**
 * A process that is killed (SIGKILL) right before, or right after, any commit to its SQLite file, and another one that goes
 * on: nothing is submitted twice, a batch is in doubt only where its process has died between *sending* and the answer's
 * commit, each message has one id and one body, and of results only those are lost that a service which tells them once
 * had put on the wire.
 */
import { assert, assertEquals } from "@std/assert";
import { Webhook } from "standardwebhooks";
import type { BatchRecord, SentBatch, TaskEntry } from "../../edge/records/batch_record.ts";
import { readRecord } from "../../edge/records/json_record.ts";
import {
  BATCH_PREFIX,
  DUE_PREFIX,
  OUTBOX_PREFIX,
  pagesKey,
  sentKey,
  tasksKey,
} from "../../edge/records/keys.ts";
import { resultKey } from "../../edge/unstored_results.ts";
import { accessToken, createClient, registerSource, type Store } from "../../mod.ts";
import { createLocalService, type InProcessService, type PythonValue } from "../../src/local/mod.ts";
import { sqliteStore } from "../../src/store/sqlite_store.ts";
import { listAll } from "../../src/store/writes.ts";
import { directories } from "../support/directories.ts";
import { ROOT } from "../support/run.ts";
import type { Death, KilledSettings } from "./killed/killed_process.ts";
import { type Order, runHandler, type RunSettings, type ToldAnswer } from "./killed/run_handler.ts";
import { assertWholeBatches } from "./whole_batches.ts";

const RECEIVER_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/** So many processes at a time. */
const WIDTH = 3;
/** The clocks of those that go on are ahead by so much. */
const AHEAD_MS = 60_000;

/** Two pages: each result has most of what one message takes. */
const TWO_MESSAGES: readonly Order[] = [
  { name: "a", characters: 15_000 },
  { name: "b", raise: "no such sample" },
  { name: "c", characters: 15_000 },
];
/** A request has 1,000 tasks at most. */
const TWO_REQUESTS: readonly Order[] = Array.from({ length: 1_001 }, (_, place) => ({ name: `${place}` }));

interface Scenario {
  orders: readonly Order[];
  /** What the process that dies does: it takes the delivery, or collects what another one has submitted. */
  dying: "delivery" | "collecting";
  readOnce: boolean;
}

/** A message that was received. */
interface Received {
  id: string;
  text: string;
}

/** The service, the receiver and GitHub, at one address, for one file. */
interface World extends AsyncDisposable {
  local: InProcessService;
  settings: RunSettings;
  received: Received[];
  /** The states that the commit was told. */
  statuses: string[];
  /** The tasks whose results were in an answer of the service. */
  onWire: Set<string>;
}

async function setUpWorld(storeFile: string, readOnce: boolean): Promise<World> {
  const local = createLocalService({ functions: { work: doAsTold }, faults: { readOnce } });
  const { endpointId, accessToken: token } = local;
  const client = createClient({
    baseUrl: local.baseUrl,
    fetch: local.fetch,
    authorizer: accessToken(token),
  });
  const functionId = await registerSource(client, { source: "def work(order):\n    ...\n" });
  const received: Received[] = [];
  const statuses: string[] = [];
  const onWire = new Set<string>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname, search } = new URL(request.url);
    const bytes = await request.arrayBuffer().catch(() => undefined);
    if (bytes === undefined) return new Response(null, { status: 400 }); // Its process was killed while it sent this.
    if (pathname === "/results") {
      const text = new TextDecoder().decode(bytes);
      new Webhook(RECEIVER_SECRET).verify(text, Object.fromEntries(request.headers));
      received.push({ id: request.headers.get("webhook-id") ?? "", text });
      return new Response(null, { status: 204 });
    }
    if (pathname.startsWith("/github/")) {
      statuses.push(JSON.parse(new TextDecoder().decode(bytes)).state);
      return new Response(null, { status: 201 });
    }
    const { method, headers } = request;
    const response = await local.fetch(local.baseUrl + pathname + search, {
      method,
      headers,
      ...(bytes.byteLength === 0 ? {} : { body: bytes }),
    });
    const text = await response.text();
    if (pathname === "/v2/batch_status") { for (const taskId of resultsIn(text)) onWire.add(taskId); }
    return new Response(text, response);
  });
  const url = `http://127.0.0.1:${server.addr.port}`;
  return {
    local,
    received,
    statuses,
    onWire,
    settings: {
      storeFile,
      serviceUrl: url,
      accessToken: token,
      endpointId,
      functionId,
      receiverUrl: url,
      receiverSecret: RECEIVER_SECRET,
      aheadMs: 0,
      isCollecting: false,
    },
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      await local.close();
    },
  };
}

function doAsTold(order: PythonValue): PythonValue {
  const { characters = 0, raise } = order as unknown as Order;
  if (raise !== undefined) throw Object.assign(new Error(raise), { name: "ValueError" });
  return "x".repeat(characters);
}

/** The tasks whose results are in an answer. */
function resultsIn(text: string): string[] {
  const { results = {} } = JSON.parse(text) as {
    results?: Record<string, { result?: unknown; exception?: unknown }>;
  };
  return Object.entries(results).filter(([, { result, exception }]) => (result ?? exception) !== undefined)
    .map(([taskId]) => taskId);
}

/** Runs a process that dies there, if it comes so far. */
async function runKilled(settings: KilledSettings): Promise<{ isKilled: boolean; answer?: ToldAnswer }> {
  const child = new URL("tests/edge/killed/killed_process.ts", ROOT).href;
  const { code, signal, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", child, JSON.stringify(settings)],
    stdin: "null",
  }).output();
  const isKilled = signal === "SIGKILL";
  assert(isKilled || code === 0, `The process failed: ${new TextDecoder().decode(stderr)}`);
  const text = new TextDecoder().decode(stdout);
  return { isKilled, ...(text === "" ? {} : { answer: JSON.parse(text) }) };
}

async function only(store: Store): Promise<BatchRecord | undefined> {
  const [key, ...others] = await Array.fromAsync(listAll(store, BATCH_PREFIX));
  assertEquals(others, []);
  return key === undefined ? undefined : (await readRecord<BatchRecord>(store, key))?.value;
}

/** What a death came to. */
interface Ending {
  isKilled: boolean;
  isInDoubt: boolean;
  /** How many tasks the service surely had when the batch came in doubt. */
  takenCount: number;
  lost: number;
}

/** Has a process die, and another one go on, and checks what has become of the batch. */
async function dieAt(scenario: Scenario, death: Death, storeFile: string): Promise<Ending> {
  const { orders, dying } = scenario;
  const where = `dies ${death.isMade ? "after" : "before"} its commit ${death.commit}`;
  await using world = await setUpWorld(storeFile, scenario.readOnce);
  const { settings } = world;
  await using store = sqliteStore(storeFile);
  if (dying === "collecting") await runHandler({ ...settings, orders }, store);
  const { isKilled, answer } = await runKilled({
    ...settings,
    ...(dying === "delivery" ? { orders } : {}),
    isCollecting: dying === "collecting",
    aheadMs: dying === "delivery" ? 0 : AHEAD_MS,
    death,
  });

  await assertWholeBatches(store, where);
  const left = await only(store);
  if (answer !== undefined) assertEquals(answer, { status: 202, batchId: left?.id ?? "" }, where);
  const lost = new Set<string>();
  for (const taskId of scenario.readOnce ? world.onWire : []) {
    if (await store.get(resultKey(taskId)) === undefined) lost.add(taskId);
  }

  let told = answer;
  await runHandler(
    {
      ...settings,
      // Its sender sends it again until it hears of it.
      ...(dying === "delivery" && answer === undefined ? { orders } : {}),
      isCollecting: true,
      aheadMs: 2 * AHEAD_MS,
    },
    store,
    (again) => void (told = again),
  );
  const record = await only(store);
  assert(record !== undefined, where);
  if (left !== undefined) assertEquals(record.id, left.id, where);
  if (dying === "delivery") assertEquals(told, { status: 202, batchId: record.id }, where);
  await assertWholeBatches(store, where);

  const isInDoubt = record.state === "inDoubt";
  assertEquals([isInDoubt, isInDoubt || record.state === "done"], [left?.sending !== undefined, true], where);
  await assertRuns(world, store, record, where);
  await assertCounts(store, record, { lost, where });
  assertMessages(world, record, { lost, where });
  for (const prefix of [DUE_PREFIX, OUTBOX_PREFIX, pagesKey("")]) {
    assertEquals(await Array.fromAsync(listAll(store, prefix)), [], where);
  }
  return { isKilled, isInDoubt, takenCount: record.takenCount, lost: lost.size };
}

/** Nothing has run twice; all of it has run, but what is in doubt. */
async function assertRuns(world: World, store: Store, record: BatchRecord, where: string): Promise<void> {
  const sent = await readRecord<SentBatch>(store, sentKey(record.id));
  const payloads = sent?.value.tasks.map(({ payload }) => payload) ?? [];
  const runs = world.local.runs.map(({ payload }) => payload);
  // In whole requests, and in order.
  assertEquals(runs.map((run) => payloads.indexOf(run)), [...runs.keys()], where);
  const { takenCount, doubt } = record;
  if (doubt === undefined) assertEquals([runs.length, takenCount], [payloads.length, payloads.length], where);
  else {
    assertEquals(doubt.start, takenCount, where);
    assert([doubt.start, doubt.start + doubt.count].includes(runs.length), `${where}: ${runs.length} runs`);
  }
}

/** What the service surely has comes to its end, and only that is lost which nobody can have any more. */
async function assertCounts(
  store: Store,
  { id, counts, taskCount, takenCount }: BatchRecord,
  { lost, where }: { lost: ReadonlySet<string>; where: string },
): Promise<void> {
  const entries = takenCount === 0 ? [] : (await readRecord<TaskEntry[]>(store, tasksKey(id)))?.value ?? [];
  const gone = entries.filter(({ state }) => state === "notFound" || state === "undecodable");
  assertEquals(new Set(gone.map(({ taskId }) => taskId)), lost, where);
  const { pending, success, failed } = counts;
  assertEquals(
    [pending, counts.lost, success + failed],
    [taskCount - takenCount, lost.size, takenCount - lost.size],
    where,
  );
}

/** Each message has one id and one body; together they have each task once; the commit is told the end last. */
function assertMessages(
  { received, statuses }: World,
  { id, state, counts, taskCount }: BatchRecord,
  { lost, where }: { lost: ReadonlySet<string>; where: string },
): void {
  const texts = new Map<string, string>();
  for (const message of received) {
    const text = message.text.replaceAll(/capability=[\w.-]+/g, ""); // Links are signed anew.
    assertEquals(texts.get(message.id) ?? text, text, `another body for ${message.id}, where it ${where}`);
    texts.set(message.id, text);
  }
  if (state !== "done") return assertEquals([texts.size, statuses], [0, []], where);
  const messages = [...texts.entries()].toSorted(([a], [b]) => a < b ? -1 : 1);
  assertEquals(messages.map(([name]) => name), messages.map((_, place) => `msg_${id}_${place + 1}`), where);
  const tasks: { index: number; taskId: string; state: string }[] = messages.flatMap(([, text]) =>
    JSON.parse(text).data.tasks
  );
  assertEquals(
    tasks.map(({ index }) => index),
    Array.from({ length: taskCount }, (_, index) => index),
    where,
  );
  for (const task of tasks) assertEquals(task.state === "notFound", lost.has(task.taskId), where);
  const end = counts.failed > 0 ? "failure" : counts.lost > 0 ? "error" : "success";
  assertEquals([statuses.at(-1), statuses.slice(0, -1).every((one) => one === "pending" || one === end)], [
    end,
    true,
  ], `${statuses}, where it ${where}`);
}

/** Has a process die at each of its commits, some at a time, until one comes to its end. */
async function dieEverywhere(scenario: Scenario): Promise<Ending[]> {
  await using directory = await directories();
  const endings: Ending[] = [];
  let commit = 0;
  let isOver = false;
  const work = async () => {
    while (!isOver) {
      const place = ++commit;
      for (const isMade of [false, true]) {
        const ending = await dieAt(
          scenario,
          { commit: place, isMade },
          `${directory.path}/${place}-${isMade}.sqlite`,
        );
        if (ending.isKilled) endings.push(ending);
        else isOver = true;
      }
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, work));
  return endings;
}

Deno.test("a delivery is submitted once, or in doubt, wherever its process is killed", async () => {
  const endings = await dieEverywhere({ orders: TWO_MESSAGES, dying: "delivery", readOnce: false });
  const doubts = endings.filter(({ isInDoubt }) => isInDoubt);
  assertEquals(doubts.map(({ takenCount }) => takenCount), [0, 0]); // After *sending*, and before *submitted*.
  assert(endings.length >= 2 * 4, `${endings.length} deaths`);
});

Deno.test("a delivery of two requests has each submitted once, or in doubt, wherever its process is killed", async () => {
  const endings = await dieEverywhere({ orders: TWO_REQUESTS, dying: "delivery", readOnce: false });
  const doubts = endings.filter(({ isInDoubt }) => isInDoubt).map(({ takenCount }) => takenCount);
  assertEquals(doubts.toSorted(), [0, 0, 1_000, 1_000]); // Of the first request, and of the second.
  assert(endings.length >= 2 * 5, `${endings.length} deaths`);
});

for (const readOnce of [false, true]) {
  const service = readOnce ? "tells results once" : "is well";
  Deno.test(`results are collected and delivered, wherever a process is killed, where the service ${service}`, async () => {
    const endings = await dieEverywhere({ orders: TWO_MESSAGES, dying: "collecting", readOnce });
    assertEquals(endings.filter(({ isInDoubt }) => isInDoubt), []);
    // Between the answer and the commit that keeps its results.
    assertEquals(endings.filter(({ lost }) => lost > 0).map(({ lost }) => lost), readOnce ? [3] : []);
    assert(endings.length >= 2 * 8, `${endings.length} deaths`);
  });
}
