/**
 * Deliveries in copies, to handlers that are killed, in front of a service that fails, for a receiver that fails: no
 * batch is submitted twice, each is delivered or in doubt, and none vanishes. Two handlers on one file are killed in turn
 * while their times of day are set forward and back: what is in doubt was being sent when a process was killed, or the
 * service has lost its answer, and results are lost only where the service tells them once.
 */
import { assert, assertEquals } from "@std/assert";
import type { BatchRecord } from "../../edge/records/batch_record.ts";
import { readRecord } from "../../edge/records/json_record.ts";
import { BATCH_PREFIX, batchKey } from "../../edge/records/keys.ts";
import { accessToken, createClient, registerSource, type Store } from "../../mod.ts";
import { type Faults, startLocalService } from "../../src/local/mod.ts";
import { sqliteStore } from "../../src/store/sqlite_store.ts";
import { listAll } from "../../src/store/writes.ts";
import { seeded } from "../store/seeded.ts";
import { storms } from "../support/storm_length.ts";
import { until } from "../support/until.ts";
import { fastClock } from "./storm/fast_clock.ts";
import { startHandler } from "./storm/killable_handler.ts";
import { startReceiver } from "./storm/receiver.ts";
import { sendAll } from "./storm/sender.ts";

/** Minutes of leases and of waiting pass in seconds. */
const SPEED = 10;
const RECEIVER_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const HOOK_SECRET = "It's a Secret to Everybody";
const FAULTS: Faults = {
  latencyMs: [0, 300],
  queueDelayMs: [0, 3_000],
  failRate: {
    resetAfterTaken: 0.01,
    serverErrorAfterTaken: 0.005,
    truncatedJson: 0.005,
    serverError: 0.01,
    resetBeforeRead: 0.01,
    tooManyRequests: 0.02,
    unavailable: 0.02,
  },
};

/** After these nobody knows whether the service has done what was asked. */
const DOUBTFUL: ReadonlySet<string> = new Set([
  "resetAfterTaken",
  "serverErrorAfterTaken",
  "truncatedJson",
  "serverError",
  "resetBeforeRead",
]);

interface Storm {
  deliveries: number;
  maxRequestsPer10s: number;
  /** After how many deliveries that were taken the handler is killed. */
  killedAfter: readonly number[];
}

async function recordsOf(store: Store): Promise<BatchRecord[]> {
  const keys = await Array.fromAsync(listAll(store, BATCH_PREFIX));
  const found = await Promise.all(keys.map((key) => readRecord<BatchRecord>(store, key)));
  return found.flatMap((record) => record === undefined ? [] : [record.value]);
}

/** Notes the requests that are on their way when a process has been killed: nobody may ever hear of them. */
async function noteOrphans(store: Store, orphans: Set<string>): Promise<void> {
  for (const { sending } of await recordsOf(store)) if (sending !== undefined) orphans.add(sending.attemptId);
}

