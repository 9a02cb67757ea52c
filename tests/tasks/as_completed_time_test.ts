/** Proves when `asCompleted()` ends by its time or its signal, and what can be read after that. */
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  asCompleted,
  ComputeAuthorizationError,
  ComputeHttpError,
  ComputeTimeoutError,
  getBatchResult,
  type Limiter,
  waitForBatch,
} from "../../mod.ts";
import { ManualClock, settle } from "../support/manual_clock.ts";
import { json } from "../support/observed_fetch.ts";
import {
  asked,
  BATCH_STATUS,
  GROUP_ID,
  id,
  ids,
  PENDING,
  setUp,
  statusOf,
  success,
  TASK_GROUP,
  UNKNOWN,
} from "../support/task_helpers.ts";

Deno.test("asCompleted() with timeoutMs 0 looks once, and gives what is there", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(BATCH_STATUS, statusOf({ [id(1)]: PENDING, [id(2)]: success(2), [id(3)]: UNKNOWN }));
  const states: string[] = [];
  const error = await assertRejects(
    async () => {
      for await (const outcome of asCompleted(client, ids(3), { timeoutMs: 0 })) states.push(outcome.state);
    },
    ComputeTimeoutError,
    `Task ${id(1)} has no outcome after 0 ms`,
  );
  assertEquals(states, ["success", "notFound"]);
  assertEquals([error.taskIds, error.timeoutMs], [[id(1)], 0]);
  assertEquals([fetch.sent.length, clock.sleeping], [1, 0]);
});

Deno.test("asCompleted() with timeoutMs 0 ends without an error when all is there", async () => {
  const { client, fetch } = setUp();
  fetch.queue(BATCH_STATUS, statusOf({ [id(1)]: success(1) }));
  assertEquals((await waitForBatch(client, [id(1)], { timeoutMs: 0 })).length, 1);
  fetch.assertExhausted();
});

Deno.test("asCompleted() with timeoutMs 0 finds the tasks of a group too", async () => {
  const { client, fetch, clock } = setUp();
  const look = statusOf({ [id(1)]: success(1) });
  fetch.always(TASK_GROUP, () => clock.sleep(3000).then(() => json({ tasks: [{ id: id(1) }] })));
  fetch.queue(BATCH_STATUS, (sent) => clock.sleep(3000).then(() => look(sent)));
  const wait = waitForBatch(client, { taskGroupId: GROUP_ID }, { timeoutMs: 0 });
  assertEquals((await clock.runUntil(wait)).length, 1);
  const loop = asCompleted(client, { taskGroupId: GROUP_ID }, { timeoutMs: 0 });
  assertEquals((await clock.runUntil(loop.next())).value?.state, "success");
  fetch.assertExhausted();
});

Deno.test("asCompleted() with timeoutMs 0 throws what its one look meets", async () => {
  for (const [status, type] of [[500, ComputeHttpError], [403, ComputeAuthorizationError]] as const) {
    const { client, fetch } = setUp();
    fetch.queue(BATCH_STATUS, new Response(null, { status }));
    await assertRejects(
      () => asCompleted(client, [id(1)], { timeoutMs: 0 }).next(),
      type as typeof ComputeHttpError,
    );
  }
});

Deno.test("asCompleted() with timeoutMs 0 may be left before its look has failed", async () => {
  const { client, fetch } = setUp();
  fetch.queue(BATCH_STATUS, statusOf({ [id(1)]: success(1) }), new Response(null, { status: 500 }));
  await getBatchResult(client, [id(1)]);
  for await (const outcome of asCompleted(client, ids(2), { timeoutMs: 0 })) {
    assertEquals(outcome.taskId, id(1));
    break;
  }
  await settle();
  fetch.assertExhausted();
});

Deno.test("asCompleted() ends when its time is over, with the ids that have no outcome", async () => {
  const { client, fetch, clock } = setUp();
  fetch.always(BATCH_STATUS, statusOf({ [id(1)]: PENDING, [id(2)]: success(2), [id(3)]: PENDING }));
  const loop = asCompleted(client, ids(3), { timeoutMs: 5000 });
  const startMs = clock.nowMs();
  assertEquals((await clock.runUntil(loop.next())).value?.taskId, id(2));
  const over = assertRejects(() => loop.next(), ComputeTimeoutError, "2 tasks have no outcome after 5000 ms");
  const error = await clock.runUntil(over);
  assertEquals([error.taskIds, error.timeoutMs], [[id(1), id(3)], 5000]);
  assertEquals(clock.nowMs() - startMs, 5000);
  const polls = fetch.sent.length;
  await clock.advance(3_600_000);
  assertEquals([fetch.sent.length, clock.sleeping], [polls, 0]);
});

