/** Proves what one attempt of a request comes to: broken bodies, lost connections, time-outs, and doubt or refusal. */
import { assertEquals, assertRejects, assertStrictEquals, assertStringIncludes } from "@std/assert";
import {
  batchRun,
  ComputeAuthorizationError,
  ComputeNetworkError,
  ComputeSubmissionError,
  createClient,
  getTask,
  registerSource,
} from "../../mod.ts";
import { json, never } from "../support/observed_fetch.ts";
import { ENDPOINT_ID, id, setUp, SUBMIT, untilSent } from "../support/task_helpers.ts";

const PATH = `/v2/tasks/${id(1)}`;
const TASK = `GET ${PATH}`;

for (
  const [name, response, text] of [
    ["an empty body", new Response(""), "status 200 came with an empty body"],
    ["no body", new Response(null, { status: 204 }), "status 204 came with an empty body"],
    [
      "a page of a proxy",
      new Response("<html></html>", { headers: { "content-type": "text/html" } }),
      "status 200 came with a body that is no JSON (text/html, 13 characters)",
    ],
    [
      "truncated JSON",
      new Response('{"status": "suc', { headers: { "content-type": "application/json" } }),
      "status 200 came with a body that is no JSON (application/json, 15 characters)",
    ],
    [
      "bytes of no content type",
      new Response(new Uint8Array([1, 2])),
      "status 200 came with a body that is no JSON (no content type, 2 characters)",
    ],
  ] as const
) {
  Deno.test(`a success with ${name} is a ComputeNetworkError`, async () => {
    const { client, fetch, clock } = setUp();
    fetch.queue(TASK, response);
    const error = await assertRejects(() => getTask(client, id(1)), ComputeNetworkError);
    const { message, code, retryable } = error;
    assertEquals({ message, name: error.name, code, retryable }, {
      message: `GET ${PATH} failed: ${text}`,
      name: "ComputeNetworkError",
      code: "ERR_COMPUTE_NETWORK",
      retryable: true,
    });
    assertEquals(clock.sleeping, 0);
  });
}

Deno.test("a broken success has the service's request id, and not its body, in the error", async () => {
  const { client, fetch } = setUp();
  fetch.queue(TASK, new Response("secret result", { headers: { "x-request-id": "R-1" } }));
  const error = await assertRejects(() => getTask(client, id(1)), ComputeNetworkError);
  assertEquals(error.requestId, "R-1");
  assertEquals(Deno.inspect(error).includes("secret"), false);
});

Deno.test("a success need not say that it is JSON", async () => {
  const { client, fetch } = setUp();
  fetch.queue(TASK, new Response('{"status":"running"}', { headers: { "content-type": "text/plain" } }));
  assertEquals(await getTask(client, id(1)), { taskId: id(1), state: "pending", status: "running" });
});

Deno.test("a success may have any status of 2xx and a body in pieces", async () => {
  const { client, fetch } = setUp();
  const bytes = new TextEncoder().encode('{"status":"ausführend"}');
  const body = new ReadableStream({
    start(controller) {
      for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
      controller.close();
    },
  });
  fetch.queue(TASK, new Response(body, { status: 202 }));
  assertEquals(await getTask(client, id(1)), { taskId: id(1), state: "pending", status: "ausführend" });
});

Deno.test("a connection that fails is a ComputeNetworkError with the runtime's reason", async () => {
  const { client, fetch } = setUp();
  const failure = new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED 127.0.0.1:5000") });
  fetch.queue(TASK, failure);
  const error = await assertRejects(() => getTask(client, id(1)), ComputeNetworkError);
  assertEquals(error.message, `GET ${PATH} failed: fetch failed (connect ECONNREFUSED 127.0.0.1:5000)`);
  assertStrictEquals(error.cause, failure);
});