async function storm({ deliveries, maxRequestsPer10s, killedAfter }: Storm, seed: number): Promise<string> {
  const sinceMs = Date.now();
  const clock = fastClock(sinceMs, SPEED);
  await using local = await startLocalService({
    workers: 1,
    functions: { triple: (n) => 3 * (n as number) },
    clock,
    maxRequestsPer10s,
    maxRecords: 100_000,
  });
  const { baseUrl: serviceUrl, endpointId } = local;
  const client = createClient({ baseUrl: serviceUrl, authorizer: accessToken(local.accessToken) });
  const functionId = await registerSource(client, { source: "def triple(n):\n    return 3 * n\n" });
  local.setFaults({ ...FAULTS, seed });
  await using receiver = startReceiver(RECEIVER_SECRET);
  const directory = await Deno.makeTempDir();
  await using _removal = { [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }) };
  const storeFile = `${directory}/store.sqlite`;
  await using handler = await startHandler({
    storeFile,
    serviceUrl,
    accessToken: local.accessToken,
    maxRequestsPer10s,
    endpointId,
    functionId,
    hookSecret: HOOK_SECRET,
    receiverUrl: receiver.url,
    receiverSecret: RECEIVER_SECRET,
    sinceMs,
    speed: SPEED,
  });

  await using store = sqliteStore(storeFile, { clock });
  const orphans = new Set<string>();
  const restarts: Promise<void>[] = [];
  const sent = await sendAll(deliveries, {
    url: () => handler.url,
    secret: HOOK_SECRET,
    copies: 3,
    width: 60,
    random: seeded(seed),
    onTaken: (count) =>
      void (killedAfter.includes(count) && restarts.push(handler.restart(() => noteOrphans(store, orphans)))),
  });
  await Promise.all(restarts);
  assertEquals(restarts.length, killedAfter.length);

  const inDoubt = new Set<number>();
  let unheard = 0;
  const delivered = new Map([...receiver.taken.values()].map((message) => [message.batchId, message]));
  for (const { n, batchIds } of sent) {
    assertEquals(batchIds.size, 1, `Delivery ${n} became ${batchIds.size} batches`);
    const [batchId = ""] = batchIds;
    await until(`the end of delivery ${n}`, async () => {
      for (const message of receiver.taken.values()) delivered.set(message.batchId, message);
      if (delivered.has(batchId)) return true;
      const found = await readRecord<BatchRecord>(store, batchKey(batchId));
      assert(found !== undefined, `Delivery ${n} has vanished`);
      const { state, doubt } = found.value;
      if (state !== "inDoubt" || doubt === undefined) return false;
      inDoubt.add(n);
      if (orphans.has(doubt.attemptId)) return true;
      assert(
        doubt.message.startsWith("Its answer was lost"),
        `Delivery ${n}, without a kill: ${doubt.message}`,
      );
      unheard++;
      return true;
    });
    const message = delivered.get(batchId);
    if (message === undefined) continue;
    const results = message.tasks.map(({ state, result }) => state === "success" ? result : state);
    assertEquals([message.state, results], ["done", [3 * n]]);
  }

  const runs = Map.groupBy(local.runs, ({ payload }) => payload);
  for (const [payload, times] of runs) assertEquals(times.length, 1, `${payload} ran ${times.length} times`);
  assertEquals(delivered.size + inDoubt.size, deliveries);
  const spoilt = local.requests.filter(({ path, fault }) =>
    path.endsWith("/submit") && fault !== undefined && DOUBTFUL.has(fault)
  );
  assert(unheard <= spoilt.length, `${unheard} answers were lost, and the service has lost ${spoilt.length}`);
  assert(inDoubt.size <= orphans.size + unheard);
  assert(delivered.size > deliveries / 2, `${inDoubt.size} of ${deliveries} are in doubt`);
  assert(runs.size >= delivered.size);
  const resends = sent.reduce((sum, one) => sum + one.resends, 0);
  const { failures, repeats } = receiver;
  return `${delivered.size} delivered (${repeats} twice, ${failures} after a failure), ${inDoubt.size} in doubt, ` +
    `${resends} sent again, ${(Date.now() - sinceMs) / 1000} s`;
}

const STORMS: readonly Storm[] = [
  storms<Storm>(
    { deliveries: 100, maxRequestsPer10s: 10_000, killedAfter: [30, 60] },
    { deliveries: 1_000, maxRequestsPer10s: 10_000, killedAfter: [300, 600] },
  ),
  // At the real rate of the service.
  storms<Storm>(
    { deliveries: 20, maxRequestsPer10s: 20, killedAfter: [4] },
    { deliveries: 50, maxRequestsPer10s: 20, killedAfter: [20] },
  ),
];

Deno.test("storms of deliveries, in three copies each, lose and double nothing", async (t) => {
  const outcomes = await Promise.all(STORMS.map(async (settings) => {
    const { deliveries, maxRequestsPer10s } = settings;
    const seed = Math.floor(Math.random() * 2 ** 32);
    const name = `${deliveries} deliveries, ${maxRequestsPer10s} requests in 10 s, seed ${seed}`;
    return await storm(settings, seed).then(
      (figures) => ({ name: `${name}: ${figures}`, failure: undefined }),
      (cause) => ({ name, failure: new Error(`A storm of ${name}: ${cause}`, { cause }) }),
    );
  }));
  for (const { name, failure } of outcomes) {
    await t.step(name, () => {
      if (failure) throw failure;
    });
  }
});

const HOUR_MS = 3_600_000;
/** Without answers that are lost: then a doubt is of a kill. */
const PLAIN_FAULTS: Faults = {
  latencyMs: [0, 1_000],
  queueDelayMs: [0, 3_000],
  failRate: { serverError: 0.01, resetBeforeRead: 0.01, tooManyRequests: 0.02, unavailable: 0.02 },
  failOnly: ({ path }) => !path.endsWith("/submit"),
};
const TWO = storms({ deliveries: 40, kills: 6 }, { deliveries: 300, kills: 50 });

