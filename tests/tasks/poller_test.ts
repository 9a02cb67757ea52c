/** Proves how often waits ask, that they share their requests, and which failures end them. */
import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  asCompleted,
  ComputeAuthorizationError,
  ComputeDecodeError,
  ComputeHttpError,
  waitForBatch,
} from "../../mod.ts";
import { json, never } from "../support/observed_fetch.ts";
import {
  asked,
  BATCH_STATUS,
  entriesOf,
  id,
  ids,
  PENDING,
  setUp,
  setUpTasks,
  statusOf,
  success,
} from "../support/task_helpers.ts";

Deno.test("a wait asks after 100 ms, and less and less often while nothing happens", async () => {
  const { client, clock, entries, times } = setUpTasks(entriesOf(1));
  const wait = waitForBatch(client, [id(1)]);
  await clock.advance(99);
  assertEquals(times, []);
  await clock.advance(2000);
  assertEquals(times, [100, 260, 516, 926, 1581]);
  await clock.advance(120_000);
  const gaps = times.map((time, index) => time - (times[index - 1] ?? 0));
  assertEquals(gaps.every((gap, index) => gap >= (gaps[index - 1] ?? 0)), true);
  assertEquals(gaps.slice(-3), [10_000, 10_000, 10_000]);
  entries[id(1)] = success(1);
  await clock.runUntil(wait);
  assertEquals(clock.sleeping, 0);
});

Deno.test("a wait asks more often again while tasks come to their end", async () => {
  const { client, clock, entries, times } = setUpTasks(entriesOf(5));
  const wait = waitForBatch(client, ids(5));
  await clock.advance(100_000);
  const before = times.length;
  for (const taskId of ids(5)) {
    entries[taskId] = success(1);
    await clock.advance(10_000 - 1);
    if (taskId === id(3)) break;
  }
  const gaps = times.slice(before).map((time, index) => time - (times[before + index - 1] ?? 0));
  assert(gaps.some((gap) => gap < 7000), gaps.join(" "));
  entries[id(4)] = entries[id(5)] = success(1);
  await clock.runUntil(wait);
});

Deno.test("tasks that end one after the other are followed steadily, and leave half of the rate to other requests", async () => {
  const { client, clock, entries, times } = setUpTasks(entriesOf(1_000));
  const wait = waitForBatch(client, ids(1_000));
  for (let number = 1; number <= 1_000; number++) {
    entries[id(number)] = success(number);
    await clock.advance(50);
  }
  await clock.runUntil(wait);
  const gaps = times.slice(1).map((time, index) => time - (times[index] as number));
  assert(Math.max(...gaps) <= 1_100, gaps.join(" "));
  const within10s = times.map((fromMs) => times.filter((ms) => ms >= fromMs && ms < fromMs + 10_000).length);
  assert(within10s.slice(10).every((count) => count <= 10), within10s.join(" "));
});

Deno.test("polls are as frequent as results come where the limiter has no rate", async () => {
  const limiter = { acquire: () => Promise.resolve(), pause: () => {} };
  const { client, clock, entries, times } = setUpTasks(entriesOf(200), { limiter });
  const wait = waitForBatch(client, ids(200));
  for (let number = 1; number <= 200; number++) {
    entries[id(number)] = success(number);
    await clock.advance(50);
  }
  await clock.runUntil(wait);
  assert(times.length > 90, times.join(" "));
});

Deno.test("a limiter that cannot tell how much of its rate is used ends no wait", async () => {
  const usedShare = () => {
    throw new Error("unreachable");
  };
  const limiter = { acquire: () => Promise.resolve(), pause: () => {}, usedShare };
  const { client, clock, entries } = setUpTasks(entriesOf(1), { limiter });
  const wait = waitForBatch(client, ids(1));
  await clock.advance(1_000);
  entries[id(1)] = success(1);
  assertEquals((await clock.runUntil(wait)).map(({ state }) => state), ["success"]);
});

