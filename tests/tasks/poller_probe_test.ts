/** Proves how many tasks, and which, each poll asks for: no answer may grow too large. */
import { assert, assertEquals } from "@std/assert";
import { waitForBatch } from "../../mod.ts";
import { asked, entriesOf, id, ids, PENDING, setUpTasks, success, UNKNOWN } from "../support/task_helpers.ts";

Deno.test("a poll asks for 3 tasks at most, the oldest and others in turn, while no size is known", async () => {
  const { client, clock, fetch, entries, sizes } = setUpTasks(entriesOf(50));
  const wait = waitForBatch(client, ids(50));
  await clock.advance(1_000_000);
  assert(sizes().length > 50);
  assertEquals(Math.max(...sizes()), 3);
  assertEquals(asked(fetch).slice(0, 3), [2, 4, 6].map((other) => [id(1), id(other), id(other + 1)]));
  assertEquals(new Set(asked(fetch).slice(0, 25).flat()).size, 50);
  for (const taskId of ids(50)) entries[taskId] = success(1);
  await clock.runUntil(wait);
});

Deno.test("a poll finds a task late in the list that is done before all others", async () => {
  const { client, clock, entries, sizes } = setUpTasks(entriesOf(20));
  entries[id(20)] = success(20);
  const wait = waitForBatch(client, ids(20));
  await clock.runUntil((async () => {
    while (sizes().length < 11) await clock.sleep(1000);
  })());
  assertEquals(sizes().slice(0, 11), [...Array(10).fill(3), 17]); // Then all that the probe left out.
  for (const taskId of ids(20)) entries[taskId] = success(1);
  await clock.runUntil(wait);
  assertEquals(clock.sleeping, 0);
});

Deno.test("a poll finds the only task of a thousand that is done well before its result is given up", async () => {
  const { client, clock, entries } = setUpTasks(entriesOf(1000));
  entries[id(900)] = success(900);
  const startMs = clock.nowMs();
  const found = Promise.withResolvers<void>();
  const wait = waitForBatch(client, ids(1000), {
    onProgress({ completed }) {
      if (completed === 1) found.resolve();
    },
  });
  await clock.runUntil(Promise.race([found.promise, wait]));
  const foundMs = clock.nowMs() - startMs;
  assert(foundMs < 15 * 60_000, `found after ${foundMs} ms`);
  for (const taskId of ids(1000)) entries[taskId] = success(1);
  await clock.runUntil(wait);
});

Deno.test("a poll asks for 1,000 tasks at once after a small result", async () => {
  const { client, clock, sizes } = setUpTasks(entriesOf(2503, success(1)));
  await clock.runUntil(waitForBatch(client, ids(2503)));
  assertEquals(sizes(), [42, 1000, 1000, 461]);
});

Deno.test("a poll asks for 3 tasks again after a result of 10 MB", async () => {
  const { client, clock, entries, sizes } = setUpTasks(entriesOf(12, success(1)));
  entries[id(4)] = success("x".repeat(10_000_000));
  await clock.runUntil(waitForBatch(client, ids(3)));
  await clock.runUntil(waitForBatch(client, [id(4)]));
  const before = sizes().length;
  await clock.runUntil(waitForBatch(client, ids(12)));
  assertEquals(sizes().slice(before), [3, 3, 2]);
});

Deno.test("a large result makes the rest of the same poll smaller", async () => {
  const { client, clock, entries, sizes } = setUpTasks(entriesOf(12, success(1)));
  entries[id(1)] = success("x".repeat(10_000_000));
  await clock.runUntil(waitForBatch(client, ids(12)));
  assertEquals(sizes(), [3, 3, 3, 3]);
});

Deno.test("a poll asks for four times as many tasks while the service knows none of them", async () => {
  const { client, clock, sizes } = setUpTasks(entriesOf(300, UNKNOWN));
  await clock.runUntil(waitForBatch(client, ids(300)));
  assertEquals(sizes().slice(0, 4), [5, 12, 48, 192]);
  assertEquals(clock.sleeping, 0);
});

Deno.test("a poll asks for few tasks again once the service knows one of them", async () => {
  const { client, clock, entries, sizes } = setUpTasks(entriesOf(300, UNKNOWN));
  entries[id(20)] = PENDING;
  const wait = waitForBatch(client, ids(300));
  await clock.advance(1000);
  assertEquals(sizes().slice(0, 4), [5, 12, 48, 5]);
  for (const taskId of ids(300)) entries[taskId] = success(1);
  await clock.runUntil(wait);
});
