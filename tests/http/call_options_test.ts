/** Proves for each function that a signal and `timeoutMs` end its call, its requests and its timers. */
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  asCompleted,
  batchRun,
  callFunction,
  type CallOptions,
  type Client,
  ComputeSubmissionError,
  ComputeTimeoutError,
  getBatchResult,
  getResult,
  getTask,
  registerSource,
  runTask,
  waitForBatch,
} from "../../mod.ts";
import { settle } from "../support/manual_clock.ts";
import { never } from "../support/observed_fetch.ts";
import {
  BATCH_STATUS,
  ENDPOINT_ID,
  GROUP_ID,
  id,
  setUp,
  SUBMIT,
  TASK_GROUP,
  untilSent,
} from "../support/task_helpers.ts";

type Invoke = (client: Client, options: CallOptions) => Promise<unknown>;
type Route = [name: string, route: string, invoke: Invoke];

const TASK = { endpointId: ENDPOINT_ID, functionId: id(7) };
const BATCH = { endpointId: ENDPOINT_ID, tasks: [{ functionId: id(7) }] };

/** Calls that end their request with the call. */
const ENDING: Route[] = [
  [
    "registerSource()",
    "POST /v3/functions",
    (client, options) => registerSource(client, { source: "def f(): pass" }, options),
  ],
  [
    "waitForBatch()",
    TASK_GROUP,
    (client, options) => waitForBatch(client, { taskGroupId: GROUP_ID }, options),
  ],
  [
    "asCompleted()",
    TASK_GROUP,
    (client, options) => asCompleted(client, { taskGroupId: GROUP_ID }, options).next(),
  ],
];

/** Calls that submit: ended half-way, nobody knows what became of the task. */
const SUBMITTING: Route[] = [
  ["batchRun()", SUBMIT, (client, options) => batchRun(client, BATCH, options)],
  ["runTask()", SUBMIT, (client, options) => runTask(client, TASK, options)],
  ["callFunction()", SUBMIT, (client, options) => callFunction(client, TASK, options)],
];

/** Calls that leave their request to its end, as its answer may have a result that is handed over once. */
const READING: Route[] = [
  ["getTask()", `GET /v2/tasks/${id(1)}`, (client, options) => getTask(client, id(1), options)],
  ["getResult()", `GET /v2/tasks/${id(1)}`, (client, options) => getResult(client, id(1), options)],
  ["getBatchResult()", BATCH_STATUS, (client, options) => getBatchResult(client, [id(1)], options)],
];

for (const [name, route, invoke] of [...ENDING, ...SUBMITTING, ...READING]) {
  Deno.test(`${name} sends nothing when the signal is aborted already (${route})`, async () => {
    const { client, fetch, clock } = setUp();
    const reason = { why: "too late" };
    const error = await invoke(client, { signal: AbortSignal.abort(reason) }).catch((error) => error);
    assertStrictEquals(error, reason);
    await settle();
    assertEquals([fetch.sent.length, clock.sleeping], [0, 0]);
  });

  Deno.test(`${name} refuses a 'timeoutMs' that is none, and sends nothing (${route})`, async () => {
    for (const timeoutMs of [-1, NaN, -Infinity, "5", null, 5n] as number[]) {
      const { client, fetch } = setUp();
      const kind = typeof timeoutMs === "number" ? RangeError : TypeError;
      await assertRejects(() => invoke(client, { timeoutMs }), kind, "'timeoutMs'");
      assertEquals(fetch.sent.length, 0);
    }
  });
}

for (const [name, route, invoke] of [...ENDING, ...READING]) {
  Deno.test(`${name} passes the reason of an abort through untouched (${route})`, async () => {
    const { client, fetch } = setUp();
    fetch.queue(route, never);
    const caller = new AbortController();
    const reason = "a reason of no class";
    const call = invoke(client, { signal: caller.signal }).catch((error) => error);
    await untilSent(fetch);
    caller.abort(reason);
    assertStrictEquals(await call, reason);
    fetch.assertExhausted();
  });

  Deno.test(`${name} ends with a ComputeTimeoutError (${route})`, async () => {
    const { client, fetch, clock } = setUp();
    fetch.queue(route, never);
    const call = assertRejects(() => invoke(client, { timeoutMs: 500 }), ComputeTimeoutError, "500 ms");
    await untilSent(fetch);
    await clock.advance(499);
    assertEquals(await Promise.race([call, settle()]), undefined);
    await clock.advance(1);
    const error = await call;
    assertEquals(error.timeoutMs, 500);
    assertEquals([error.name, error.code, error.retryable], [
      "ComputeTimeoutError",
      "ERR_COMPUTE_TIMEOUT",
      true,
    ]);
  });
}

