/** collect() fetches results, stores them and has them delivered, and one failing batch holds up no other. */
import { put, remove } from "../../../src/store/writes.ts";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { leaseKeys } from "../../../src/base/lease.ts";
import { memoryStore, type Store } from "../../../mod.ts";
import type { BatchRecord } from "../../../edge/records/batch_record.ts";
import { batchKey, DUE_PREFIX, dueKey, RECENT_PREFIX, tasksKey } from "../../../edge/records/keys.ts";
import { settle } from "../../support/manual_clock.ts";
import { LANE, LANE_LEASE_MS } from "../../../edge/lane.ts";
import { decide } from "../../../edge/submit/decide.ts";
import { resultKey } from "../../../edge/unstored_results.ts";
import { assertSigned, bySubject, type Collecting, keysBelow, setUpWorld } from "./collect_helpers.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const isPoll = ({ url }: Request) => url.endsWith("/v2/batch_status");

Deno.test("collect() asks for results, puts them into the store, and has them delivered", async () => {
  await using world = await setUpWorld();
  const { edge, start, run, received, record, polls, waiting } = world.process();
  const batchId = await start([{ give: 42 }, { raise: "no such sample" }, { bytes: 3 }], "delivery-1");
  const report = await run();
  assertEquals(report, { nextAtMs: undefined, isElsewhere: false });
  assertEquals(await waiting(), []);

  const { state, counts, endedAtMs, collectedAtMs } = await record(batchId);
  assertEquals({ state, counts }, { state: "done", counts: { pending: 0, success: 2, failed: 1, lost: 0 } });
  assertEquals([endedAtMs, collectedAtMs], [world.clock.nowMs(), world.clock.nowMs()]);
  assertEquals([polls(), received.length], [1, 1]);
  const [message] = received;
  assert(message !== undefined);
  assertSigned(message);
  const { link, tasks, ...data } = message.body.data;
  assertEquals(message.body.type, "batch.done");
  assertEquals(message.body.timestamp, new Date(endedAtMs as number).toISOString());
  assertEquals(data, {
    batchId,
    hook: "push",
    deliveryId: "delivery-1",
    state: "done",
    counts,
    page: 1,
    pages: 1,
  });
  assertEquals((await edge.handler(new Request(link))).status, 200);
  // deno-lint-ignore no-explicit-any -- as a receiver has it
  assertEquals(tasks.map(({ index, state, result, error }: any) => [index, state, result ?? error.message]), [
    [0, "success", 42],
    [1, "failed", "no such sample"],
    [2, "success", { $python: "bytes", base64: "AAAA" }],
  ]);
  assertEquals(edge.events.map(({ kind }) => kind), ["batchSubmitted", "batchDone", "messageDelivered"]);
  assertEquals(world.clock.sleeping, 0);
});

Deno.test("collect() has nothing to do where there is nothing", async () => {
  await using world = await setUpWorld();
  const { edge, collect } = world.process();
  assertEquals(await collect(), { nextAtMs: undefined, isElsewhere: false });
  assertEquals(edge.due, []);
});

for (const failures of [1, 2, 5, 12]) {
  Deno.test(`collect() loses no result that is told once where the store fails ${failures} times`, async () => {
    await using world = await setUpWorld({ faults: { readOnce: true } });
    const inner = memoryStore({ clock: world.clock });
    let left = failures;
    const commit: Store["commit"] = async (changes) => {
      const isResult = changes.some(({ key }) => key.startsWith("result/"));
      if (isResult && left-- > 0) throw new Error("the database is locked");
      return await inner.commit(changes);
    };
    const { edge, start, run, received, record, polls } = world.process({ store: { ...inner, commit } });
    const batchId = await start([{ give: 1 }, { give: 2 }]);
    await run();
    assertEquals((await record(batchId)).counts, { pending: 0, success: 2, failed: 0, lost: 0 });
    const { tasks } = received[0]?.body.data as { tasks: { result: unknown }[] };
    assertEquals(tasks.map(({ result }) => result), [1, 2]);
    assertEquals(polls(), 1, "what has been read once is not asked for again");
    const told = edge.events.filter((event) => event.kind === "collectFailed").map(({ error }) =>
      String(error)
    );
    assertMatch(
      told[0] as string,
      /^Error: The result of task [\da-f-]{36} was not stored: the database is locked$/,
    );
  });
}

