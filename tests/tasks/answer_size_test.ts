/**
 * What a client learns of how long results are: by function, in both directions. It is told by the requests that it
 * takes to collect them, from a service in this process.
 */
import { assert, assertEquals } from "@std/assert";
import { accessToken, batchRun, type Client, createClient, registerSource, waitForBatch } from "../../mod.ts";
import { contextOf } from "../../src/http/client.ts";
import { createLocalService } from "../../src/local/mod.ts";
import { answerSizeOf } from "../../src/tasks/answer_size.ts";
import { id, ids, setUp } from "../support/task_helpers.ts";

const MEGABYTE = 1_000_000;

/** A client of a service that has two functions: both give a text of so many characters. */
async function setUpService() {
  const local = createLocalService({
    functions: { first: (count: number) => "x".repeat(count), second: (count: number) => "x".repeat(count) },
  });
  let polls = 0;
  const longest = { answer: 0 };
  const client = createClient({
    baseUrl: local.baseUrl,
    authorizer: accessToken(local.accessToken),
    async fetch(request) {
      const response = await local.fetch(request);
      if (!request.url.endsWith("/v2/batch_status")) return response;
      polls++;
      const text = await response.text();
      longest.answer = Math.max(longest.answer, text.length);
      return new Response(text, response);
    },
    limiter: { acquire: () => Promise.resolve(), pause: () => {} },
  });
  const register = (name: string) => registerSource(client, { source: `def ${name}(count):\n    ...\n` });
  const [first, second] = [await register("first"), await register("second")];
  /** Runs tasks, each with a result of so many characters, and tells in how many requests they were collected. */
  const collect = async (functionId: string, counts: readonly number[]): Promise<number> => {
    const tasks = counts.map((count) => ({ functionId, args: [count] }));
    const before = polls;
    const outcomes = await waitForBatch(
      client,
      await batchRun(client, { endpointId: local.endpointId, tasks }),
    );
    assert(outcomes.every(({ state }) => state === "success"));
    return polls - before;
  };
  return { client, collect, first, second, longest, [Symbol.asyncDispose]: () => local.close() };
}

const quick = Array<number>(2_000).fill(1);

Deno.test("2,000 trivial tasks take as many requests after a result of 1 MB of another function as before", async () => {
  await using fresh = await setUpService();
  await using large = await setUpService();
  await large.collect(large.second, [MEGABYTE]);
  assertEquals([await fresh.collect(fresh.first, quick), await large.collect(large.first, quick)], [3, 3]);
});

Deno.test("2,000 trivial tasks take few more requests after a result of 1 MB of the same function", async () => {
  await using world = await setUpService();
  await world.collect(world.first, [MEGABYTE]);
  assertEquals([await world.collect(world.first, quick), await world.collect(world.first, quick)], [7, 2]);
});

Deno.test("2,000 trivial tasks recover from results of 10 MB of the same function, which no answer has many of", async () => {
  await using world = await setUpService();
  assert(await world.collect(world.first, [1, 10 * MEGABYTE, 10 * MEGABYTE, 10 * MEGABYTE, 1]) <= 4);
  assert(world.longest.answer < 32 * MEGABYTE);
  const after = await world.collect(world.first, quick);
  assert(after <= 30, `${after} requests`);
  assertEquals(await world.collect(world.first, quick), 2);
});

Deno.test("small results are collected before large ones that are pending beside them", async () => {
  await using world = await setUpService();
  await world.collect(world.second, [10 * MEGABYTE]);
  const [large, small] = await Promise.all([
    world.collect(world.second, [MEGABYTE, MEGABYTE, MEGABYTE]),
    world.collect(world.first, quick),
  ]);
  assert(large + small <= 14, `${large + small} requests in both`);
});

function sizeOf(client: Client) {
  const size = answerSizeOf(contextOf(client));
  return {
    ...size,
    learnt: (taskId: string, length: number) =>
      size.learn([{ taskId, status: "success", result: "x".repeat(length) }]),
    taken: () => size.take(ids(5_000)).length,
  };
}

Deno.test("a client asks for as many results as one answer has room for, whatever their size", () => {
  const sizes: [length: number, count: number][] = [
    [10_485_760, 3],
    [5 * MEGABYTE, 3],
    [3 * MEGABYTE, 3],
    [MEGABYTE, 10],
    [100_000, 106],
    [10_000, 1_000],
    [0, 1_000],
  ];
  for (const [length, count] of sizes) {
    const { learnt, taken } = sizeOf(setUp().client);
    for (let n = 0; n < 5; n++) learnt(id(n), length);
    assertEquals(taken(), count, `${length} characters`);
  }
});

Deno.test("a client asks for few results where a few of many are of 10 MB", () => {
  const { learnt, taken } = sizeOf(setUp().client);
  for (let n = 0; n < 1_000; n++) learnt(id(n), n % 100 === 0 ? 10 * MEGABYTE : 10);
  const count = taken();
  assert(count > 10 && count < 100, `${count} tasks`);
});

Deno.test("a client takes at once what it learns of a larger result, by function", () => {
  const { learnt, taken, note } = sizeOf(setUp().client);
  for (const taskId of ids(5_000)) note(taskId, "quick");
  for (let n = 6_000; n < 6_900; n++) {
    note(id(n), "quick");
    learnt(id(n), 10);
  }
  assertEquals(taken(), 1_000);
  note(id(7_000), "slow");
  learnt(id(7_000), 10 * MEGABYTE);
  assertEquals(taken(), 1_000);
  note(id(7_001), "quick");
  learnt(id(7_001), 10 * MEGABYTE);
  assertEquals(taken(), 3);
});
