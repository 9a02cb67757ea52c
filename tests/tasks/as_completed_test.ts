/** Proves that `asCompleted()` gives each outcome once, as it comes, and refuses what selects no tasks. */
import { assertEquals, assertRejects } from "@std/assert";
import { asCompleted, getBatchResult, getTask, type TaskOutcome, type TaskSelection } from "../../mod.ts";
import type { ManualClock } from "../support/manual_clock.ts";
import { json } from "../support/observed_fetch.ts";
import {
  asked,
  BATCH_STATUS,
  FAILED,
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

/** Everything that an iteration gives, with the clock going on. */
function collect(clock: ManualClock, outcomes: AsyncIterable<TaskOutcome>): Promise<TaskOutcome[]> {
  return clock.runUntil((async () => {
    const all: TaskOutcome[] = [];
    for await (const outcome of outcomes) all.push(outcome);
    return all;
  })());
}

function brief(outcomes: TaskOutcome[]): string[][] {
  return outcomes.map(({ taskId, state }) => [taskId, state]);
}

Deno.test("asCompleted() gives outcomes in the order of completion", async () => {
  const { client, fetch, clock } = setUp();
  const entries = { [id(1)]: PENDING, [id(2)]: PENDING, [id(3)]: success(3) };
  fetch.queue(
    BATCH_STATUS,
    statusOf(entries),
    statusOf({ ...entries, [id(2)]: FAILED }),
    statusOf({ ...entries, [id(1)]: success(1) }),
  );
  const outcomes = await collect(clock, asCompleted(client, ids(3)));
  assertEquals(brief(outcomes), [[id(3), "success"], [id(2), "failed"], [id(1), "success"]]);
  assertEquals(asked(fetch), [ids(3), [id(1), id(2)], [id(1)]]);
  assertEquals(clock.sleeping, 0);
  fetch.assertExhausted();
});

Deno.test("asCompleted() gives each task once, though it is selected twice", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(BATCH_STATUS, statusOf({ [id(1)]: success(1) }));
  assertEquals((await collect(clock, asCompleted(client, [id(1), id(1).toUpperCase()]))).length, 1);
});

Deno.test("asCompleted() takes a receipt", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(BATCH_STATUS, statusOf({ [id(1)]: success(1), [id(2)]: success(2) }));
  const receipt = { endpointId: id(5), taskGroupId: GROUP_ID, taskIds: ids(2), requestId: id(6) };
  assertEquals((await collect(clock, asCompleted(client, receipt))).length, 2);
  fetch.assertExhausted();
});

Deno.test("asCompleted() finds the tasks of a group", async () => {
  const { client, fetch, clock } = setUp();
  const tasks = [{ id: id(2), created_at: "2026-01-01" }, { id: id(1).toUpperCase() }];
  fetch.queue(TASK_GROUP, json({ taskgroup_id: GROUP_ID, tasks }));
  fetch.queue(BATCH_STATUS, statusOf({ [id(1)]: success(1), [id(2)]: success(2) }));
  const outcomes = await collect(clock, asCompleted(client, { taskGroupId: GROUP_ID.toUpperCase() }));
  assertEquals(brief(outcomes), [[id(2), "success"], [id(1), "success"]]);
  fetch.assertExhausted();
});

Deno.test("asCompleted() is over at once for an empty group, and for no ids", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(TASK_GROUP, json({ taskgroup_id: GROUP_ID, tasks: [] }));
  assertEquals(await asCompleted(client, { taskGroupId: GROUP_ID }).next(), { done: true, value: undefined });
  assertEquals(await asCompleted(client, []).next(), { done: true, value: undefined });
  assertEquals(await asCompleted(client, [], { timeoutMs: 0 }).next(), { done: true, value: undefined });
  assertEquals(clock.sleeping, 0);
  fetch.assertExhausted();
});

for (
  const [selection, type, text] of [
    [undefined, TypeError, "which tasks"],
    [null, TypeError, "which tasks"],
    [id(1), TypeError, "which tasks"],
    [{}, TypeError, "'taskIds'"],
    [{ taskIds: id(1) }, TypeError, "'taskIds'"],
    [[id(1), "x"], RangeError, "'taskIds[1]'"],
    [{ taskGroupId: "x" }, RangeError, "'taskGroupId'"],
    [{ taskGroupId: 7 }, TypeError, "'taskGroupId'"],
  ] as const
) {
  Deno.test(`asCompleted() refuses ${JSON.stringify(selection)} for a selection`, async () => {
    const { client, fetch } = setUp();
    await assertRejects(() => asCompleted(client, selection as TaskSelection).next(), type, text);
    assertEquals(fetch.sent.length, 0);
  });
}

