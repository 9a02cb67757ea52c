/** Proves that `waitForBatch()` gives one outcome for each task, in the order asked, of a group too. */
import { assertEquals, assertRejects } from "@std/assert";
import { ComputeHttpError, waitForBatch } from "../../mod.ts";
import { json } from "../support/observed_fetch.ts";
import {
  BATCH_STATUS,
  entriesOf,
  FAILED,
  GROUP_ID,
  id,
  PENDING,
  setUp,
  setUpTasks,
  statusOf,
  success,
  TASK_GROUP,
  UNKNOWN,
} from "../support/task_helpers.ts";

Deno.test("waitForBatch() gives the outcomes in the order asked, whatever the order of completion", async () => {
  const { client, clock, entries } = setUpTasks({ ...entriesOf(4), [id(2)]: UNKNOWN, [id(4)]: FAILED });
  const wait = waitForBatch(client, [id(3), id(1), id(4), id(2)]);
  await clock.advance(1000);
  Object.assign(entries, { [id(1)]: success(1), [id(3)]: { status: "success", result: "00\nabc" } });
  const outcomes = await clock.runUntil(wait);
  assertEquals(outcomes.map(({ taskId, state }) => [taskId, state]), [
    [id(3), "undecodable"],
    [id(1), "success"],
    [id(4), "failed"],
    [id(2), "notFound"],
  ]);
});

Deno.test("waitForBatch() gives one outcome for an id that is there twice", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(BATCH_STATUS, statusOf({ [id(1)]: success(1), [id(2)]: success(2) }));
  const outcomes = await clock.runUntil(waitForBatch(client, [id(2), id(1), id(2)]));
  assertEquals(outcomes.map(({ taskId }) => taskId), [id(2), id(1)]);
});

Deno.test("waitForBatch() gives a group in the service's order, and asks for it once", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(
    TASK_GROUP,
    json({ taskgroup_id: GROUP_ID, tasks: [{ id: id(9) }, { id: id(2) }, { id: id(5) }] }),
  );
  fetch.queue(
    BATCH_STATUS,
    statusOf({ [id(9)]: PENDING, [id(2)]: success(2), [id(5)]: PENDING }),
    statusOf({ [id(9)]: success(9), [id(5)]: success(5) }),
  );
  const outcomes = await clock.runUntil(waitForBatch(client, { taskGroupId: GROUP_ID }));
  assertEquals(outcomes.map(({ taskId }) => taskId), [id(9), id(2), id(5)]);
  fetch.assertExhausted();
});

Deno.test("waitForBatch() gives nothing for an empty group", async () => {
  const { client, fetch } = setUp();
  fetch.queue(TASK_GROUP, json({ taskgroup_id: GROUP_ID, tasks: [] }));
  assertEquals(await waitForBatch(client, { taskGroupId: GROUP_ID }), []);
  fetch.assertExhausted();
});

Deno.test("waitForBatch() throws for a group that the service does not know", async () => {
  const { client, fetch } = setUp();
  fetch.queue(TASK_GROUP, json({ code: "TASK_GROUP_NOT_FOUND" }, { status: 404 }));
  const error = await assertRejects(() => waitForBatch(client, { taskGroupId: GROUP_ID }), ComputeHttpError);
  assertEquals(error.serviceCode, "TASK_GROUP_NOT_FOUND");
});
