/**
 * Deliveries in copies, to a handler that is killed, in front of a service that fails, for a receiver that fails: no
 * batch is submitted twice, each is delivered or in doubt, and none vanishes.
 */
import { assert, assertEquals } from "@std/assert";
import type { BatchRecord } from "../../edge/records/batch_record.ts";
import { readRecord } from "../../edge/records/json_record.ts";
import { batchKey } from "../../edge/records/keys.ts";
import { accessToken, createClient, registerSource } from "../../mod.ts";
import { type Faults, startLocalService } from "../../src/local/mod.ts";
import { sqliteStore } from "../../src/store/sqlite_store.ts";
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

interface Storm {
  deliveries: number;
  maxRequestsPer10s: number;
  /** After how many deliveries that were taken the handler is killed. */
  killedAfter: readonly number[];
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

  const restarts: Promise<void>[] = [];
  const sent = await sendAll(deliveries, {
    url: () => handler.url,
    secret: HOOK_SECRET,
    copies: 3,
    width: 60,
    random: seeded(seed),
    onTaken: (count) => void (killedAfter.includes(count) && restarts.push(handler.restart())),
  });
  await Promise.all(restarts);
  assertEquals(restarts.length, killedAfter.length);

  await using store = sqliteStore(storeFile, { clock });
  const inDoubt = new Set<number>();
  const delivered = new Map([...receiver.taken.values()].map((message) => [message.batchId, message]));
  for (const { n, batchIds } of sent) {
    assertEquals(batchIds.size, 1, `Delivery ${n} became ${batchIds.size} batches`);
    const [batchId = ""] = batchIds;
    await until(`the end of delivery ${n}`, async () => {
      for (const message of receiver.taken.values()) delivered.set(message.batchId, message);
      if (delivered.has(batchId)) return true;
      const found = await readRecord<BatchRecord>(store, batchKey(batchId));
      assert(found !== undefined, `Delivery ${n} has vanished`);
      if (found.value.state !== "inDoubt") return false;
      inDoubt.add(n);
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