Deno.test("asCompleted() counts the time of the consumer, and of the group", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(TASK_GROUP, async () => {
    await clock.sleep(400);
    return json({ tasks: ids(2).map((taskId) => ({ id: taskId })) });
  });
  fetch.always(BATCH_STATUS, statusOf({ [id(1)]: success(1), [id(2)]: PENDING }));
  const startMs = clock.nowMs();
  const loop = asCompleted(client, { taskGroupId: GROUP_ID }, { timeoutMs: 2000 });
  await clock.runUntil(loop.next());
  await clock.advance(1000);
  await clock.runUntil(assertRejects(() => loop.next(), ComputeTimeoutError));
  assertEquals(clock.nowMs() - startMs, 2000);
});

Deno.test("asCompleted() hands over what has arrived though its time is over", async () => {
  const { client, fetch, clock } = setUp();
  fetch.always(BATCH_STATUS, statusOf({ [id(1)]: success(1), [id(2)]: success(2), [id(3)]: PENDING }));
  const loop = asCompleted(client, ids(3), { timeoutMs: 1000 });
  await clock.runUntil(loop.next());
  await clock.advance(5000); // The consumer takes its time.
  assertEquals((await loop.next()).value?.taskId, id(2));
  const error = await clock.runUntil(assertRejects(() => loop.next(), ComputeTimeoutError));
  assertEquals(error.taskIds, [id(3)]);
});

Deno.test("a wait made again has at once what had arrived when the time was over", async () => {
  const { client, fetch, clock } = setUp();
  fetch.always(BATCH_STATUS, statusOf({ [id(1)]: success(1), [id(2)]: PENDING }));
  const error = await clock.runUntil(
    assertRejects(() => waitForBatch(client, ids(2), { timeoutMs: 1000 }), ComputeTimeoutError),
  );
  assertEquals(error.taskIds, [id(2)]);
  fetch.always(BATCH_STATUS, statusOf({ [id(2)]: success(2) })); // The service has forgotten the first.
  const outcomes = await clock.runUntil(waitForBatch(client, ids(2), { timeoutMs: 1000 }));
  assertEquals(outcomes.map((outcome) => outcome.state === "success" && outcome.result), [1, 2]);
  assertEquals(asked(fetch).at(-1), [id(2)]);
});

Deno.test("asCompleted() waits two weeks unless told otherwise", async () => {
  const clock = new ManualClock();
  // Each request waits for hours, so that the two weeks are over after a few.
  const acquire: Limiter["acquire"] = (options) => clock.sleep(5 * 3_600_000, options);
  const { client, fetch } = setUp({ clock, limiter: { acquire, pause() {} } });
  fetch.always(BATCH_STATUS, () => new Response(null, { status: 503 }));
  const startMs = clock.nowMs();
  const { timeoutMs } = await clock.runUntil(
    assertRejects(() => waitForBatch(client, [id(1)]), ComputeTimeoutError),
  );
  assertEquals([timeoutMs, clock.nowMs() - startMs], [1_209_600_000, 1_209_600_000]);
});

Deno.test("asCompleted() ends with the signal while it waits, with its reason", async () => {
  const { client, fetch, clock } = setUp();
  fetch.always(BATCH_STATUS, statusOf({ [id(1)]: success(1), [id(2)]: PENDING }));
  const caller = new AbortController();
  const loop = asCompleted(client, ids(2), { signal: caller.signal });
  await clock.runUntil(loop.next());
  const reason = { why: "no longer needed" };
  const over = loop.next().catch((error) => error);
  await settle();
  caller.abort(reason);
  assertStrictEquals(await over, reason);
  const polls = fetch.sent.length;
  await clock.advance(3_600_000);
  assertEquals([fetch.sent.length, clock.sleeping], [polls, 0]);
});
