/** Proves that a large batch goes as several requests of one task group, and what is told when one fails. */
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { batchRun, ComputeHttpError, ComputeNetworkError, ComputeSubmissionError } from "../../mod.ts";
import { type Answer, json } from "../support/observed_fetch.ts";
import {
  ENDPOINT_ID,
  group,
  GROUP_ID,
  id,
  receipt,
  setUp,
  SUBMIT,
  TASK_GROUP,
} from "../support/task_helpers.ts";

const [F, G] = [id(70), id(80)];
/** Five calls of two functions, each with its place as the argument. */
const FIVE = {
  endpointId: ENDPOINT_ID,
  tasks: [F, G, F, F, G].map((functionId, index) => ({ functionId, args: [index] })),
};
const BY_TWO = { maxTasksPerRequest: 2 };
const REFUSED = () => json({ code: "SEMANTICALLY_INVALID" }, { status: 422 });

interface Body {
  task_group_id?: string;
  tasks: Record<string, string[]>;
}

function accepted(requestId: string, tasks: Record<string, string[]>): Response {
  return json({ request_id: requestId, task_group_id: GROUP_ID, endpoint_id: ENDPOINT_ID, tasks });
}

const FIRST = () => accepted(id(901), { [F]: [id(1)], [G]: [id(2)] });
const SECOND = () => accepted(id(902), { [F]: [id(3), id(4)] });
const THIRD = () => accepted(id(903), { [G]: [id(5)] });

/** The places of the tasks in each body, by function: the argument tells. */
function sentPlaces(bodies: unknown[]): Record<string, number[]>[] {
  return (bodies as Body[]).map(({ tasks }) =>
    Object.fromEntries(
      Object.entries(tasks).map((
        [key, payloads],
      ) => [key, payloads.map((payload) => Number(/\[(\d+)\]/.exec(payload)?.[1]))]),
    )
  );
}

Deno.test("a batch of too many tasks goes as several requests of one task group, in order", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(SUBMIT, FIRST(), SECOND(), THIRD());
  assertEquals(await clock.runUntil(batchRun(client, FIVE, BY_TWO)), {
    endpointId: ENDPOINT_ID,
    taskGroupId: GROUP_ID,
    taskIds: [id(1), id(2), id(3), id(4), id(5)],
    requestIds: [id(901), id(902), id(903)],
  });
  const bodies = fetch.bodies(SUBMIT);
  assertEquals(sentPlaces(bodies), [{ [F]: [0], [G]: [1] }, { [F]: [2, 3] }, { [G]: [4] }]);
  assertEquals((bodies as Body[]).map((body) => body.task_group_id), [undefined, GROUP_ID, GROUP_ID]);
  assertEquals(fetch.sent.length, 3); // A group of its own need not be read.
});

Deno.test("a batch goes in requests of 1,000 tasks, unless it says otherwise", async () => {
  const { client, fetch, clock } = setUp();
  const taskIds = Array.from({ length: 1_001 }, (_, index) => id(index + 1));
  fetch.queue(SUBMIT, receipt({ [F]: taskIds.slice(0, 1_000) }), receipt({ [F]: taskIds.slice(1_000) }));
  const tasks = taskIds.map(() => ({ functionId: F }));
  const result = await clock.runUntil(batchRun(client, { endpointId: ENDPOINT_ID, tasks }));
  assertEquals(result.taskIds, taskIds);
  assertEquals((fetch.bodies(SUBMIT) as Body[]).map(({ tasks }) => tasks[F]?.length), [1_000, 1]);
});

Deno.test("a batch that is too large for one request goes as several", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(SUBMIT, receipt({ [F]: [id(1)] }), receipt({ [F]: [id(2)] }));
  const tasks = [0, 1].map(() => ({ functionId: F, args: ["x".repeat(6_000_000)] }));
  const { taskIds } = await clock.runUntil(batchRun(client, { endpointId: ENDPOINT_ID, tasks }));
  assertEquals(taskIds, [id(1), id(2)]);
  assertEquals(fetch.sent.every(({ text }) => text.length <= 10_000_000), true);
});

Deno.test("a part that is refused ends the batch, whose first part runs", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(SUBMIT, FIRST(), REFUSED());
  const error = await clock.runUntil(assertRejects(
    () => batchRun(client, FIVE, BY_TWO),
    ComputeSubmissionError,
    "The batch was submitted in part (2 accepted)",
  ));
  assertEquals(error.accepted, [{ index: 0, taskId: id(1) }, { index: 1, taskId: id(2) }]);
  assertEquals([error.ambiguous, error.recoveredTaskIds, error.taskGroupId], [false, [], GROUP_ID]);
  assertEquals((error.cause as ComputeHttpError).serviceCode, "SEMANTICALLY_INVALID");
  await clock.advance(3_600_000);
  assertEquals(fetch.bodies(SUBMIT).length, 2);
  fetch.assertExhausted();
});