Deno.test("collect() asks often at first, and every five minutes while nothing is new", async () => {
  await using world = await setUpWorld();
  world.local.setFaults({ offline: true });
  const asked: number[] = [];
  let status = "waiting-for-ep";
  const { start, run, edge, record } = world.process({
    async service(request, send) {
      const response = await send(request);
      if (!isPoll(request)) return response;
      asked.push(world.clock.nowMs());
      return new Response((await response.text()).replace("waiting-for-ep", status));
    },
  });
  const batchId = await start([{ give: 1 }, { give: 2 }]);
  const { createdAtMs } = await record(batchId);
  await run({ forMs: 3 * HOUR_MS });
  const gaps = asked.map((atMs, index) => atMs - (asked[index - 1] ?? createdAtMs));
  assertEquals(gaps[0], 1_000);
  // Each may be shorter by half, so that batches meet that wait about as long.
  assert(gaps.every((gap, index) => gap >= (gaps[index - 1] ?? 0) / 2), `${gaps}`);
  assertEquals(new Set(gaps.slice(-20)).size, 1);
  assertEquals(Math.max(...gaps), 5 * MINUTE_MS);
  const early = asked.filter((atMs) => atMs - createdAtMs <= MINUTE_MS).length;
  assert(early >= 8 && early <= 20, `${early} in the first minute`);
  assert(asked.length < 60, `${asked.length} in three hours`);

  // It goes on as at first once something is new.
  status = "running";
  asked.length = 0;
  await run({ forMs: 6 * MINUTE_MS });
  assert(asked.slice(1).some((atMs, index) => atMs - (asked[index] as number) <= 1_000), `${asked}`);
  assert(edge.due.length > 0);
});

Deno.test("collect() asks for batches together that would be due soon after one another", async () => {
  await using world = await setUpWorld();
  world.local.setFaults({ offline: true });
  const { start, run, record, polls } = world.process({ isDelivering: false });
  const ids: string[] = [];
  for (let index = 0; index < 5; index++) {
    ids.push(await start([{ give: index }]));
    await run({ forMs: 20_000 + 7_000 * index });
  }
  await run({ forMs: HOUR_MS });
  const before = polls();
  await run({ forMs: HOUR_MS });
  const askedMs = await Promise.all(ids.map(async (id) => (await record(id)).collectedAtMs));
  assertEquals(new Set(askedMs).size, 1);
  assert(polls() - before <= 2 * 13, `${polls() - before} requests`); // Nothing is known yet of how large results are.
});

Deno.test("collect() works in one of several processes at a time", async () => {
  await using world = await setUpWorld();
  const store = memoryStore({ clock: world.clock });
  let isHeld: () => void = () => {};
  const held = new Promise<void>((resolve) => isHeld = resolve);
  let goOn: () => void = () => {};
  const waits = new Promise<void>((resolve) => goOn = resolve);
  const first = world.process({
    store,
    async service(request, send) {
      if (!isPoll(request)) return await send(request);
      isHeld();
      await waits;
      return await send(request);
    },
  });
  const second = world.process({ store });
  await first.start([{ give: 1 }]);
  await world.clock.advance(1_000);
  const collecting = first.collect();
  await held;
  assertEquals(await second.collect(), {
    nextAtMs: world.clock.nowMs() + LANE_LEASE_MS / 4,
    isElsewhere: true,
  });
  assertEquals(second.sent(), 0);

  // The lease is renewed while the call lasts.
  for (let turn = 0; turn < 4; turn++) await world.clock.advance(10_000);
  await settle();
  assertEquals((await second.collect()).isElsewhere, true);
  goOn();
  assertEquals((await collecting).isElsewhere, false);
  assertEquals((await second.collect()).isElsewhere, false);
  assertEquals(first.received.length, 1);
  assertEquals(second.received.length, 0);
});

