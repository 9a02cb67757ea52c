/**
 * A process that is stopped (SIGSTOP) while it sends the requests of a handler, another one that takes over, and the first
 * one that goes on (SIGCONT): what it alone knows is kept, it sends nothing in its old right, and both together keep to the
 * rate of the service.
 */
import { assert, assertEquals } from "@std/assert";
import type { BatchRecord, TaskEntry } from "../../edge/records/batch_record.ts";
import { readRecord } from "../../edge/records/json_record.ts";
import { BATCH_PREFIX, tasksKey } from "../../edge/records/keys.ts";
import { resultKey } from "../../edge/unstored_results.ts";
import { accessToken, createClient, registerSource, type Store } from "../../mod.ts";
import { createLocalService, type Faults, type InProcessService } from "../../src/local/mod.ts";
import { sqliteStore } from "../../src/store/sqlite_store.ts";
import { listAll } from "../../src/store/writes.ts";
import { directories } from "../support/directories.ts";
import { stopBetweenCommits } from "../support/stop_between_commits.ts";
import { until } from "../support/until.ts";
import { fastClock } from "./storm/fast_clock.ts";
import { type KillableHandler, startHandler } from "./storm/killable_handler.ts";
import { type Receiver, startReceiver } from "./storm/receiver.ts";
import { sendAll } from "./storm/sender.ts";

/** The 30 s of a lease pass in 6. */
const SPEED = 5;
const RATE = 20;
/** A window of the rate, less the 0.4 s by which a machine with other work may delay a request, as the time is faster. */
const WINDOW_MS = 10_000 - SPEED * 400;
/** For so long it is watched that a process sends nothing. */
const WATCH_MS = 1_000;
const RECEIVER_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const HOOK_SECRET = "It's a Secret to Everybody";

/** The way of one process to the service. */
interface Door extends AsyncDisposable {
  readonly url: string;
  /** The requests that came, with their times. */
  readonly requests: readonly { path: string; atMs: number }[];
  /** How many answers are held back. */
  readonly held: number;
  /** Holds back the answers to requests from now on, where that is so: the service has done what they ask for. */
  hold(isHeld: (path: string) => boolean): void;
  /** Lets the answers through that are held back, and all later ones. */
  release(): void;
}

function openDoor(local: InProcessService, nowMs: () => number): Door {
  const requests: { path: string; atMs: number }[] = [];
  let isHeld = (_path: string) => false;
  let waiting: (() => void)[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname: path, search } = new URL(request.url);
    requests.push({ path, atMs: nowMs() });
    const { method, headers } = request;
    const body = await request.arrayBuffer();
    const response = await local.fetch(local.baseUrl + path + search, {
      method,
      headers,
      ...(body.byteLength === 0 ? {} : { body }),
    });
    const text = await response.text();
    if (isHeld(path)) await new Promise<void>((resolve) => waiting.push(resolve));
    return new Response(text, response);
  });
  const release = () => {
    isHeld = () => false;
    for (const goOn of waiting) goOn();
    waiting = [];
  };
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    requests,
    get held() {
      return waiting.length;
    },
    hold: (decide) => void (isHeld = decide),
    release,
    async [Symbol.asyncDispose]() {
      release();
      await server.shutdown();
    },
  };
}

interface World {
  local: InProcessService;
  store: Store;
  doors: [first: Door, second: Door];
  handlers: [first: KillableHandler, second: KillableHandler];
  receivers: [first: Receiver, second: Receiver];
  /** Sends deliveries, each once, to one of the two. */
  send(handler: KillableHandler, count: number): Promise<void>;
  records(): Promise<BatchRecord[]>;
}

/** Two processes on one file, each with a way of its own to the service and to the receiver. */
async function inWorld(faults: Faults, work: (world: World) => Promise<void>): Promise<void> {
  const sinceMs = Date.now();
  const clock = fastClock(sinceMs, SPEED);
  await using local = createLocalService({
    functions: { triple: (n) => 3 * (n as number) },
    clock,
  });
  const { baseUrl, fetch, endpointId } = local;
  const client = createClient({ baseUrl, fetch, authorizer: accessToken(local.accessToken) });
  const functionId = await registerSource(client, { source: "def triple(n):\n    return 3 * n\n" });
  local.setFaults(faults);
  await using directory = await directories();
  const storeFile = `${directory.path}/store.sqlite`;
  await using store = sqliteStore(storeFile, { clock });
  await using first = openDoor(local, clock.nowMs);
  await using second = openDoor(local, clock.nowMs);
  await using firstReceiver = startReceiver(RECEIVER_SECRET, { failing: 0 });
  await using secondReceiver = startReceiver(RECEIVER_SECRET, { failing: 0 });
  const start = (door: Door, receiver: Receiver) =>
    startHandler({
      storeFile,
      serviceUrl: door.url,
      accessToken: local.accessToken,
      maxRequestsPer10s: RATE,
      endpointId,
      functionId,
      hookSecret: HOOK_SECRET,
      receiverUrl: receiver.url,
      receiverSecret: RECEIVER_SECRET,
      sinceMs,
      speed: SPEED,
    });
  await using one = await start(first, firstReceiver);
  await using other = await start(second, secondReceiver);
  let sent = 0;
  await work({
    local,
    store,
    doors: [first, second],
    handlers: [one, other],
    receivers: [firstReceiver, secondReceiver],
    async send({ url }, count) {
      const firstOf = sent;
      sent += count;
      await sendAll(count, {
        url: () => url,
        first: firstOf,
        secret: HOOK_SECRET,
        copies: 1,
        width: count,
        random: Math.random,
        onTaken: () => {},
      });
    },
    async records() {
      const keys = await Array.fromAsync(listAll(store, BATCH_PREFIX));
      const found = await Promise.all(keys.map((key) => readRecord<BatchRecord>(store, key)));
      return found.flatMap((record) => record === undefined ? [] : [record.value]);
    },
  });
}

