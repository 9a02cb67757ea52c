/** collect() keeps to its number of requests, and asks first for the batches that have waited longest. */
import { assert, assertEquals } from "@std/assert";
import { bySubject, type Collecting, setUpWorld } from "./collect_helpers.ts";

const MINUTE_MS = 60_000;
const COUNT = 500;

/** Starts batches whose tasks stay where they are until the endpoint is back. */
async function startMany({ start, edge: { clock } }: Collecting): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < COUNT; index++) {
    ids.push(await start([{ give: index }], `sender-${index}`));
    await clock.advance(1);
  }
  return ids;
}

Deno.test("collect() asks for 500 open batches with one request, once it knows how large results are", async () => {
  await using world = await setUpWorld();
  const process = world.process({ isDelivering: false });
  const { start, collect, polls, run, record, sent } = process;
  await start([{ give: 1 }]);
  await run();
  world.local.setFaults({ offline: true });
  const ids = await startMany(process);
  await world.clock.advance(1_000);
  const before = [polls(), sent()];
  await collect();
  assertEquals([polls(), sent()].map((count, index) => count - (before[index] as number)), [1, 1]);
  for (const id of ids) assertEquals((await record(id)).collectedAtMs, world.clock.nowMs());
});

Deno.test("collect() keeps to its requests, and asks for those first that have waited longest", async () => {
  await using world = await setUpWorld();
  world.local.setFaults({ offline: true });
  const asked: string[] = [];
  // Each sender has a client of its own, so that no two batches share a request.
  const process = world.process({
    isDelivering: false,
    hook: {
      verify: bySubject,
      authorizerFor: ({ sub }) => {
        return Object.assign((request: Request) => {
          if (request.url.endsWith("/v2/batch_status")) asked.push(String(sub));
          request.headers.set("authorization", `Bearer ${world.local.accessToken}`);
          return request;
        }, { account: () => String(sub) });
      },
    },
    options: { limits: { maxRequestsPerCollect: 10 } },
  });
  const { collect, sent, edge } = process;
  const ids = await startMany(process);
  await world.clock.advance(1_000);

  const endMs = world.clock.nowMs() + 8 * MINUTE_MS;
  const lastAskedMs = new Map<string, number>();
  let longestMs = 0;
  while (world.clock.nowMs() < endMs) {
    const before = [sent(), asked.length];
    const report = await collect();
    assert(sent() - (before[0] as number) <= 10, `${sent() - (before[0] as number)} requests`);
    for (const sender of asked.slice(before[1])) {
      longestMs = Math.max(longestMs, world.clock.nowMs() - (lastAskedMs.get(sender) ?? world.clock.nowMs()));
      lastAskedMs.set(sender, world.clock.nowMs());
    }
    // A call takes a second here, of which the tests see nothing otherwise.
    await world.clock.advance(Math.max(1_000, (report.nextAtMs ?? endMs) - world.clock.nowMs()));
  }
  assertEquals(asked.slice(0, COUNT), Array.from({ length: COUNT }, (_, index) => `sender-${index}`));
  assertEquals(lastAskedMs.size, COUNT);
  assert(longestMs < 6 * MINUTE_MS, `${longestMs / MINUTE_MS} minutes`);
  assertEquals(edge.events.filter(({ kind }) => kind === "collectFailed"), []);

  world.local.setFaults({});
  await process.run();
  for (const id of ids) assertEquals((await process.record(id)).state, "done");
});

Deno.test("collect() asks for a batch that has no room in one call a part at a time, each task in its turn", async () => {
  await using world = await setUpWorld();
  world.local.setFaults({ offline: true });
  const asked = new Map<string, number>();
  const process = world.process({
    isDelivering: false,
    options: { limits: { maxRequestsPerCollect: 2 } },
    service: async (request, send) => {
      if (request.url.endsWith("/v2/batch_status")) {
        const { task_ids } = await request.clone().json();
        for (const id of task_ids) asked.set(id, (asked.get(id) ?? 0) + 1);
      }
      return await send(request);
    },
  });
  const { start, collect, record, sent } = process;
  // Nothing is known of the size of results: two requests ask for 15 tasks.
  const ids = [
    await start(Array.from({ length: 100 }, (_, index) => ({ give: index }))),
    await start([{ give: 1 }]),
  ];
  await world.clock.advance(1_000);
  let calls = 0;
  for (; asked.size < 101; calls++) {
    assert(calls < 20, `${asked.size} tasks asked for`);
    const before = sent();
    const { nextAtMs } = await collect();
    assert(sent() - before <= 2);
    assert((nextAtMs ?? Infinity) <= world.clock.nowMs() + 1_000);
    await world.clock.advance(10);
  }
  assertEquals(
    Math.max(...asked.values()) - Math.min(...asked.values()) <= 1,
    true,
    "some are asked for more often",
  );
  // The small batch was not kept waiting for the end of the large one.
  assert(((await record(ids[1] as string)).collectedAtMs ?? 0) < world.clock.nowMs());
});