Deno.test("collect() does no harm where its lease is lost while it hangs", async () => {
  await using world = await setUpWorld({ faults: { readOnce: true } });
  const store = memoryStore({ clock: world.clock });
  let isHeld: () => void = () => {};
  const held = new Promise<void>((resolve) => isHeld = resolve);
  let goOn: () => void = () => {};
  const waits = new Promise<void>((resolve) => goOn = resolve);
  const first = world.process({
    store,
    async service(request, send) {
      const response = await send(request);
      if (!isPoll(request)) return response;
      const text = await response.text(); // The service has handed the results over, and forgotten them.
      isHeld();
      await waits;
      return new Response(text, response);
    },
  });
  const batchId = await first.start([{ give: 1 }, { raise: "no" }]);
  await world.clock.advance(1_000);
  const collecting = first.collect();
  await held;
  await remove(store, leaseKeys(LANE).holder);
  const second = world.process({ store });
  const report = await second.collect();
  assertEquals(report.isElsewhere, false);
  assertEquals((await second.record(batchId)).counts.pending, 2); // They are missing, and may turn up.
  goOn();
  await Promise.all([collecting, second.run()]);
  await second.run();
  assertEquals((await second.record(batchId)).counts, { pending: 0, success: 1, failed: 1, lost: 0 });
  const ids = [...first.received, ...second.received].map(({ id }) => id);
  assertEquals([...new Set(ids)], [`msg_${batchId}_1`]);
});

Deno.test("collect() reads what comes after its own time from the store", async () => {
  await using world = await setUpWorld({ faults: { readOnce: true } });
  let goOn: (() => void) | undefined;
  const { start, collect, record, polls, run } = world.process({
    async service(request, send) {
      const response = await send(request);
      if (!isPoll(request)) return response;
      const text = await response.text();
      await new Promise<void>((resolve) => goOn = resolve);
      return new Response(text, response);
    },
  });
  const batchId = await start([{ give: 1 }]);
  await world.clock.advance(1_000);
  const collecting = collect();
  while (goOn === undefined) await settle();
  await world.clock.advance(46_000);
  assertEquals((await collecting).isElsewhere, false);
  assertEquals((await record(batchId)).state, "running");
  goOn();
  await settle();
  await run();
  assertEquals([(await record(batchId)).counts.success, polls()], [1, 1]);
});

Deno.test("collect() fails for the batches of a client that is refused, and for no others", async () => {
  await using world = await setUpWorld();
  let isRevoked = false;
  const { edge, start, run, record, collect } = world.process({
    hook: {
      verify: bySubject,
      authorizerFor: ({ sub }) => {
        if (sub === "broken" && isRevoked) throw new Error("no such account");
        return Object.assign((request: Request) => {
          const token = sub === "revoked" && isRevoked ? "nobody" : world.local.accessToken;
          request.headers.set("authorization", `Bearer ${token}`);
          return request;
        }, { account: () => String(sub) });
      },
    },
  });
  const ids = {
    revoked: await start([{ give: 1 }], "revoked"),
    broken: await start([{ give: 1 }], "broken"),
    well: await start([{ give: 1 }], "well"),
  };
  isRevoked = true;
  await world.clock.advance(1_000);
  await collect();
  assertEquals((await record(ids.well)).state, "done");
  for (const id of [ids.revoked, ids.broken]) assertEquals((await record(id)).state, "running");
  const failed = () => edge.events.filter((event) => event.kind === "collectFailed");
  assertEquals(failed().flatMap(({ batchIds }) => batchIds).sort(), [ids.revoked, ids.broken].sort());
  assert(!JSON.stringify(failed()).includes("nobody"));

  // It is tried again less and less often, and within five minutes.
  await run({ forMs: HOUR_MS });
  const tries = failed().filter(({ batchIds }) => batchIds.includes(ids.revoked)).length;
  assert(tries >= 12 && tries <= 25, `${tries} times in an hour`);
  isRevoked = false;
  await run();
  for (const id of Object.values(ids)) assertEquals((await record(id)).state, "done");
});