Deno.test("a new wait is not held up by the back-off of an old one", async () => {
  const { client, clock, entries, times } = setUpTasks(entriesOf(2));
  const first = waitForBatch(client, [id(1)]);
  await clock.advance(100_000);
  const before = times.length;
  const second = waitForBatch(client, [id(2)]);
  const startMs = clock.nowMs();
  entries[id(2)] = success(2);
  await clock.runUntil(second);
  assertEquals([clock.nowMs() - startMs, times.length], [100, before + 1]);
  entries[id(1)] = success(1);
  await clock.runUntil(first);
});

Deno.test("a new wait makes the poll frequent again", async () => {
  const { client, clock, entries, times } = setUpTasks(entriesOf(2));
  const first = waitForBatch(client, [id(1)]);
  await clock.advance(100_000);
  const second = waitForBatch(client, [id(2)]);
  await clock.advance(1000);
  assertEquals(times.filter((time) => time > 100_000), [100_100, 100_260, 100_516, 100_926]);
  entries[id(1)] = entries[id(2)] = success(1);
  await clock.runUntil(Promise.all([first, second]));
});

Deno.test("all waits of a client share one poll", async () => {
  const { client, fetch, clock, entries } = setUpTasks(entriesOf(3));
  const waits = [
    waitForBatch(client, [id(1), id(2)]),
    waitForBatch(client, [id(2), id(3)]),
    waitForBatch(client, [id(2)]),
  ];
  await clock.advance(100);
  assertEquals(asked(fetch), [ids(3)]);
  entries[id(2)] = success(2);
  await clock.runUntil(waits[2] as Promise<unknown>);
  assertEquals(asked(fetch), [ids(3), ids(3)]);
  entries[id(1)] = success(1);
  entries[id(3)] = success(3);
  const all = await clock.runUntil(Promise.all(waits));
  assertEquals(all.map((outcomes) => outcomes.map(({ taskId }) => taskId)), [
    [id(1), id(2)],
    [id(2), id(3)],
    [id(2)],
  ]);
  assertEquals(asked(fetch), [ids(3), ids(3), [id(1), id(3)]]);
  assertEquals(clock.sleeping, 0);
});

Deno.test("a thousand waits cost the requests of one", async () => {
  const { client, fetch, clock, entries } = setUpTasks(entriesOf(1000));
  for (const taskId of ids(1000)) entries[taskId] = success(taskId);
  await clock.runUntil(Promise.all(ids(1000).map((taskId) => waitForBatch(client, [taskId]))));
  assertEquals(asked(fetch).map((chunk) => chunk.length), [17, 983]);
});

Deno.test("a wait that ends early leaves the poll to the others", async () => {
  const { client, fetch, clock, entries } = setUpTasks(entriesOf(2));
  const caller = new AbortController();
  const reason = new Error("no longer needed");
  const aborted = assertRejects(() => waitForBatch(client, [id(1)], { signal: caller.signal }));
  const other = waitForBatch(client, [id(2)]);
  await clock.advance(100);
  caller.abort(reason);
  assertStrictEquals(await aborted, reason);
  entries[id(2)] = success(2);
  await clock.runUntil(other);
  assertEquals(asked(fetch), [ids(2), [id(2)]]);
  assertEquals(clock.sleeping, 0);
});

Deno.test("a poll can begin again after it has ended", async () => {
  const { client, fetch, clock, entries } = setUpTasks(entriesOf(2));
  entries[id(1)] = success(1);
  entries[id(2)] = success(2);
  await clock.runUntil(waitForBatch(client, [id(1)]));
  await clock.advance(3_600_000);
  const startMs = clock.nowMs();
  await clock.runUntil(waitForBatch(client, [id(2)]));
  assertEquals(clock.nowMs() - startMs, 100);
  assertEquals(asked(fetch), [[id(1)], [id(2)]]);
});