Deno.test("a part whose answer is lost ends the batch in doubt", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(SUBMIT, FIRST(), new TypeError("fetch failed"));
  fetch.queue(TASK_GROUP, group(id(1), id(2)), group(id(4), id(1), id(2), id(3)));
  const call = batchRun(client, FIVE, BY_TWO);
  const error = await clock.runUntil(assertRejects(() => call, ComputeSubmissionError));
  assertEquals(error.accepted, [{ index: 0, taskId: id(1) }, { index: 1, taskId: id(2) }]);
  assertEquals([error.ambiguous, error.recoveredTaskIds], [true, [id(4), id(3)]]);
  assertEquals(error.taskGroupId, GROUP_ID);
  assertEquals(error.cause instanceof ComputeNetworkError, true);
  await clock.advance(3_600_000);
  assertEquals(fetch.bodies(SUBMIT).length, 2);
  fetch.assertExhausted();
});

Deno.test("a part of one task whose answer is lost is found, and the batch goes on", async () => {
  const { client, fetch, clock } = setUp();
  const tasks = FIVE.tasks.slice(0, 3);
  fetch.queue(SUBMIT, FIRST(), new TypeError("fetch failed"));
  fetch.queue(TASK_GROUP, group(id(1), id(2), id(3)));
  const result = await clock.runUntil(batchRun(client, { endpointId: ENDPOINT_ID, tasks }, BY_TWO));
  assertEquals(result.taskIds, [id(1), id(2), id(3)]);
  assertEquals(result.requestIds, [id(901)]);
  fetch.assertExhausted();
});

Deno.test("a first part that is refused is the refusal itself", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(SUBMIT, REFUSED());
  await clock.runUntil(assertRejects(() => batchRun(client, FIVE, BY_TWO), ComputeHttpError, "422"));
  await clock.advance(3_600_000);
  assertEquals(fetch.sent.length, 1);
});

Deno.test("an abort between two parts says what was taken", async () => {
  const { client, fetch, clock } = setUp();
  const controller = new AbortController();
  const reason = new Error("enough");
  fetch.queue(SUBMIT, FIRST(), () => {
    controller.abort(reason);
    return REFUSED();
  });
  const call = batchRun(client, FIVE, { ...BY_TWO, signal: controller.signal });
  fetch.queue(TASK_GROUP, group(id(1), id(2)));
  const error = await clock.runUntil(assertRejects(() => call, ComputeSubmissionError));
  assertEquals(error.accepted.length, 2);
  assertStrictEquals(error.cause, reason);
});

for (const maxTasksPerRequest of [0, -1, 1.5, NaN, Infinity, "2"]) {
  Deno.test(`batchRun() does not take ${maxTasksPerRequest} for 'maxTasksPerRequest'`, async () => {
    const { client, fetch } = setUp();
    const options = { maxTasksPerRequest: maxTasksPerRequest as number };
    // "2" is no number: nothing converts it.
    await assertRejects(
      () => batchRun(client, FIVE, options),
      typeof maxTasksPerRequest === "number" ? RangeError : TypeError,
      "'maxTasksPerRequest'",
    );
    assertEquals(fetch.sent, []);
  });
}

Deno.test("one task over 10 MB is refused before anything is sent", async () => {
  const { client, fetch } = setUp();
  const tasks = [{ functionId: F }, { functionId: F, args: ["x".repeat(10_000_000)] }];
  const call = () => batchRun(client, { endpointId: ENDPOINT_ID, tasks }, { maxTasksPerRequest: 1 });
  await assertRejects(call, RangeError, "'tasks[1]'");
  assertEquals(fetch.sent, []);
});

Deno.test("two batches of one client into one task group are never under way at once", async () => {
  const { client, fetch, clock } = setUp();
  let next = 0;
  let [underWay, most, known] = [0, 0, 0];
  const taskIds: string[] = [];
  fetch.always(TASK_GROUP, () => {
    known = taskIds.length;
    return group(...taskIds);
  });
  fetch.always(SUBMIT, async () => {
    most = Math.max(most, ++underWay);
    // The group is read in turn as well: what another batch adds would count as new.
    assertEquals(known, taskIds.length);
    await clock.sleep(1_000);
    underWay--;
    taskIds.push(id(++next));
    return receipt({ [F]: [id(next)] });
  });
  const batch = { endpointId: ENDPOINT_ID, taskGroupId: GROUP_ID, tasks: [{ functionId: F }] };
  const receipts = await clock.runUntil(Promise.all([1, 2, 3].map(() => batchRun(client, batch))));
  assertEquals(receipts.map((one) => one.taskIds), [[id(1)], [id(2)], [id(3)]]);
  assertEquals(most, 1);
});

Deno.test("a batch after one that failed in the same task group has its turn", async () => {
  const { client, fetch, clock } = setUp();
  const answers: Answer[] = [REFUSED(), receipt({ [F]: [id(1)] })];
  fetch.always(TASK_GROUP, () => group()).queue(SUBMIT, ...answers);
  const batch = { endpointId: ENDPOINT_ID, taskGroupId: GROUP_ID, tasks: [{ functionId: F }] };
  const both = Promise.allSettled([batchRun(client, batch), batchRun(client, batch)]);
  const outcomes = await clock.runUntil(both);
  assertEquals(outcomes.map(({ status }) => status), ["rejected", "fulfilled"]);
});