Deno.test("collect() fails for the batch alone whose record spoils an answer", async () => {
  await using world = await setUpWorld();
  let spoilt = "";
  const { edge, start, run, record } = world.process({
    async service(request, send) {
      const response = await send(request);
      if (!isPoll(request)) return response;
      const body = await response.json();
      if (body.results[spoilt] !== undefined) body.results[spoilt] = "no record";
      return Response.json(body);
    },
  });
  const ids = [
    await start([{ give: 1 }]),
    await start([{ give: 2 }, { give: 3 }]),
    await start([{ give: 4 }]),
  ];
  spoilt = JSON.parse(await edge.store.get(tasksKey(ids[1] as string)) ?? "[]")[0].taskId;
  await run({ forMs: 20_000 });
  const states = async () => await Promise.all(ids.map(async (id) => (await record(id)).state));
  assertEquals(await states(), ["done", "running", "done"]);
  const failed = edge.events.filter((event) => event.kind === "collectFailed").map(({ batchIds }) =>
    batchIds
  );
  assert(failed.length > 0 && failed.every((batchIds) => `${batchIds}` === ids[1]), JSON.stringify(failed));
  spoilt = "";
  await run();
  assertEquals(await states(), ["done", "done", "done"]);
});

Deno.test("collect() keeps to its requests while it looks for the record that spoils an answer", async () => {
  await using world = await setUpWorld();
  world.local.setFaults({ offline: true });
  let isSpoilt = true;
  const process = world.process({
    options: { limits: { maxRequestsPerCollect: 8 } },
    async service(request, send) {
      const response = await send(request);
      if (!isPoll(request) || !isSpoilt) return response;
      const body = await response.json();
      for (const taskId of Object.keys(body.results)) body.results[taskId] = "no record";
      return Response.json(body);
    },
  });
  const ids: string[] = [];
  for (let index = 0; index < 20; index++) ids.push(await process.start([{ give: index }]));
  await world.clock.advance(1_000);
  for (let turn = 0; turn < 10; turn++) {
    const before = process.sent();
    const { nextAtMs } = await process.collect();
    assert(process.sent() - before <= 9, `${process.sent() - before} requests`);
    await world.clock.advance(Math.max(0, (nextAtMs ?? 0) - world.clock.nowMs()));
  }
  const failed = process.edge.events.filter((event) => event.kind === "collectFailed");
  assertEquals(new Set(failed.flatMap(({ batchIds }) => batchIds)).size, 20);
  isSpoilt = false;
  world.local.setFaults({});
  await process.run();
  for (const id of ids) assertEquals((await process.record(id)).state, "done");
});

Deno.test("collect() tells of a batch that it can do nothing for, and goes on with the others", async () => {
  await using world = await setUpWorld();
  const store = memoryStore({ clock: world.clock });
  const first = world.process({ store });
  const ids = [
    await first.start([{ give: 1 }]),
    await first.start([{ give: 2 }]),
    await first.start([{ give: 3 }]),
  ];
  await remove(store, tasksKey(ids[0] as string));
  const broken: Store = {
    ...store,
    commit: (changes) =>
      changes.some(({ key }) => key === tasksKey(ids[1] as string))
        ? Promise.reject(new Error("no room"))
        : store.commit(changes),
  };
  const second = world.process({ store: broken });
  await world.clock.advance(1_000);
  const report = await second.collect();
  assert(
    (report.nextAtMs ?? 0) > world.clock.nowMs() && (report.nextAtMs ?? 0) <= world.clock.nowMs() + MINUTE_MS,
  );
  const failed = second.edge.events.filter((event) => event.kind === "collectFailed").flatMap((
    { batchIds },
  ) => batchIds);
  assertEquals([...failed].sort(), ids.slice(0, 2).sort());
  assertEquals((await second.record(ids[2] as string)).state, "done");

  const third = world.process({ store, hook: { ...first.edge.options.hooks.push } });
  await third.run({ forMs: MINUTE_MS });
  assertEquals((await third.record(ids[1] as string)).state, "done");
});