/** Deliveries to two handlers on one file, one of which is killed again and again while their clocks are set. */
async function stormOfTwo(readOnce: boolean, seed: number): Promise<string> {
  const { deliveries, kills } = TWO;
  const random = seeded(seed);
  const sinceMs = Date.now();
  const clock = fastClock(sinceMs, SPEED);
  await using local = await startLocalService({
    workers: 1,
    functions: { triple: (n) => 3 * (n as number) },
    clock,
    maxRecords: 100_000,
  });
  const { baseUrl: serviceUrl, endpointId } = local;
  const client = createClient({ baseUrl: serviceUrl, authorizer: accessToken(local.accessToken) });
  const functionId = await registerSource(client, { source: "def triple(n):\n    return 3 * n\n" });
  local.setFaults({ ...PLAIN_FAULTS, readOnce, seed });
  await using receiver = startReceiver(RECEIVER_SECRET);
  const directory = await Deno.makeTempDir();
  await using _removal = { [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }) };
  const storeFile = `${directory}/store.sqlite`;
  const stepFiles = [`${directory}/first`, `${directory}/second`] as const;
  const start = (stepFile: string) => {
    Deno.writeTextFileSync(stepFile, "0");
    return startHandler({
      storeFile,
      serviceUrl,
      accessToken: local.accessToken,
      maxRequestsPer10s: 10_000,
      endpointId,
      functionId,
      hookSecret: HOOK_SECRET,
      receiverUrl: receiver.url,
      receiverSecret: RECEIVER_SECRET,
      sinceMs,
      speed: SPEED,
      stepFile,
    });
  };
  await using first = await start(stepFiles[0]);
  await using second = await start(stepFiles[1]);
  await using store = sqliteStore(storeFile, { clock });

  const orphans = new Set<string>();
  let killed = 0;
  async function kill(): Promise<void> {
    const isFirst = random() < 0.5;
    if (random() < 0.4) await setClock(isFirst ? stepFiles[1] : stepFiles[0]);
    if (random() < 0.4) await setClock(isFirst ? stepFiles[0] : stepFiles[1]);
    await (isFirst ? first : second).restart(() => noteOrphans(store, orphans));
    killed++;
  }
  async function setClock(stepFile: string): Promise<void> {
    const stepMs = Math.round((2 * random() - 1) * HOUR_MS);
    await Deno.writeTextFile(`${stepFile}.new`, String(stepMs));
    await Deno.rename(`${stepFile}.new`, stepFile); // Or else it might be read while it is empty.
  }

  let killing = Promise.resolve();
  const sent = await sendAll(deliveries, {
    url: () => (random() < 0.5 ? first : second).url,
    secret: HOOK_SECRET,
    copies: 3,
    width: 10,
    random,
    onTaken: (count) => {
      const due = Math.floor(kills * count / deliveries) - Math.floor(kills * (count - 1) / deliveries);
      for (let one = 0; one < due; one++) killing = killing.then(kill);
      return due === 0 ? undefined : killing;
    },
  });
  await killing;
  assertEquals(killed, kills);

  const delivered = new Map<string, string>();
  const inDoubt = new Set<string>();
  for (const { n, batchIds } of sent) {
    assertEquals(batchIds.size, 1, `Delivery ${n} became ${batchIds.size} batches`);
    const [batchId = ""] = batchIds;
    await until(`the end of delivery ${n}`, async () => {
      for (const [id, message] of receiver.taken) delivered.set(message.batchId, id);
      if (delivered.has(batchId)) return true;
      const found = await readRecord<BatchRecord>(store, batchKey(batchId));
      assert(found !== undefined, `Delivery ${n} has vanished`);
      const { state, doubt } = found.value;
      if (state !== "inDoubt" || doubt === undefined) return false;
      assert(orphans.has(doubt.attemptId), `Delivery ${n} is in doubt, and no kill was: ${doubt.message}`);
      inDoubt.add(batchId);
      return true;
    });
  }
  let lost = 0;
  for (
    const { n, batchIds: [batchId = ""] } of sent.map((one) => ({ n: one.n, batchIds: [...one.batchIds] }))
  ) {
    const message = receiver.taken.get(delivered.get(batchId) ?? "");
    if (message === undefined) continue;
    const [task] = message.tasks;
    if (readOnce && task?.state === "notFound") lost++;
    else assertEquals([message.state, task?.state, task?.result], ["done", "success", 3 * n]);
  }
  const runs = Map.groupBy(local.runs, ({ payload }) => payload);
  for (const [payload, times] of runs) assertEquals(times.length, 1, `${payload} ran ${times.length} times`);
  assertEquals(
    new Set((await recordsOf(store)).map(({ id }) => id)),
    new Set(sent.flatMap((one) => [...one.batchIds])),
  );
  assertEquals(delivered.size + inDoubt.size, deliveries);
  assert(inDoubt.size <= orphans.size);
  return `${delivered.size} delivered, ${inDoubt.size} in doubt of ${orphans.size} that a kill cut off, ` +
    `${lost} results lost, ${(Date.now() - sinceMs) / 1000} s`;
}

for (const readOnce of [false, true]) {
  const service = readOnce ? "tells results once" : "keeps results";
  Deno.test(`two handlers that are killed in turn, with clocks that are set, lose and double nothing where the service ${service}`, async (t) => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    const name = `${TWO.deliveries} deliveries, ${TWO.kills} kills, seed ${seed}`;
    const figures = await stormOfTwo(readOnce, seed).catch((cause) => {
      throw new Error(`A storm of ${name}: ${cause}`, { cause });
    });
    await t.step(`${name}: ${figures}`, () => {});
  });
}
