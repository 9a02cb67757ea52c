/** Proves after which answers a submission is in doubt, after which it is refused, and that neither is repeated. */
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  batchRun,
  callFunction,
  ComputeAuthorizationError,
  ComputeDecodeError,
  type ComputeError,
  ComputeHttpError,
  ComputeNetworkError,
  ComputeSubmissionError,
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
} from "../support/task_helpers.ts";

const TASK = { functionId: id(7) };
const BATCH = { endpointId: ENDPOINT_ID, tasks: [TASK, TASK] };
/** Nothing of the batch is in the group that the answer names. */
const EMPTY_GROUP = () => group();
const RETRY_LATER = { "retry-after": "5" };

function html(status: number, headers: HeadersInit = {}): Response {
  return new Response("<html></html>", { status, headers });
}

for (
  const [name, answer, cause] of [
    ["a lost connection", new TypeError("fetch failed"), ComputeNetworkError],
    ...[301, 302, 303, 304, 307, 308].map((status): [string, Answer, typeof ComputeHttpError] => {
      const headers = { location: "/elsewhere" };
      return [`${status}`, new Response(null, { status, headers }), ComputeHttpError];
    }),
    ["402", html(402), ComputeHttpError],
    ["405", html(405), ComputeHttpError],
    ["408", html(408), ComputeHttpError],
    ["410", html(410), ComputeHttpError],
    ["425", html(425, RETRY_LATER), ComputeHttpError],
    ["499", html(499), ComputeHttpError],
    ["500", html(500), ComputeHttpError],
    ["500 with Retry-After", html(500, RETRY_LATER), ComputeHttpError],
    ["502", html(502), ComputeHttpError],
    ["503 without Retry-After", html(503), ComputeHttpError],
    ["503 with Retry-After of a proxy", html(503, RETRY_LATER), ComputeHttpError],
    ["522 of a proxy", html(522), ComputeHttpError],
    ["503 with a malformed Retry-After", html(503, { "retry-after": "soon" }), ComputeHttpError],
    ["504", html(504, RETRY_LATER), ComputeHttpError],
    ["200 without a body", new Response(""), ComputeNetworkError],
    ["200 with a page", html(200), ComputeNetworkError],
    ["200 that is no object", json([]), ComputeDecodeError],
    ["200 without tasks", json({ task_group_id: GROUP_ID }), ComputeDecodeError],
    ["200 without a group", json({ tasks: { [id(7)]: [id(1), id(2)] } }), ComputeDecodeError],
    ["200 with too few ids", receipt({ [id(7)]: [id(1)] }), ComputeDecodeError],
    ["200 for another function", receipt({ [id(8)]: [id(1), id(2)] }), ComputeDecodeError],
    [
      "200 with ids of another type",
      json({ tasks: { [id(7)]: [1, 2] }, task_group_id: GROUP_ID }),
      ComputeDecodeError,
    ],
  ] satisfies [string, Answer, unknown][]
) {
  Deno.test(`batchRun() is in doubt after ${name}, and sends nothing again`, async () => {
    const { client, fetch, clock } = setUp();
    fetch.queue(SUBMIT, answer).always(TASK_GROUP, EMPTY_GROUP);
    const error = await clock.runUntil(assertRejects(
      () => batchRun(client, BATCH),
      ComputeSubmissionError,
      "Tasks may or may not have been submitted, and nothing was sent again (0 accepted)",
    ));
    const { taskGroupId, requestId, ...rest } = error;
    assertEquals(taskGroupId === undefined || taskGroupId === GROUP_ID, true);
    assertEquals(requestId, (error.cause as ComputeError).requestId);
    assertEquals(error.cause instanceof cause, true);
    assertEquals<unknown>(rest, {
      name: "ComputeSubmissionError",
      code: "ERR_COMPUTE_SUBMISSION",
      retryable: false,
      accepted: [],
      ambiguous: true,
      recoveredTaskIds: [],
    });
    await clock.advance(3_600_000);
    assertEquals(fetch.sent.map(({ route }) => route).filter((route) => route !== TASK_GROUP), [SUBMIT]);
  });
}

for (
  const [name, answer, type] of [
    ["400", html(400), ComputeHttpError],
    ["403", json({ code: "FUNCTION_NOT_PERMITTED" }, { status: 403 }), ComputeAuthorizationError],
    ["401", json({ code: "USER_UNAUTHENTICATED" }, { status: 401 }), ComputeAuthorizationError],
    ["404", json({ code: "ENDPOINT_NOT_FOUND" }, { status: 404 }), ComputeHttpError],
    ["409", json({ code: "RESOURCE_CONFLICT" }, { status: 409 }), ComputeHttpError],
    ["415", html(415), ComputeHttpError],
    ["423", json({ code: "RESOURCE_LOCKED" }, { status: 423 }), ComputeHttpError],
    ["413", json({ code: "TASK_PAYLOAD_TOO_LARGE" }, { status: 413 }), ComputeHttpError],
    ["422", json({ code: "SEMANTICALLY_INVALID" }, { status: 422 }), ComputeHttpError],
    ["429", html(429, RETRY_LATER), ComputeHttpError],
    [
      "503 with Retry-After of the service itself",
      json({ code: "UNKNOWN_ERROR" }, { status: 503, headers: RETRY_LATER }),
      ComputeHttpError,
    ],
  ] satisfies [string, Answer, typeof ComputeHttpError | typeof ComputeAuthorizationError][]
) {
  Deno.test(`batchRun() is sure that nothing runs after ${name}`, async () => {
    const { client, fetch, clock } = setUp();
    fetch.queue(SUBMIT, answer);
    await assertRejects(() => batchRun(client, BATCH), type as typeof ComputeHttpError);
    await clock.advance(3_600_000);
    assertEquals(fetch.sent.length, 1);
  });
}

Deno.test("batchRun() waits 60 s for an answer, is in doubt then, and sends nothing again", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(SUBMIT, never);
  const call = assertRejects(() => batchRun(client, BATCH), ComputeSubmissionError, "no answer within 60 s");
  await clock.advance(60_000);
  assertEquals((await call).cause instanceof ComputeNetworkError, true);
  await clock.advance(3_600_000);
  assertEquals(fetch.sent.length, 1);
});

Deno.test("a submission in doubt names no group where the batch names none", async () => {
  const { client, fetch } = setUp();
  fetch.queue(SUBMIT, html(500));
  const task = { endpointId: ENDPOINT_ID, functionId: id(7) };
  const error = await assertRejects(
    () => runTask(client, task),
    ComputeSubmissionError,
    "Tasks may or may not",
  );
  assertEquals("taskGroupId" in error, false);
});

Deno.test("a malformed answer to a submission is kept", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(SUBMIT, receipt({ [id(7)]: [id(1)] })).always(TASK_GROUP, EMPTY_GROUP);
  const { cause } = await clock.runUntil(
    assertRejects(() => batchRun(client, BATCH), ComputeSubmissionError),
  );
  assertEquals(JSON.parse((cause as ComputeDecodeError).raw).tasks, { [id(7)]: [id(1)] });
});

Deno.test("callFunction() is in doubt as batchRun() is, and does not wait then", async () => {
  const { client, fetch, clock } = setUp();
  const lost = new TypeError("fetch failed");
  fetch.queue(SUBMIT, lost);
  const task = { endpointId: ENDPOINT_ID, functionId: id(7) };
  const error = await clock.runUntil(assertRejects(() => callFunction(client, task), ComputeSubmissionError));
  assertStrictEquals((error.cause as Error).cause, lost);
  assertEquals(fetch.sent.length, 1);
});