/** A batch of which something happens while its results are on the wire. */
async function whileAsked(
  begin: Partial<BatchRecord>,
  happens: (one: Collecting, batchId: string) => Promise<unknown>,
) {
  const world = await setUpWorld({ faults: { readOnce: true } });
  let batchId = "";
  let isAsked = false;
  const process: Collecting = world.process({
    async service(request, send) {
      if (isAsked || !isPoll(request)) return await send(request);
      isAsked = true;
      const response = await send(request);
      const text = await response.text();
      await happens(process, batchId);
      return new Response(text, response);
    },
  });
  batchId = await process.start([{ give: 1 }]);
  await write(process, batchId, begin);
  await world.clock.advance(1_000);
  await process.collect();
  assertEquals(isAsked, true);
  return { ...process, batchId, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

async function write({ edge, record }: Collecting, batchId: string, changes: Partial<BatchRecord>) {
  await put(edge.store, batchKey(batchId), JSON.stringify({ ...await record(batchId), ...changes }));
}

Deno.test("collect() leaves a batch as it is that an operator has given up while it was asked for", async () => {
  let abandoned: BatchRecord | undefined;
  await using process = await whileAsked(
    { state: "partlySubmitted", taskCount: 2, counts: { pending: 2, success: 0, failed: 0, lost: 0 } },
    async ({ edge, record }, batchId) => {
      assertEquals((await decide(edge.context, batchId, "abandon")).state, "decided");
      abandoned = await record(batchId);
    },
  );
  const { batchId, record, edge, run, received } = process;
  assertEquals(abandoned?.state, "abandoned");
  assertEquals(await record(batchId), abandoned);
  assertEquals(edge.events.filter(({ kind }) => kind === "batchDone"), []);
  await run();
  assertEquals(received.map(({ body }) => body.type), ["batch.abandoned"]);
});

Deno.test("collect() keeps what becomes of a submission while its tasks are asked for", async () => {
  const submission = { attempts: 7, problem: "Not now" };
  await using process = await whileAsked(
    { state: "partlySubmitted", taskCount: 2, submission: { attempts: 6 } },
    (process, batchId) => write(process, batchId, { submission }),
  );
  const { state, counts, submission: now } = await process.record(process.batchId);
  assertEquals([state, now], ["partlySubmitted", submission]);
  assertEquals(counts, { pending: 1, success: 1, failed: 0, lost: 0 });
});

Deno.test("a batch that its operator has removed while its results were on the wire keeps none of them", async () => {
  let taskId = "";
  await using process = await whileAsked({}, async ({ edge }, batchId) => {
    [{ taskId }] = JSON.parse(await edge.store.get(tasksKey(batchId)) ?? "[]");
    assertEquals((await decide(edge.context, batchId, "remove")).state, "decided");
  });
  const { batchId, record, edge, run, received, waiting } = process;
  const { state, removedAtMs } = await record(batchId);
  assertEquals([state, removedAtMs !== undefined], ["abandoned", true]);
  assertEquals(await edge.store.get(resultKey(taskId)), undefined);
  await run();
  assertEquals(await edge.store.get(resultKey(taskId)), undefined);
  assertEquals([received, await waiting()], [[], []]);
});

Deno.test("collect() takes out of what is due what no record stands for, and what its record has elsewhere", async () => {
  await using world = await setUpWorld();
  const { edge, start, collect, run, waiting, record } = world.process();
  const batchId = await start([{ give: 1 }]);
  const nowMs = world.clock.nowMs();
  for (const name of ["nobody", "nobody/results", "nobody/commitStatus", batchId]) {
    await put(edge.store, dueKey(nowMs - 1, name), "");
  }
  const dueAtMs = (await record(batchId)).collection?.nextAtMs;
  assertEquals((await collect()).nextAtMs, dueAtMs);
  assertEquals(await keysBelow(edge.store, DUE_PREFIX), [dueKey(dueAtMs ?? 0, batchId)]);
  await run();
  assertEquals([(await record(batchId)).state, await waiting()], ["done", []]);
});

Deno.test("collect() waits for a task that the service does not know yet, and gives it up after a while", async () => {
  await using world = await setUpWorld();
  let unknown: (taskId: string) => boolean = () => true;
  const { edge, start, run, record } = world.process({
    async service(request, send) {
      const response = await send(request);
      if (!isPoll(request)) return response;
      const body = await response.json();
      for (const taskId of Object.keys(body.results)) {
        if (unknown(taskId)) {
          body.results[taskId] = { task_id: taskId, status: "Failed", reason: "Unknown task id" };
        }
      }
      return Response.json(body);
    },
  });
  const batchId = await start([{ give: 1 }, { give: 2 }]);
  const [{ taskId: lost }] = JSON.parse(await edge.store.get(tasksKey(batchId)) ?? "[]");
  const startedMs = world.clock.nowMs();
  await run({ until: () => world.clock.nowMs() - startedMs >= 3_000 });
  assertEquals((await record(batchId)).counts, { pending: 2, success: 0, failed: 0, lost: 0 });
  unknown = (taskId) => taskId === lost;
  await run();
  assertEquals((await record(batchId)).counts, { pending: 0, success: 1, failed: 0, lost: 1 });
  assert(world.clock.nowMs() - startedMs < 20_000);
});

Deno.test("collect() begins with nothing new once its signal is aborted, and says when to go on", async () => {
  await using world = await setUpWorld();
  const { edge, start, run, received, polls } = world.process();
  await start([{ give: 1 }]);
  await world.clock.advance(1_000);
  const report = await edge.handler.collect({ signal: AbortSignal.abort() });
  assertEquals([report.nextAtMs, polls()], [world.clock.nowMs(), 0]);
  await run();
  assertEquals(received.length, 1);
});

Deno.test("collect() keeps what it keeps of a batch for as long as that runs", async () => {
  await using world = await setUpWorld();
  world.local.setFaults({ offline: true });
  const { start, run, record, received } = world.process({ options: { retentionMs: HOUR_MS } });
  const batchId = await start([{ give: 1 }]);
  await run({ forMs: 5 * HOUR_MS });
  assertEquals((await record(batchId)).state, "running");
  world.local.setFaults({});
  await run();
  assertEquals([received.length, (await record(batchId)).state], [1, "done"]);
});

Deno.test("what is kept of a batch is kept no longer than 'retentionMs' after its end", async () => {
  await using world = await setUpWorld();
  const { edge, start, run } = world.process({ options: { retentionMs: HOUR_MS } });
  const batchId = await start([{ give: 1 }, { raise: "no" }]);
  await run();
  const [{ taskId }] = JSON.parse(await edge.store.get(tasksKey(batchId)) ?? "[]");
  const isKept = async () => [
    await edge.store.get(resultKey(taskId)) !== undefined,
    (await keysBelow(edge.store, "edge/")).some((key) => key.includes(batchId)),
    (await keysBelow(edge.store, RECENT_PREFIX)).length > 0,
  ];
  await world.clock.advance(HOUR_MS - 10_000);
  assertEquals(await isKept(), [true, true, true]);
  await world.clock.advance(20_000);
  assertEquals(await isKept(), [false, false, false]);
  assertEquals((await edge.handler.collect()).nextAtMs, undefined);
});