Deno.test("a fetch that throws what is no error is a ComputeNetworkError too", async () => {
  const { clock } = setUp();
  const client = createClient({
    authorizer: (request) => request,
    clock,
    fetch: () => Promise.reject("socket gone"),
    maxAttempts: 1,
  });
  await assertRejects(() => getTask(client, id(1)), ComputeNetworkError, "failed: socket gone");
});

Deno.test("an answer that breaks off is a ComputeNetworkError", async () => {
  const { client, fetch } = setUp();
  const body = new ReadableStream({
    pull: (controller) => controller.error(new Error("connection reset")),
  });
  fetch.queue(TASK, new Response(body));
  await assertRejects(() => getTask(client, id(1)), ComputeNetworkError, "connection reset");
});

Deno.test("an attempt has 60 s until its answer is there", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue("POST /v3/functions", never);
  const call = assertRejects(
    () => registerSource(client, { source: "def f(): pass" }),
    ComputeNetworkError,
    "POST /v3/functions failed: no answer within 60 s",
  );
  await untilSent(fetch);
  await clock.advance(59_999);
  assertEquals(fetch.sent[0]?.signal.aborted, false);
  await clock.advance(1);
  assertStrictEquals(fetch.sent[0]?.signal.reason, await call);
  assertEquals(clock.sleeping, 0);
});

Deno.test("an attempt has 60 s until its body is read", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue("POST /v3/functions", new Response(new ReadableStream()));
  const call = assertRejects(() => registerSource(client, { source: "def f(): pass" }), ComputeNetworkError);
  await untilSent(fetch);
  await clock.advance(60_000);
  assertStringIncludes((await call).message, "no answer within 60 s");
});

Deno.test("an error document that never ends has 60 s too", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue("POST /v3/functions", new Response(new ReadableStream(), { status: 500 }));
  const call = assertRejects(() => registerSource(client, { source: "def f(): pass" }), ComputeNetworkError);
  await untilSent(fetch);
  await clock.advance(60_000);
  assertStringIncludes((await call).message, "no answer within 60 s");
});

for (
  const [name, init, isInDoubt] of [
    ["a 403", { status: 403 }, false],
    ["a 422", { status: 422 }, false],
    ["a 303", { status: 303 }, true],
    ["a 408", { status: 408 }, true],
    ["a 503 with Retry-After", { status: 503, headers: { "retry-after": "1" } }, true],
    ["a 500", { status: 500 }, true],
    ["a 503", { status: 503 }, true],
  ] as const
) {
  const what = isInDoubt ? "in doubt" : "refused";
  Deno.test(`a submission that is given up while the body of ${name} is read is ${what}`, async () => {
    const { client, fetch } = setUp();
    const reading = Promise.withResolvers<void>();
    const body = new ReadableStream({ pull: () => reading.resolve() }, { highWaterMark: 0 });
    fetch.queue(SUBMIT, new Response(body, init));
    const stop = new AbortController();
    const batch = { endpointId: ENDPOINT_ID, tasks: [{ functionId: id(7) }] };
    const call = assertRejects(() => batchRun(client, batch, { signal: stop.signal }));
    await reading.promise;
    const reason = new Error("enough");
    stop.abort(reason);
    const error = await call;
    if (isInDoubt) assertEquals(error instanceof ComputeSubmissionError && error.ambiguous, true);
    else assertStrictEquals(error, reason);
  });
}

Deno.test("a body that asks for another login is no refusal with a 408, which proves nothing", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(SUBMIT, json({ authorization_parameters: { prompt: "login" } }, { status: 408 }));
  const batch = { endpointId: ENDPOINT_ID, tasks: [{ functionId: id(7) }] };
  const error = await clock.runUntil(assertRejects(() => batchRun(client, batch), ComputeSubmissionError));
  assertEquals([error.ambiguous, error.cause instanceof ComputeAuthorizationError], [true, true]);
});

Deno.test("an answer in time leaves no timer behind", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue("POST /v3/functions", json({ function_uuid: id(7) }));
  await registerSource(client, { source: "def f(): pass" });
  assertEquals(clock.sleeping, 0);
});
