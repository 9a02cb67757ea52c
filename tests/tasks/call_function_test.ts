/** Proves that `callFunction()` submits, waits, and gives the result or the error of its task. */
import { assertEquals, assertRejects } from "@std/assert";
import {
  callFunction,
  ComputeDecodeError,
  ComputeHttpError,
  ComputeTaskError,
  ComputeTimeoutError,
  prepareBatch,
} from "../../mod.ts";
import {
  asked,
  BATCH_STATUS,
  ENDPOINT_ID,
  type Entry,
  id,
  PENDING,
  receipt,
  setUp,
  statusOf,
  SUBMIT,
  success,
  UNKNOWN,
} from "../support/task_helpers.ts";

const TASK = { functionId: id(7), args: [21] };

function setUpCall(...entries: Entry[]) {
  const world = setUp();
  world.fetch.queue(SUBMIT, receipt({ [id(7)]: [id(1)] }));
  world.fetch.queue(BATCH_STATUS, ...entries.map((entry) => statusOf({ [id(1)]: entry })));
  return world;
}

Deno.test("callFunction() submits, waits and gives what the function returned", async () => {
  const { client, fetch, clock } = setUpCall(PENDING, success({ answer: 42 }));
  const value = await clock.runUntil(callFunction(client, { endpointId: ENDPOINT_ID, ...TASK }));
  assertEquals(value, { answer: 42 });
  assertEquals(fetch.bodies(SUBMIT), [await prepareBatch({ endpointId: ENDPOINT_ID, tasks: [TASK] })]);
  assertEquals(asked(fetch), [[id(1)], [id(1)]]);
  assertEquals(clock.sleeping, 0);
  fetch.assertExhausted();
});

Deno.test("callFunction() gives null for a function that returns nothing", async () => {
  const { client, clock } = setUpCall(success(null));
  assertEquals(await clock.runUntil(callFunction(client, { endpointId: ENDPOINT_ID, ...TASK })), null);
});

for (
  const [name, entries, type, text] of [
    [
      "Python's exception",
      [{ status: "failed", exception: "Traceback (most recent call last):\nValueError: no" }],
      ComputeTaskError,
      `Task ${id(1)} failed: ValueError: no`,
    ],
    [
      "a result that it cannot decode",
      [{ status: "success", result: "00\nabc" }],
      ComputeDecodeError,
      "pickle",
    ],
    ["a task that is gone", [UNKNOWN, UNKNOWN], ComputeHttpError, "not known"],
  ] as const
) {
  Deno.test(`callFunction() throws ${name}`, async () => {
    const { client, fetch, clock } = setUpCall(...entries);
    const call = callFunction(client, { endpointId: ENDPOINT_ID, ...TASK });
    await clock.runUntil(assertRejects(() => call, type as typeof ComputeHttpError, text));
    fetch.assertExhausted();
  });
}

Deno.test("callFunction() ends when its time is over, with the task's id", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(SUBMIT, async () => {
    await clock.sleep(3000);
    return receipt({ [id(7)]: [id(1)] });
  });
  fetch.always(BATCH_STATUS, statusOf({ [id(1)]: PENDING }));
  const startMs = clock.nowMs();
  const call = callFunction(client, { endpointId: ENDPOINT_ID, ...TASK }, { timeoutMs: 5000 });
  const error = await clock.runUntil(assertRejects(() => call, ComputeTimeoutError, id(1)));
  assertEquals(error.taskIds, [id(1)]);
  assertEquals(clock.nowMs() - startMs, 5000); // The submission's time counts.
  assertEquals(clock.sleeping, 0);
});

Deno.test("callFunction() with timeoutMs 0 submits, and looks once", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(SUBMIT, () => clock.sleep(3000).then(() => receipt({ [id(7)]: [id(1)] })));
  const look = statusOf({ [id(1)]: PENDING });
  fetch.queue(BATCH_STATUS, (sent) => clock.sleep(3000).then(() => look(sent)));
  const call = callFunction(client, { endpointId: ENDPOINT_ID, ...TASK }, { timeoutMs: 0 });
  const error = await clock.runUntil(assertRejects(() => call, ComputeTimeoutError));
  assertEquals(error.taskIds, [id(1)]);
  fetch.assertExhausted();
});

Deno.test("callFunction() does not wait for a task that was refused", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(SUBMIT, new Response(null, { status: 422 }));
  const task = { endpointId: ENDPOINT_ID, ...TASK };
  await clock.runUntil(assertRejects(() => callFunction(client, task), ComputeHttpError));
  assertEquals(fetch.sent.length, 1);
});