/** A call travels with others: its end is not that of their submission. */
const ALONE = SUBMITTING.filter(([name]) => name !== "callFunction()");

for (const [name, route, invoke] of [...ENDING, ...ALONE]) {
  Deno.test(`${name} ends its request with the call (${route})`, async () => {
    const { client, fetch, clock } = setUp();
    fetch.queue(route, never);
    const caller = new AbortController();
    const reason = new Error("no longer needed");
    const call = assertRejects(() => invoke(client, { signal: caller.signal }));
    await untilSent(fetch);
    assertEquals(fetch.sent[0]?.signal.aborted, false);
    caller.abort(reason);
    await call;
    assertStrictEquals(fetch.sent[0]?.signal.reason, reason);
    assertEquals(clock.sleeping, 0);
  });

  Deno.test(`${name} ends its request when its time is over (${route})`, async () => {
    const { client, fetch, clock } = setUp();
    fetch.queue(route, never);
    const call = assertRejects(() => invoke(client, { timeoutMs: 500 }));
    await untilSent(fetch);
    await clock.advance(499);
    assertEquals(fetch.sent[0]?.signal.aborted, false);
    await clock.advance(1);
    await call;
    assertEquals(fetch.sent[0]?.signal.reason instanceof ComputeTimeoutError, true);
    assertEquals(clock.sleeping, 0);
  });
}

for (const [name, route, invoke] of SUBMITTING) {
  Deno.test(`${name} is in doubt when it ends while the submission travels`, async () => {
    const { client, fetch, clock } = setUp();
    fetch.queue(route, never);
    const caller = new AbortController();
    const reason = new Error("no longer needed");
    const aborted = assertRejects(
      () => invoke(client, { signal: caller.signal }),
      ComputeSubmissionError,
      "no longer needed",
    );
    await clock.advance(10);
    caller.abort(reason);
    assertStrictEquals((await aborted).cause, reason);
    assertEquals(fetch.sent.length, 1);

    const other = setUp();
    other.fetch.queue(route, never);
    const late = assertRejects(
      () => invoke(other.client, { timeoutMs: 500 }),
      ComputeSubmissionError,
      "500 ms",
    );
    await other.clock.advance(500);
    const error = await late;
    assertEquals([error.ambiguous, error.cause instanceof ComputeTimeoutError], [true, true]);
    assertEquals(other.fetch.sent.length, 1);
  });
}

for (const [name, route, invoke] of READING) {
  Deno.test(`${name} leaves its request to its end (${route})`, async () => {
    const { client, fetch } = setUp();
    fetch.queue(route, never);
    const caller = new AbortController();
    const call = assertRejects(() => invoke(client, { signal: caller.signal }));
    await settle();
    caller.abort(new Error("no longer needed"));
    await call;
    assertEquals(fetch.sent[0]?.signal.aborted, false);
  });

  Deno.test(`${name} tells the task it did not read in time`, async () => {
    const { client, fetch, clock } = setUp();
    fetch.queue(route, never);
    const call = assertRejects(() => invoke(client, { timeoutMs: 1 }), ComputeTimeoutError);
    await clock.advance(1);
    assertEquals((await call).taskIds, [id(1)]);
  });
}

Deno.test("timeoutMs may be Infinity: only an attempt's own time ends the request", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue("POST /v3/functions", never);
  const call = registerSource(client, { source: "def f(): pass" }, { timeoutMs: Infinity });
  const over = assertRejects(() => call, Error, "no answer within 60 s");
  await untilSent(fetch);
  assertEquals(clock.sleeping, 1);
  await clock.advance(60_000);
  await over;
});
