/**
 * Batches of many tasks or of large results come to their end at a cost that grows no faster than they do.
 */
import { assert, assertEquals } from "@std/assert";
import { memoryStore, type Store } from "../../../mod.ts";
import { TASKS_PREFIX } from "../../../edge/records/keys.ts";
import { type Order, setUpWorld } from "./collect_helpers.ts";

const MEBI = 2 ** 20;
const LARGE_STORE = { maxBytes: 1_024 * MEBI };

/** A store that counts what is asked of it, and how often it has to do with the tasks of a batch. */
function counted(store: Store): { store: Store; calls: { all: number; tasks: number } } {
  const calls = { all: 0, tasks: 0 };
  const count = (...keys: readonly string[]) => {
    calls.all++;
    if (keys.some((key) => key.startsWith(TASKS_PREFIX))) calls.tasks++;
  };
  return {
    calls,
    store: {
      list: (...args) => (count(), store.list(...args)),
      get: (key) => (count(key), store.get(key)),
      getMany: (keys) => (count(...keys), store.getMany(keys)),
      commit: (changes) => (count(...changes.map(({ key }) => key)), store.commit(changes)),
    },
  };
}

Deno.test("collect() brings a batch of 10,000 tasks to its end, at a cost that grows with them and no faster", async () => {
  const costs: { calls: number; requests: number; messages: number }[] = [];
  for (const count of [1_000, 10_000]) {
    await using world = await setUpWorld();
    const { store, calls } = counted(memoryStore({ clock: world.clock, ...LARGE_STORE }));
    const process = world.process({ store, options: { limits: { maxBodyBytes: 10 * MEBI } } });
    const orders = Array.from(
      { length: count },
      (_, index): Order => ({ give: { index, name: `sample ${index}` } }),
    );
    const batchId = await process.start(orders);
    Object.assign(calls, { all: 0, tasks: 0 });
    const before = process.sent();
    await process.run();
    const { counts } = await process.record(batchId);
    assertEquals(counts, { pending: 0, success: count, failed: 0, lost: 0 });
    const tasks = process.received.flatMap(({ body }) => body.data.tasks);
    assertEquals(tasks.map(({ result }) => result.index), orders.map((_, index) => index));
    const messages = process.received.length;
    costs.push({
      calls: calls.all,
      requests: process.sent() - before - messages,
      messages,
    });
    // The tasks of a batch are a large value: they are not read or written for each message.
    assert(calls.tasks <= 15, `${calls.tasks} calls for tasks`);
    assert(process.polls() <= 25, `${process.polls()} polls`);
  }
  const [small, large] = costs as [typeof costs[0], typeof costs[0]];
  assert(large.calls < 11 * small.calls, JSON.stringify(costs));
  assert(large.messages < 12 * small.messages, JSON.stringify(costs));
  assert(large.requests <= 15, JSON.stringify(costs));
});

Deno.test("collect() brings results of 10 MB to their end, few at a time", async () => {
  await using world = await setUpWorld({ faults: { readOnce: true } });
  const store = memoryStore({ clock: world.clock, ...LARGE_STORE });
  const answers: number[] = [];
  const process = world.process({
    store,
    async service(request, send) {
      const response = await send(request);
      if (!request.url.endsWith("/v2/batch_status")) return response;
      const bytes = await response.arrayBuffer();
      answers.push(bytes.byteLength);
      return new Response(bytes, response);
    },
  });
  const orders: Order[] = Array.from({ length: 12 }, () => ({ characters: 10 * MEBI - 10 }));
  const batchId = await process.start([...orders, { give: "small" }]);
  await process.run();
  assertEquals((await process.record(batchId)).counts, { pending: 0, success: 13, failed: 0, lost: 0 });
  assert(Math.max(...answers) < 32 * MEBI, `${answers}`);
  const tasks = process.received.flatMap(({ body }) => body.data.tasks);
  assertEquals(process.received.length, 1);
  assertEquals(tasks.map(({ link, result }) => link === undefined ? result : "linked"), [
    ...orders.map(() => "linked"),
    "small",
  ]);
});

Deno.test("collect() keeps to its requests where results turn out to be large, and loses none", async () => {
  await using world = await setUpWorld({ faults: { readOnce: true } });
  const store = memoryStore({ clock: world.clock, ...LARGE_STORE });
  const process = world.process({ store, options: { limits: { maxRequestsPerCollect: 4 } } });
  // It learns that one request can ask for 1,000 small results, and the client, from a large one, that it cannot.
  for (const orders of [Array.from({ length: 900 }, () => ({ give: 1 })), [{ characters: MEBI }]]) {
    await process.start(orders);
    await process.run();
  }
  const batchId = await process.start(Array.from({ length: 60 }, () => ({ characters: MEBI })));
  await world.clock.advance(1_000);
  const before = process.polls();
  let calls = 0;
  for (; (await process.record(batchId)).state !== "done"; calls++) {
    assert(calls < 30);
    const sent = process.sent();
    const { nextAtMs } = await process.collect();
    // One request may be under way when a call is stopped, for the sake of what it brings.
    assert(process.sent() - sent <= 5, `${process.sent() - sent} requests`);
    await world.clock.advance(Math.max(0, (nextAtMs ?? 0) - world.clock.nowMs()));
  }
  assert(calls > 1);
  assert(process.polls() - before <= 20, `${process.polls() - before} polls`);
  assertEquals((await process.record(batchId)).counts, { pending: 0, success: 60, failed: 0, lost: 0 });
  assertEquals(process.edge.events.filter(({ kind }) => kind === "collectFailed"), []);
});

/** A handler that calls another function for large results. */
async function setUpTwoFunctions() {
  const world = await setUpWorld();
  const { functionId, otherFunctionId, local: { endpointId } } = world;
  const process = world.process({
    store: memoryStore({ clock: world.clock, ...LARGE_STORE }),
    options: { limits: { maxBodyBytes: 10 * MEBI } },
    hook: {
      functions: [functionId, otherFunctionId],
      batch: (event) => ({
        endpointId,
        tasks: (event as { orders: Order[] }).orders.map((order) => ({
          functionId: "give" in order ? functionId : otherFunctionId,
          args: [order],
        })),
      }),
    },
  });
  const pollsFor = async (orders: readonly Order[]): Promise<number> => {
    const before = process.polls();
    const batchId = await process.start(orders);
    await process.run();
    assertEquals((await process.record(batchId)).counts.success, orders.length);
    return process.polls() - before;
  };
  return { pollsFor, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

Deno.test("collect() asks as seldom for 3,000 quick tasks after an array, a picture and a frame as before them", async () => {
  const quick: Order[] = Array.from({ length: 3_000 }, () => ({ give: 1 }));
  await using fresh = await setUpTwoFunctions();
  await using used = await setUpTwoFunctions();
  for (const bytes of [5 * MEBI, MEBI, 2 * MEBI]) await used.pollsFor([{ bytes }]);
  const [before, after] = [await fresh.pollsFor(quick), await used.pollsFor(quick)];
  assert(after <= 1.5 * before, `${after} requests, and ${before} before`);
});
