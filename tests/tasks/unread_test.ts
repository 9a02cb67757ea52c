/** Proves that a client warns of tasks whose results nobody has asked for in 25 minutes. */
import { assertEquals } from "@std/assert";
import {
  batchRun,
  type Client,
  type ComputeWarning,
  getBatchResult,
  getTask,
  waitForBatch,
} from "../../mod.ts";
import { json } from "../support/observed_fetch.ts";
import {
  ENDPOINT_ID,
  ENDPOINT_STATUS,
  entriesOf,
  type Entry,
  id,
  ids,
  PENDING,
  receipt,
  setUpTasks,
  SUBMIT,
  success,
} from "../support/task_helpers.ts";

const MINUTE_MS = 60_000;
const MESSAGE =
  "not been asked for in 25 minutes: the service may give up results that are left unread for 30";

/** A client that has submitted two tasks, and what it is warned of. */
async function setUpSubmitted(entry: Entry = PENDING) {
  const warnings: ComputeWarning[] = [];
  const entries = { ...entriesOf(2, entry), [id(3)]: success(3) };
  const world = setUpTasks(entries, { onWarning: (warning) => void warnings.push(warning) });
  const { client, fetch, clock } = world;
  fetch.always(ENDPOINT_STATUS, () => json({ status: "online" }));
  fetch.queue(SUBMIT, receipt({ [id(7)]: ids(2) }));
  const tasks = ids(2).map(() => ({ functionId: id(7) }));
  await clock.runUntil(batchRun(client, { endpointId: ENDPOINT_ID, tasks }));
  assertEquals([clock.sleeping, warnings], [0, []]); // No timer of its own.
  return { ...world, warnings };
}

/** Uses the client for something else. */
const useOtherwise = (client: Client) => getBatchResult(client, [id(3)]);

Deno.test("a client warns once of tasks that nobody asked for in 25 minutes", async () => {
  const { client, clock, warnings } = await setUpSubmitted();
  await clock.advance(25 * MINUTE_MS - 1);
  await clock.runUntil(useOtherwise(client));
  assertEquals(warnings, []);
  await clock.advance(1);
  assertEquals(warnings, []);
  for (let turn = 0; turn < 3; turn++) {
    await clock.runUntil(useOtherwise(client));
    await clock.advance(30 * MINUTE_MS);
  }
  assertEquals(warnings, [{ kind: "unreadResults", message: `2 tasks have ${MESSAGE}`, taskIds: ids(2) }]);
});

Deno.test("a client warns of the tasks alone that were not asked for", async () => {
  const { client, clock, warnings } = await setUpSubmitted();
  await clock.advance(20 * MINUTE_MS);
  await clock.runUntil(getBatchResult(client, [id(1)]));
  await clock.advance(5 * MINUTE_MS);
  await clock.runUntil(useOtherwise(client));
  const one = (taskId: string) => ({
    kind: "unreadResults" as const,
    message: `Task ${taskId} has ${MESSAGE}`,
    taskIds: [taskId],
  });
  assertEquals(warnings, [one(id(2))]);
  await clock.advance(20 * MINUTE_MS);
  await clock.runUntil(useOtherwise(client));
  assertEquals(warnings, [one(id(2)), one(id(1))]);
});

Deno.test("a client does not warn of tasks that it waits for", async () => {
  const { client, clock, entries, warnings } = await setUpSubmitted();
  const wait = waitForBatch(client, ids(2));
  entries[id(1)] = success(1);
  await clock.advance(3 * 60 * MINUTE_MS);
  await clock.runUntil(useOtherwise(client));
  assertEquals(warnings, []);
  entries[id(2)] = success(2);
  await clock.runUntil(wait);
});

Deno.test("a client does not warn of tasks that are done", async () => {
  const { client, clock, warnings } = await setUpSubmitted(success(1));
  await clock.runUntil(waitForBatch(client, ids(2)));
  await clock.advance(60 * MINUTE_MS);
  await clock.runUntil(useOtherwise(client));
  assertEquals(warnings, []);
});

Deno.test("a client does not warn of tasks that were read one by one", async () => {
  const { client, clock, fetch, warnings } = await setUpSubmitted();
  for (const taskId of ids(2)) {
    fetch.queue(`GET /v2/tasks/${taskId}`, json({ task_id: taskId, ...success(1) }));
    await clock.runUntil(getTask(client, taskId));
  }
  await clock.advance(60 * MINUTE_MS);
  await clock.runUntil(useOtherwise(client));
  assertEquals(warnings, []);
});
