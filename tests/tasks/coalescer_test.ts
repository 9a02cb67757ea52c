/** Proves that calls at the same time travel as one submission, and that none of them fails another. */
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { type BatchReceipt, callFunction, ComputeHttpError, ComputeSubmissionError } from "../../mod.ts";
import { json } from "../support/observed_fetch.ts";
import {
  BATCH_STATUS,
  ENDPOINT_ID,
  id,
  ids,
  receipt,
  setUp,
  statusOf,
  SUBMIT,
  success,
} from "../support/task_helpers.ts";

const [F, G] = [id(7000), id(8000)];

Deno.test("1,000 calls at once are one submission, and each has its own result", async () => {
  const { client, fetch, clock } = setUp();
  const taskIds = ids(1_000);
  fetch.queue(SUBMIT, receipt({ [F]: taskIds }));
  fetch.always(BATCH_STATUS, statusOf(Object.fromEntries(taskIds.map((taskId, i) => [taskId, success(i)]))));
  const task = { endpointId: ENDPOINT_ID, functionId: F };
  const calls = taskIds.map((_, i) => callFunction(client, { ...task, args: [i] }));
  assertEquals(await clock.runUntil(Promise.all(calls)), taskIds.map((_, i) => i));
  const bodies = fetch.bodies(SUBMIT) as { tasks: Record<string, string[]> }[];
  assertEquals(bodies.map(({ tasks }) => tasks[F]?.length), [1_000]);
});

Deno.test("a function that is refused does not fail the calls of another", async () => {
  const { client, fetch, clock } = setUp();
  fetch.always(SUBMIT, ({ text }) => {
    if (G in JSON.parse(text).tasks) return json({ code: "FUNCTION_NOT_FOUND" }, { status: 404 });
    return receipt({ [F]: [id(1)] });
  });
  fetch.always(BATCH_STATUS, statusOf({ [id(1)]: success(1) }));
  const good = callFunction(client, { endpointId: ENDPOINT_ID, functionId: F });
  const bad = assertRejects(
    () => callFunction(client, { endpointId: ENDPOINT_ID, functionId: G }),
    ComputeHttpError,
  );
  assertEquals((await clock.runUntil(Promise.all([good, bad])))[0], 1);
  assertEquals(fetch.bodies(SUBMIT).length, 3);
});

Deno.test("a call that is too large does not fail the others", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(SUBMIT, receipt({ [F]: [id(1)] })).always(BATCH_STATUS, statusOf({ [id(1)]: success(1) }));
  const task = { endpointId: ENDPOINT_ID, functionId: F };
  const good = callFunction(client, task);
  const large = { ...task, args: ["x".repeat(10_000_000)] };
  const bad = assertRejects(() => callFunction(client, large), RangeError);
  assertEquals((await clock.runUntil(Promise.all([good, bad])))[0], 1);
});

Deno.test("calls for other endpoints, or with other options, do not travel together", async () => {
  const other = id(9000);
  const { client, fetch, clock } = setUp();
  const route = `POST /v3/endpoints/${other}/submit`;
  fetch.queue(SUBMIT, receipt({ [F]: [id(1)] }), receipt({ [F]: [id(2)] }));
  fetch.queue(route, receipt({ [F]: [id(3)] }));
  fetch.always(BATCH_STATUS, statusOf({ [id(1)]: success(1), [id(2)]: success(2), [id(3)]: success(3) }));
  const task = { endpointId: ENDPOINT_ID, functionId: F };
  const calls = [
    callFunction(client, task),
    callFunction(client, { ...task, userEndpointConfig: { account: "abc" } }),
    callFunction(client, { ...task, endpointId: other }),
  ];
  assertEquals(await clock.runUntil(Promise.all(calls)), [1, 2, 3]);
  assertEquals(fetch.bodies(SUBMIT).map((body) => "user_endpoint_config" in (body as object)), [false, true]);
  assertEquals(fetch.bodies(route).length, 1);
});

Deno.test("calls made while a submission travels go in the next one, in a task group of its own", async () => {
  const { client, fetch, clock } = setUp();
  const { promise, resolve } = Promise.withResolvers<Response>();
  fetch.queue(SUBMIT, () => promise, receipt({ [F]: [id(2), id(3)] }));
  fetch.always(BATCH_STATUS, statusOf({ [id(1)]: success(1), [id(2)]: success(2), [id(3)]: success(3) }));
  const task = { endpointId: ENDPOINT_ID, functionId: F };
  const first = callFunction(client, task);
  await clock.advance(10);
  const later = [callFunction(client, task), callFunction(client, task)];
  await clock.advance(10);
  assertEquals(fetch.bodies(SUBMIT).length, 1);
  resolve(receipt({ [F]: [id(1)] }));
  assertEquals(await clock.runUntil(Promise.all([first, ...later])), [1, 2, 3]);
  assertEquals(fetch.bodies(SUBMIT).map((body) => "task_group_id" in (body as object)), [false, false]);
});

Deno.test("a call that is aborted before it is sent is taken out, and the others go on", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(SUBMIT, receipt({ [F]: [id(1)] })).always(BATCH_STATUS, statusOf({ [id(1)]: success(1) }));
  const task = { endpointId: ENDPOINT_ID, functionId: F };
  const caller = new AbortController();
  const reason = new Error("no longer needed");
  const aborted = callFunction(client, { ...task, args: ["aborted"] }, { signal: caller.signal });
  const good = callFunction(client, task);
  caller.abort(reason);
  assertStrictEquals(await assertRejects(() => aborted), reason);
  assertEquals(await clock.runUntil(good), 1);
  assertEquals(fetch.sent.some(({ text }) => text.includes("aborted")), false);
});

Deno.test("a call that is aborted while it travels is in doubt, and its ids are told when they are known", async () => {
  const { client, fetch, clock } = setUp();
  const { promise, resolve } = Promise.withResolvers<Response>();
  fetch.queue(SUBMIT, () => promise);
  const caller = new AbortController();
  const reason = new Error("no longer needed");
  const told: string[][] = [];
  const options = {
    signal: caller.signal,
    onSubmitted: (given: BatchReceipt) => void told.push(given.taskIds),
  };
  const call = callFunction(client, { endpointId: ENDPOINT_ID, functionId: F }, options);
  const over = assertRejects(() => call, ComputeSubmissionError, "no longer needed");
  await clock.advance(10);
  caller.abort(reason);
  const error = await over;
  assertEquals([error.ambiguous, error.cause], [true, reason]);
  resolve(receipt({ [F]: [id(1)] }));
  await clock.advance(10);
  assertEquals(told, [[id(1)]]);
  assertEquals([fetch.sent.length, clock.sleeping], [1, 0]);
});