for (const body of [[], {}, { tasks: {} }, { tasks: [null] }, { tasks: [{ id: 7 }] }, { tasks: [id(1)] }]) {
  Deno.test(`asCompleted() refuses ${JSON.stringify(body)} for a group`, async () => {
    const { client, fetch } = setUp();
    fetch.queue(TASK_GROUP, json(body));
    await assertRejects(() => asCompleted(client, { taskGroupId: GROUP_ID }).next(), Error, GROUP_ID);
  });
}

Deno.test("asCompleted() hands over what the client has read, without a request", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(BATCH_STATUS, statusOf({ [id(1)]: success(1), [id(2)]: FAILED }));
  await getBatchResult(client, [id(1), id(2)]);
  for (const timeoutMs of [0, 60_000]) {
    const outcomes = await collect(clock, asCompleted(client, ids(2), { timeoutMs }));
    assertEquals(brief(outcomes), [[id(1), "success"], [id(2), "failed"]]);
  }
  assertEquals(fetch.sent.length, 1);
  assertEquals(clock.sleeping, 0);
});

Deno.test("asCompleted() leaves its outcomes to be read again", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(BATCH_STATUS, statusOf({ [id(1)]: success(1) }));
  const [first] = await collect(clock, asCompleted(client, [id(1)]));
  assertEquals(await getTask(client, id(1)), first);
  assertEquals(fetch.sent.length, 1);
});

Deno.test("asCompleted() asks again for a task that is unknown once, and gives 'notFound' the second time", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(
    BATCH_STATUS,
    statusOf({ [id(1)]: UNKNOWN, [id(2)]: UNKNOWN }),
    statusOf({ [id(1)]: PENDING, [id(2)]: UNKNOWN }),
    statusOf({ [id(1)]: UNKNOWN }),
    statusOf({ [id(1)]: success(1) }),
  );
  const outcomes = await collect(clock, asCompleted(client, ids(2)));
  assertEquals(brief(outcomes), [[id(2), "notFound"], [id(1), "success"]]);
  fetch.assertExhausted();
});

Deno.test("asCompleted() stops polling when the loop is left", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(BATCH_STATUS, statusOf({ [id(1)]: success(1), [id(2)]: PENDING }));
  await clock.runUntil((async () => {
    for await (const outcome of asCompleted(client, ids(2))) {
      assertEquals(outcome.taskId, id(1));
      break;
    }
  })());
  await clock.advance(3_600_000);
  assertEquals(fetch.sent.length, 1);
  assertEquals(clock.sleeping, 0);
  fetch.assertExhausted();
});

Deno.test("asCompleted() finishes the poll under way when the loop is left, and keeps its results", async () => {
  const { client, fetch, clock } = setUp();
  const { promise, resolve } = Promise.withResolvers<void>();
  const entries = { [id(1)]: success(1), [id(2)]: PENDING };
  const last = statusOf({ [id(2)]: success(2) });
  fetch.queue(BATCH_STATUS, statusOf(entries), (sent) => promise.then(() => last(sent)));
  const loop = asCompleted(client, ids(2));
  assertEquals((await clock.runUntil(loop.next())).value?.taskId, id(1));
  await clock.advance(1000); // The second poll is on its way.
  await loop.return();
  resolve();
  await clock.advance(0);
  assertEquals((await getTask(client, id(2))).state, "success");
  assertEquals([fetch.sent.length, clock.sleeping], [2, 0]);
});

Deno.test("asCompleted() goes on polling while the consumer is busy", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(
    BATCH_STATUS,
    statusOf({ [id(1)]: success(1), [id(2)]: PENDING }),
    statusOf({ [id(2)]: success(2) }),
  );
  const loop = asCompleted(client, ids(2));
  await clock.runUntil(loop.next());
  await clock.advance(60_000);
  assertEquals(fetch.sent.length, 2);
  assertEquals((await loop.next()).value?.taskId, id(2));
  assertEquals(await loop.next(), { done: true, value: undefined });
});
