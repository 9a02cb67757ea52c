/** Proves how a submission whose answer was lost finds its tasks in the group, or stays in doubt. */
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  batchRun,
  ComputeAuthorizationError,
  ComputeDecodeError,
  ComputeNetworkError,
  ComputeSubmissionError,
  ComputeTimeoutError,
  runTask,
} from "../../mod.ts";
import { type Answer, json, never } from "../support/observed_fetch.ts";
import {
  ENDPOINT_ID,
  group,
  GROUP_ID,
  id,
  receipt,
  setUp,
  SUBMIT,
  TASK_GROUP,
  untilSent,
} from "../support/task_helpers.ts";

const TASK = { endpointId: ENDPOINT_ID, functionId: id(7), taskGroupId: GROUP_ID };
const THREE = {
  endpointId: ENDPOINT_ID,
  taskGroupId: GROUP_ID,
  tasks: [{ functionId: id(7) }, { functionId: id(8) }, { functionId: id(7) }],
};
/** What the group has before. */
const OLD = [id(91), id(92)];
const LOST = new TypeError("fetch failed");

/** A world whose group is read before the submission, and then as often as there are looks. */
function setUpLost(answer: Answer, ...looks: Answer[]) {
  const world = setUp();
  world.fetch.queue(SUBMIT, answer).queue(TASK_GROUP, group(...OLD), ...looks);
  return world;
}

for (
  const [name, looks, waitedMs] of [
    ["at the first look", [[...OLD, id(1)]], 0],
    ["before the older ones", [[id(1), ...OLD]], 0],
    ["at the third look", [OLD, OLD, [...OLD, id(1)]], 3_000],
    ["where older ones are gone", [[], [id(1)]], 1_000],
  ] as const
) {
  Deno.test(`one new task ${name} of a group that others know is named, and not taken for ours`, async () => {
    const { client, fetch, clock } = setUpLost(LOST, ...looks.map((taskIds) => group(...taskIds)));
    const startMs = clock.nowMs();
    const error = await clock.runUntil(assertRejects(() => runTask(client, TASK), ComputeSubmissionError));
    assertEquals([error.ambiguous, error.accepted, error.recoveredTaskIds], [true, [], [id(1)]]);
    assertEquals(clock.nowMs() - startMs, waitedMs);
    await clock.advance(3_600_000);
    assertEquals(fetch.bodies(SUBMIT).length, 1);
    fetch.assertExhausted();
  });
}

Deno.test("a look that fails is not the last one", async () => {
  const { client, fetch, clock } = setUpLost(
    LOST,
    new TypeError("fetch failed"),
    json({ tasks: 1 }),
    new Response(null, { status: 500 }),
    group(...OLD, id(1)),
  );
  const error = await clock.runUntil(assertRejects(() => runTask(client, TASK), ComputeSubmissionError));
  assertEquals(error.recoveredTaskIds, [id(1)]);
  fetch.assertExhausted();
});

Deno.test("no new task is no proof: the submission stays in doubt after five looks", async () => {
  const { client, fetch, clock } = setUpLost(LOST, ...Array.from({ length: 5 }, () => group(...OLD)));
  const startMs = clock.nowMs();
  const error = await clock.runUntil(assertRejects(() => runTask(client, TASK), ComputeSubmissionError));
  assertEquals(clock.nowMs() - startMs, 15_000);
  assertEquals([error.ambiguous, error.accepted, error.recoveredTaskIds], [true, [], []]);
  assertEquals(error.taskGroupId, GROUP_ID);
  assertStrictEquals((error.cause as Error).cause, LOST);
  await clock.advance(3_600_000);
  assertEquals(fetch.bodies(SUBMIT).length, 1);
  fetch.assertExhausted();
});

Deno.test("a group that cannot be read after a lost answer leaves it in doubt", async () => {
  const { client, fetch, clock } = setUpLost(LOST, ...Array.from({ length: 5 }, () => new TypeError("gone")));
  const error = await clock.runUntil(assertRejects(() => runTask(client, TASK), ComputeSubmissionError));
  assertEquals([error.ambiguous, error.recoveredTaskIds], [true, []]);
  assertStrictEquals((error.cause as Error).cause, LOST); // Not why the group could not be read.
  fetch.assertExhausted();
});

Deno.test("two new tasks are named, and neither is taken for the one that was sent", async () => {
  const { client, fetch, clock } = setUpLost(LOST, group(...OLD, id(1), id(2)));
  const error = await clock.runUntil(assertRejects(
    () => runTask(client, TASK),
    ComputeSubmissionError,
    "0 accepted, 2 more found in the task group",
  ));
  assertEquals(
    [error.ambiguous, error.accepted, error.recoveredTaskIds],
    [true, [], [id(1), id(2)]],
  );
  fetch.assertExhausted();
});