/** Stops a process, but not within a transaction: then it would have the lock of the file. */
async function stop(handler: KillableHandler, store: Store): Promise<void> {
  while (!await stopBetweenCommits((signal) => handler.signal(signal), store));
}

/** Checks that a process sends nothing for a while: to the service, and to the receiver. */
async function assertSilent(door: Door, receiver: Receiver): Promise<void> {
  const before = [door.requests.length, receiver.taken.size];
  await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
  assertEquals([door.requests.length, receiver.taken.size], before);
}

/** Checks that all has come to its end, once. */
async function assertDelivered({ local, receivers, records }: World, count: number): Promise<void> {
  await until(
    "the end of each batch",
    async () => (await records()).every(({ state }) => state === "done"),
  );
  await until("each message", () => receivers[0].taken.size + receivers[1].taken.size >= count);
  const messages = receivers.flatMap(({ taken }) => [...taken]);
  assertEquals(new Set(messages.map(([id]) => id)).size, count);
  assertEquals([messages.length, receivers[0].repeats, receivers[1].repeats], [count, 0, 0]);
  for (const [, { state, tasks }] of messages) {
    assertEquals([state, tasks.map((task) => task.state)], ["done", ["success"]]);
  }
  const payloads = local.runs.map(({ payload }) => payload);
  assertEquals([payloads.length, new Set(payloads).size], [count, count]);
}

function assertRate({ doors }: World): void {
  const times = doors.flatMap(({ requests }) => requests.map(({ atMs }) => atMs)).toSorted((a, b) => a - b);
  for (const [place, atMs] of times.entries()) {
    const after = times[place + RATE] ?? Infinity;
    assert(after - atMs > WINDOW_MS, `${RATE + 1} requests within ${after - atMs} ms`);
  }
  assert(times.length > RATE && doors.every(({ requests }) => requests.length > 0));
}

/** The service has it, and the other process may have asked for its results by now. */
const CERTAIN: ReadonlySet<string> = new Set(["running", "done"]);

const isSubmission = (path: string) => path.endsWith("/submit");

Deno.test("a process that is stopped while it submits tells of it when it goes on, and sends nothing more", async () => {
  await inWorld({}, async (world) => {
    const { store, records, send } = world;
    const [first, second] = world.handlers;
    const [door, otherDoor] = world.doors;
    const [receiver] = world.receivers;
    let submissions = 0;
    door.hold((path) => isSubmission(path) && ++submissions > 5);
    const sending = send(first, 30);
    // None is between its commit and the service: such a one would be sent later.
    await until("submissions at the service", async () => {
      const { length } = door.requests;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return door.held >= 3 && door.requests.length === length;
    });
    await stop(first, store);
    let others = 0;
    otherDoor.hold((path) => isSubmission(path) && ++others === 1);
    void send(second, 2);
    await until("the other one submits", () => otherDoor.held > 0);
    await until(
      "the doubts are noted",
      async () => (await records()).filter(({ state }) => state === "inDoubt").length >= door.held,
    );
    const doubtful = (await records()).filter(({ state }) => state === "inDoubt").map(({ id }) => id);
    const before = door.requests.length;

    first.signal("SIGCONT");
    door.release();
    await until(
      "the doubts are certain",
      async () => (await records()).every(({ id, state }) => !doubtful.includes(id) || CERTAIN.has(state)),
    );
    await assertSilent(door, receiver);
    assertEquals([door.requests.length, otherDoor.held > 0], [before, true]);

    otherDoor.release();
    await sending;
    await Promise.all([send(first, 10), send(second, 10)]);
    await assertDelivered(world, 52);
    assertRate(world);
  });
});

Deno.test("a process that is stopped while it polls keeps the results when it goes on, and sends nothing more", async () => {
  await inWorld({ readOnce: true }, async (world) => {
    const { store, records, send } = world;
    const [first, second] = world.handlers;
    const [door, otherDoor] = world.doors;
    const [receiver] = world.receivers;
    door.hold((path) => path === "/v2/batch_status");
    let count = 0;
    // The other one may be faster, as it looks for work when it starts.
    for (; door.held === 0; count++) {
      await send(first, 1);
      await until(
        "a poll, of one or the other",
        async () => door.held > 0 || (await records()).every(({ state }) => state === "done"),
      );
    }
    await stop(first, store);
    const batchId = (await records()).find(({ state }) => state !== "done")?.id ?? "";
    const [task] = (await readRecord<TaskEntry[]>(store, tasksKey(batchId)))?.value ?? [];
    const key = resultKey(task?.taskId ?? "");
    otherDoor.hold(isSubmission);
    void send(second, 1);
    await until("the other one has asked, and submits", () => otherDoor.held > 0);
    assert(otherDoor.requests.some(({ path }) => path === "/v2/batch_status"));
    const [missed] = (await readRecord<TaskEntry[]>(store, tasksKey(batchId)))?.value ?? [];
    assert(missed?.missingSinceMs !== undefined, "The service has told the result once");
    assertEquals(await store.get(key), undefined);
    const before = door.requests.length;

    first.signal("SIGCONT");
    door.release();
    await until("the result is kept", async () => await store.get(key) !== undefined);
    await assertSilent(door, receiver);
    assertEquals([door.requests.length, otherDoor.held > 0], [before, true]);

    otherDoor.release();
    await Promise.all([send(first, 15), send(second, 15)]);
    await assertDelivered(world, count + 31);
    assertRate(world);
  });
});