for (
  const [name, failure] of [
    ["a lost connection", () => Promise.reject(new TypeError("fetch failed"))],
    ["429", () => new Response(null, { status: 429 })],
    ["500", () => new Response(null, { status: 500 })],
    ["503", () => new Response(null, { status: 503, headers: { "retry-after": "1" } })],
    ["a page of a proxy", () => new Response("<html></html>")],
  ] as const
) {
  Deno.test(`a wait goes on after ${name}`, async () => {
    const { client, fetch, clock, entries } = setUpTasks(entriesOf(1));
    entries[id(1)] = success(1);
    fetch.queue(BATCH_STATUS, failure, failure);
    assertEquals((await clock.runUntil(waitForBatch(client, [id(1)])))[0]?.state, "success");
    assertEquals(fetch.sent.length, 3);
    assertEquals(clock.sleeping, 0);
  });
}

Deno.test("a wait goes on after a poll that was never answered", async () => {
  const { client, fetch, clock, entries } = setUpTasks(entriesOf(1));
  entries[id(1)] = success(1);
  fetch.queue(BATCH_STATUS, never);
  assertEquals((await clock.runUntil(waitForBatch(client, [id(1)])))[0]?.state, "success");
  assertEquals(fetch.sent.length, 2);
});

for (
  const [name, failure, type] of [
    ["401", json({ detail: "expired" }, { status: 401 }), ComputeAuthorizationError],
    ["403", json({ detail: "not yours" }, { status: 403 }), ComputeAuthorizationError],
    ["400", new Response(null, { status: 400 }), ComputeHttpError],
    ["an answer of another shape", json([]), ComputeDecodeError],
  ] as const
) {
  Deno.test(`${name} ends all waits, and the poll`, async () => {
    const { client, fetch, clock } = setUp();
    fetch.queue(BATCH_STATUS, failure);
    const waits = [[id(1)], [id(1), id(2)]].map((taskIds) =>
      assertRejects(() => waitForBatch(client, taskIds), type as typeof ComputeHttpError)
    );
    const [first, second] = await clock.runUntil(Promise.all(waits));
    assertStrictEquals(first, second);
    await clock.advance(3_600_000);
    assertEquals([fetch.sent.length, clock.sleeping], [1, 0]);
  });
}

Deno.test("a refusal ends the poll while the consumer is busy", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(
    BATCH_STATUS,
    statusOf({ [id(1)]: success(1), [id(2)]: PENDING }),
    new Response(null, { status: 403 }),
  );
  const loop = asCompleted(client, ids(2));
  await clock.runUntil(loop.next());
  await clock.advance(3_600_000);
  assertEquals([fetch.sent.length, clock.sleeping], [2, 0]);
  await assertRejects(() => loop.next(), ComputeAuthorizationError);
});

Deno.test("a wait can be made again after an error ended it", async () => {
  const { client, fetch, clock, entries } = setUpTasks(entriesOf(1));
  fetch.queue(BATCH_STATUS, new Response(null, { status: 403 }));
  await assertRejects(() => clock.runUntil(waitForBatch(client, [id(1)])), ComputeAuthorizationError);
  entries[id(1)] = success(1);
  assertEquals((await clock.runUntil(waitForBatch(client, [id(1)])))[0]?.state, "success");
});

Deno.test("a wait hands over what has arrived before it throws", async () => {
  const { client, fetch, clock } = setUp();
  const results = { [id(1)]: success(1), [id(2)]: "broken", [id(3)]: success(3) };
  fetch.queue(BATCH_STATUS, json({ results }));
  const loop = asCompleted(client, ids(3));
  assertEquals((await clock.runUntil(loop.next())).value?.taskId, id(1));
  assertEquals((await loop.next()).value?.taskId, id(3));
  await assertRejects(() => loop.next(), ComputeDecodeError, id(2));
  assertEquals(clock.sleeping, 0);
});