for (
  const [name, looks, recovered] of [
    ["all of several tasks", [[...OLD, id(1)], [...OLD, id(1), id(2), id(3)]], [id(1), id(2), id(3)]],
    [
      "some of several tasks",
      [OLD, ...Array.from({ length: 4 }, () => [...OLD, id(1)])],
      [id(1)],
    ],
  ] as const
) {
  Deno.test(`${name} are found, and nothing tells which is which`, async () => {
    const { client, fetch, clock } = setUpLost(LOST, ...looks.map((taskIds) => group(...taskIds)));
    const error = await clock.runUntil(assertRejects(() => batchRun(client, THREE), ComputeSubmissionError));
    assertEquals<unknown>(
      [error.ambiguous, error.accepted, error.recoveredTaskIds, error.taskGroupId],
      [true, [], recovered, GROUP_ID],
    );
    fetch.assertExhausted();
  });
}

Deno.test("nothing is sent where the group cannot be read before", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(TASK_GROUP, json({ code: "TASK_GROUP_NOT_PERMITTED" }, { status: 403 }));
  await clock.runUntil(assertRejects(() => runTask(client, TASK), ComputeAuthorizationError));
  await clock.advance(3_600_000);
  assertEquals(fetch.bodies(SUBMIT), []);
  fetch.assertExhausted();
});

Deno.test("an abort before the submission leaves is the abort itself", async () => {
  const { client, fetch, clock } = setUp();
  const controller = new AbortController();
  fetch.queue(TASK_GROUP, never);
  const call = runTask(client, TASK, { signal: controller.signal });
  await untilSent(fetch);
  const reason = new Error("enough");
  controller.abort(reason);
  assertStrictEquals(await clock.runUntil(assertRejects(() => call)), reason);
  assertEquals(fetch.bodies(SUBMIT), []);
});

for (const [name, seen] of [["finds it", [id(1)]], ["finds nothing", []]] as const) {
  for (const how of ["an abort", "a time-out"]) {
    Deno.test(`${how} while a task travels has one look, which ${name}`, async () => {
      const controller = new AbortController();
      const reason = new Error("enough");
      const { client, fetch, clock } = setUpLost(
        async (sent) => {
          await clock.sleep(2_000);
          if (how === "an abort") controller.abort(reason);
          return await never(sent);
        },
        group(...OLD, ...seen),
      );
      const startMs = clock.nowMs();
      const options = how === "an abort" ? { signal: controller.signal } : { timeoutMs: 2_000 };
      const call = runTask(client, TASK, options);
      const error = await clock.runUntil(assertRejects(() => call, ComputeSubmissionError));
      assertEquals<unknown>([error.ambiguous, error.recoveredTaskIds], [true, seen]);
      if (how === "an abort") assertStrictEquals(error.cause, reason);
      else assertEquals(error.cause instanceof ComputeTimeoutError, true);
      assertEquals(clock.nowMs() - startMs, 2_000);
      fetch.assertExhausted();
    });
  }
}

Deno.test("an aborted caller does not wait longer than 5 s for the one look", async () => {
  const controller = new AbortController();
  const { client, fetch, clock } = setUpLost((sent) => {
    controller.abort(new Error("enough"));
    return never(sent);
  }, never);
  const startMs = clock.nowMs();
  const call = runTask(client, TASK, { signal: controller.signal });
  const error = await clock.runUntil(assertRejects(() => call, ComputeSubmissionError));
  assertEquals(error.ambiguous, true);
  assertEquals(clock.nowMs() - startMs, 5_000);
  assertEquals(clock.sleeping, 0);
  fetch.assertExhausted();
});

Deno.test("a malformed answer names a group, whose one task is named and not taken for ours", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(SUBMIT, json({ task_group_id: GROUP_ID })).queue(TASK_GROUP, group(), group(id(1)));
  const call = runTask(client, { endpointId: ENDPOINT_ID, functionId: id(7) });
  const error = await clock.runUntil(assertRejects(() => call, ComputeSubmissionError));
  assertEquals([error.ambiguous, error.recoveredTaskIds, error.taskGroupId], [true, [id(1)], GROUP_ID]);
  fetch.assertExhausted();
});

Deno.test("a malformed answer about several tasks leaves them in doubt, and names its group", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(SUBMIT, receipt({ [id(7)]: [id(1)] })).queue(TASK_GROUP, group(id(1), id(2), id(3)));
  const { endpointId, tasks } = THREE;
  const call = batchRun(client, { endpointId, tasks });
  const error = await clock.runUntil(assertRejects(() => call, ComputeSubmissionError));
  assertEquals(error.cause instanceof ComputeDecodeError, true);
  assertEquals([error.recoveredTaskIds, error.taskGroupId], [[id(1), id(2), id(3)], GROUP_ID]);
  fetch.assertExhausted();
});

Deno.test("a lost connection without any known group is not looked after", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(SUBMIT, LOST);
  const call = runTask(client, { endpointId: ENDPOINT_ID, functionId: id(7) });
  const error = await clock.runUntil(assertRejects(() => call, ComputeSubmissionError));
  assertEquals(error.cause instanceof ComputeNetworkError, true);
  assertEquals(fetch.sent.length, 1);
});
