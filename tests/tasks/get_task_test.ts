/** Proves what `getTask()` and `getResult()` make of each state of a task. */
import { assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import {
  ComputeDecodeError,
  ComputeHttpError,
  ComputeTaskError,
  getResult,
  getTask,
  type TaskOutcome,
  TaskPendingError,
} from "../../mod.ts";
import { settle } from "../support/manual_clock.ts";
import { json } from "../support/observed_fetch.ts";
import { type Entry, id, PENDING, setUp, success, TASK, UNKNOWN } from "../support/task_helpers.ts";

const TRACEBACK = [
  "Traceback (most recent call last):",
  '  File "<string>", line 3, in f',
  "    return d['key']",
  "KeyError: 'key'",
].join("\n");

async function outcomeOf(entry: Entry): Promise<TaskOutcome> {
  const { client, fetch, clock } = setUp();
  fetch.queue(TASK, json({ task_id: id(1), ...entry }));
  const outcome = await getTask(client, id(1));
  fetch.assertExhausted();
  assertEquals(clock.sleeping, 0);
  return outcome;
}

for (
  const [status, expected] of [
    ["received", "received"],
    ["waiting-for-ep", "waiting-for-ep"],
    ["Waiting-For-Nodes", "waiting-for-nodes"],
    ["running", "running"],
    ["unknown", "unknown"],
    ["a word to come", "a word to come"],
    [null, "unknown"],
    [undefined, "unknown"],
  ]
) {
  Deno.test(`getTask() takes the status '${status}' for a pending task`, async () => {
    assertEquals(await outcomeOf({ status }), {
      taskId: id(1),
      state: "pending",
      status: expected as string,
    });
  });
}

Deno.test("getTask() takes a task for pending that has a null for its result", async () => {
  assertEquals((await outcomeOf({ status: "running", result: null, exception: null })).state, "pending");
});

for (const status of ["success", "Success", "SUCCESS"]) {
  Deno.test(`getTask() decodes the result of a task in '${status}'`, async () => {
    assertEquals(await outcomeOf({ status, result: '11\n{"a": [1, NaN]}' }), {
      taskId: id(1),
      state: "success",
      result: { a: [1, NaN] },
    });
  });
}

Deno.test("getTask() tells when and where a task ran", async () => {
  const details = {
    os: "Linux",
    python_version: "3.12.4",
    dill_version: "0.3.9",
    globus_compute_sdk_version: "4.19.0",
    endpoint_id: id(5),
    task_transitions: { "execution-start": 1677183604, "execution-end": 1677183605.25 },
  };
  assertEquals(await outcomeOf({ ...success(42), details }), {
    taskId: id(1),
    state: "success",
    result: 42,
    completedAt: new Date(1677183605500),
    details: {
      os: "Linux",
      pythonVersion: "3.12.4",
      dillVersion: "0.3.9",
      sdkVersion: "4.19.0",
      endpointId: id(5),
      startedAt: new Date(1677183604000),
      endedAt: new Date(1677183605250),
    },
  });
});

Deno.test("getTask() tells a null result from none", async () => {
  assertEquals(await outcomeOf(success(null)), {
    taskId: id(1),
    state: "success",
    result: null,
    completedAt: new Date(1677183605500),
  });
});

Deno.test("getTask() gives Python's exception as data", async () => {
  const outcome = await outcomeOf({ status: "Failed", exception: TRACEBACK, completion_t: 1677183605.5 });
  if (outcome.state !== "failed") throw new Error(`Unexpected state ${outcome.state}`);
  const { error } = outcome;
  assertInstanceOf(error, ComputeTaskError);
  assertEquals(error.message, `Task ${id(1)} failed: KeyError: 'key'`);
  assertEquals([error.taskId, error.type, error.pythonMessage], [id(1), "KeyError", "'key'"]);
  assertEquals(error.frames, [{ file: "<string>", line: 3, function: "f", source: "return d['key']" }]);
  assertEquals(error.traceback, TRACEBACK);
  assertEquals([error.code, error.retryable], ["ERR_COMPUTE_TASK", false]);
  assertEquals(outcome.completedAt, new Date(1677183605500));
});

Deno.test("getTask() cuts a long exception to a line in the message alone", async () => {
  const exception = `Traceback (most recent call last):\nValueError: ${"x".repeat(1000)}\nsecond line`;
  const outcome = await outcomeOf({ status: "failed", exception });
  if (outcome.state !== "failed") throw new Error(`Unexpected state ${outcome.state}`);
  assertEquals(outcome.error.message, `Task ${id(1)} failed: ValueError: ${"x".repeat(200)}…`);
  assertEquals(outcome.error.pythonMessage, `${"x".repeat(1000)}\nsecond line`);
});

for (
  const [entry, message] of [
    [{ status: "failed", reason: "Task failed" }, "Task failed"],
    [{ status: "failed" }, "unknown reason"],
    [{ status: "failed", result: null, exception: null, reason: null }, "unknown reason"],
  ] as const
) {
  Deno.test(`getTask() gives what there is of a failure: ${JSON.stringify(entry)}`, async () => {
    const outcome = await outcomeOf(entry);
    if (outcome.state !== "failed") throw new Error(`Unexpected state ${outcome.state}`);
    assertEquals([outcome.error.type, outcome.error.pythonMessage], ["unknown", message]);
  });
}

for (const raw of ["00\ngASVKAAAAAAAAAA=", "11\n{", "zz\n1", ""]) {
  Deno.test(`getTask() keeps a result that it cannot decode: ${JSON.stringify(raw)}`, async () => {
    const outcome = await outcomeOf({ status: "success", result: raw });
    if (outcome.state !== "undecodable") throw new Error(`Unexpected state ${outcome.state}`);
    assertEquals([outcome.raw, outcome.error.raw], [raw, raw]);
    assertInstanceOf(outcome.error, ComputeDecodeError);
    assertEquals(Object.keys(outcome.error).includes("raw"), false);
  });
}

Deno.test("getTask() does not make up a result that the service has not sent", async () => {
  const outcome = await outcomeOf({ status: "success", completion_t: "1677183605.5" });
  if (outcome.state !== "undecodable") throw new Error(`Unexpected state ${outcome.state}`);
  assertEquals(outcome.raw, "");
});

Deno.test("getTask() tells a task that the service does not know", async () => {
  assertEquals(await outcomeOf(UNKNOWN), { taskId: id(1), state: "notFound" });
  const { client, fetch } = setUp();
  fetch.queue(TASK, json({ code: "TASK_NOT_FOUND", detail: "no such task" }, { status: 404 }));
  assertEquals(await getTask(client, id(1)), { taskId: id(1), state: "notFound" });
});

for (const body of [[], "running", null, { task_id: id(2), status: "success", result: "11\n1" }]) {
  Deno.test(`getTask() refuses ${JSON.stringify(body)} for a task`, async () => {
    const { client, fetch } = setUp();
    fetch.queue(TASK, json(body));
    const error = await assertRejects(() => getTask(client, id(1)), ComputeDecodeError, id(1));
    assertEquals(JSON.parse(error.raw), body);
  });
}

Deno.test("getTask() asks for an id in lower case, and refuses what is none", async () => {
  const upper = "ABCDEFAB-0000-4000-8000-00000000000A";
  const { client, fetch } = setUp();
  fetch.queue(`GET /v2/tasks/${upper.toLowerCase()}`, json({ task_id: upper, status: "running" }));
  assertEquals((await getTask(client, upper)).taskId, upper.toLowerCase());
  for (const taskId of ["", "1", `${id(1)}/..`, ` ${id(1)}`]) {
    await assertRejects(() => getTask(client, taskId), RangeError, "'taskId'");
  }
  await assertRejects(() => getTask(client, undefined as unknown as string), TypeError, "'taskId'");
  fetch.assertExhausted();
});

Deno.test("getTask() does not ask again for what it has read, but for pending and unknown tasks", async () => {
  const { client, fetch } = setUp();
  const gone = json({ code: "TASK_NOT_FOUND" }, { status: 404 });
  fetch.queue(TASK, json(PENDING), json(UNKNOWN), gone, json(success(42)));
  for (const expected of ["pending", "notFound", "notFound", "success", "success"]) {
    assertEquals((await getTask(client, id(1))).state, expected);
  }
  assertEquals((await getTask(client, id(1).toUpperCase())).state, "success");
  assertEquals(fetch.sent.length, 4);
});

Deno.test("getTask() keeps the result of a call that was aborted", async () => {
  const { client, fetch } = setUp();
  const { promise, resolve } = Promise.withResolvers<Response>();
  fetch.queue(TASK, () => promise);
  const caller = new AbortController();
  const call = assertRejects(() => getTask(client, id(1), { signal: caller.signal }));
  await settle();
  caller.abort(new Error("no longer needed"));
  await call;
  resolve(json(success(42)));
  await settle();
  assertEquals(await getResult(client, id(1)), 42);
  assertEquals(fetch.sent.length, 1);
});

Deno.test("getResult() gives the result, or throws what there is in its place", async () => {
  const { client, fetch } = setUp();
  fetch.queue(
    TASK,
    json(PENDING),
    json(UNKNOWN),
    json({ status: "failed", exception: TRACEBACK }),
  );
  const pending = await assertRejects(
    () => getResult(client, id(1)),
    TaskPendingError,
    "'waiting-for-nodes'",
  );
  assertEquals([pending.taskId, pending.status, pending.retryable, pending.code], [
    id(1),
    "waiting-for-nodes",
    true,
    "ERR_COMPUTE_TASK_PENDING",
  ]);
  const unknown = await assertRejects(() => getResult(client, id(1)), ComputeHttpError);
  assertEquals([unknown.status, unknown.serviceCode], [404, "TASK_NOT_FOUND"]);
  const failed = await assertRejects(() => getResult(client, id(1)), ComputeTaskError, "KeyError");
  assertEquals(failed.taskId, id(1));
  fetch.assertExhausted();

  fetch.queue(`GET /v2/tasks/${id(2)}`, json({ status: "success", result: "00\nabc" }));
  const undecodable = await assertRejects(() => getResult(client, id(2)), ComputeDecodeError);
  assertStrictEquals(undecodable.raw, "00\nabc");
  fetch.queue(`GET /v2/tasks/${id(3)}`, json(success([1, 2])));
  assertEquals(await getResult(client, id(3)), [1, 2]);
});
