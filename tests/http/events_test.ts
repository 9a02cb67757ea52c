/** Proves what `onEvent` is told of requests, submissions, retries, pauses and ended tasks. */
import { assertEquals, assertInstanceOf } from "@std/assert";
import {
  accessToken,
  batchRun,
  type Client,
  type ComputeEvent,
  ComputeHttpError,
  ComputeSubmissionError,
  createClient,
  getBatchResult,
  rateLimiter,
  runTask,
} from "../../mod.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { createObservedFetch, type ObservedFetch } from "../support/observed_fetch.ts";

const ENDPOINT_ID = "4b116d3c-1703-4f8f-9f6f-39921e5864df";
const FUNCTION_ID = "b0a5d1a0-2b22-4381-b899-ba73321e41e0";
const GROUP_ID = "5ed6b6b5-ef9b-4aa7-8a1c-c4a5a6aa0d4f";
const TASK_IDS = ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"];
const SUBMIT = `POST /v3/endpoints/${ENDPOINT_ID}/submit`;
const STATUS = "POST /v2/batch_status";

interface SetUp {
  client: Client;
  clock: ManualClock;
  fetch: ObservedFetch;
  events: ComputeEvent[];
}

function setUp({ requests = 20 } = {}): SetUp {
  const clock = new ManualClock();
  const fetch = createObservedFetch();
  const events: ComputeEvent[] = [];
  const client = createClient({
    authorizer: accessToken("a-token"),
    fetch,
    clock,
    limiter: rateLimiter({ requests, clock }),
    onEvent(event) {
      events.push(event);
      throw new Error("A listener that fails ends nothing");
    },
  });
  return { client, clock, fetch, events };
}

function taken(taskIds: readonly string[]): Response {
  const body = { request_id: "submission-7", task_group_id: GROUP_ID, endpoint_id: ENDPOINT_ID };
  return Response.json({ ...body, tasks: { [FUNCTION_ID]: taskIds } }, {
    headers: { "x-request-id": "request-1" },
  });
}

function batchOf(count: number): Parameters<typeof batchRun>[1] {
  return {
    endpointId: ENDPOINT_ID,
    tasks: Array.from({ length: count }, () => ({ functionId: FUNCTION_ID })),
  };
}

Deno.test("onEvent is told of a request and of the submission that it carried", async () => {
  const { client, fetch, events } = setUp();
  fetch.queue(SUBMIT, taken(TASK_IDS));
  await batchRun(client, batchOf(2));
  assertEquals(events, [
    {
      kind: "request",
      method: "POST",
      path: SUBMIT.slice(5),
      durationMs: 0,
      status: 200,
      requestId: "request-1",
    },
    {
      kind: "submission",
      endpointId: ENDPOINT_ID,
      taskCount: 2,
      outcome: "accepted",
      taskGroupId: GROUP_ID,
      taskIds: TASK_IDS,
      requestId: "submission-7",
    },
  ]);
});

Deno.test("onEvent is told of a refusal, with the service's request id in the error too", async () => {
  const { client, fetch, events } = setUp();
  const refusal = { status: 400, headers: { "x-request-id": "request-2" } };
  fetch.queue(SUBMIT, Response.json({ code: "SEMANTICALLY_INVALID", detail: "no" }, refusal));
  const error = await batchRun(client, batchOf(1)).catch((error) => error);
  assertInstanceOf(error, ComputeHttpError);
  assertEquals(error.requestId, "request-2");
  assertEquals(events, [
    {
      kind: "request",
      method: "POST",
      path: SUBMIT.slice(5),
      durationMs: 0,
      status: 400,
      requestId: "request-2",
      error,
    },
    {
      kind: "submission",
      endpointId: ENDPOINT_ID,
      taskCount: 1,
      outcome: "refused",
      taskIds: [],
      requestId: "request-2",
      error,
    },
  ]);
});

Deno.test("onEvent is told that a submission is in doubt, and the error names the request of its cause", async () => {
  const { client, fetch, events } = setUp();
  const failure = new Response("", { status: 502, headers: { "x-request-id": "request-3" } });
  fetch.queue(SUBMIT, failure);
  const error = await batchRun(client, batchOf(1)).catch((error) => error);
  assertInstanceOf(error, ComputeSubmissionError);
  assertEquals([error.ambiguous, error.requestId], [true, "request-3"]);
  const { kind, ...told } = events.at(-1) as ComputeEvent & { kind: "submission" };
  assertEquals([kind, told.outcome, told.requestId], ["submission", "inDoubt", "request-3"]);
});

Deno.test("onEvent is told of a retry before its pause, and of each attempt", async () => {
  const { client, clock, fetch, events } = setUp();
  fetch.queue(STATUS, new Error("reset"), Response.json({ results: {} }));
  await clock.runUntil(getBatchResult(client, TASK_IDS.slice(0, 1)));
  const [first, retry, second, read] = events;
  assertEquals([first?.kind, retry?.kind, second?.kind, read?.kind], [
    "request",
    "retry",
    "request",
    "tasksRead",
  ]);
  const { attempts, delayMs, path } = retry as ComputeEvent & { kind: "retry" };
  assertEquals([attempts, path, delayMs >= 0 && delayMs <= 500], [1, "/v2/batch_status", true]);
});

Deno.test("onEvent is told how long a request was held back", async () => {
  const { client, clock, fetch, events } = setUp({ requests: 1 });
  fetch.queue(SUBMIT, taken(TASK_IDS.slice(0, 1)), taken(TASK_IDS.slice(1)));
  const task = { endpointId: ENDPOINT_ID, functionId: FUNCTION_ID };
  await clock.runUntil(Promise.all([runTask(client, task), runTask(client, task)]));
  const held = events.filter(({ kind }) => kind === "rateLimited");
  assertEquals(held, [{ kind: "rateLimited", method: "POST", path: SUBMIT.slice(5), waitedMs: 10_100 }]);
});

Deno.test("onEvent is told once how each task has ended", async () => {
  const { client, fetch, events } = setUp();
  const ids = ["1", "2", "3", "4", "5"].map((digit) => `00000000-0000-4000-8000-00000000000${digit}`);
  const [good, bad, lost, open] = ids as [string, string, string, string];
  const known: Record<string, object> = {
    [good]: { status: "success", result: '11\n{"a": 1}' },
    [bad]: { status: "failed", exception: "Traceback" },
    [lost]: { status: "failed", reason: "The endpoint went away" },
    [open]: { status: "running" },
  };
  fetch.always(STATUS, ({ text }) => {
    const asked: string[] = JSON.parse(text).task_ids;
    const found = asked.filter((id) => id in known).map((id) => [id, { task_id: id, ...known[id] }]);
    return Response.json({ results: Object.fromEntries(found) });
  });
  await getBatchResult(client, ids);
  await getBatchResult(client, [good, bad, lost]);
  const counts = { successCount: 0, failedCount: 0, pendingCount: 0, unknownCount: 0 };
  for (const event of events) {
    if (event.kind !== "tasksRead") continue;
    for (const name of Object.keys(counts) as (keyof typeof counts)[]) counts[name] += event[name];
  }
  assertEquals(counts, { successCount: 1, failedCount: 2, pendingCount: 1, unknownCount: 1 });
});
