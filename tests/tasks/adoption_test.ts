/**
 * Whose task it is that turns up after a lost answer: it is taken for ours only in a group whose id an earlier part of the
 * same call has brought, and which nobody has been shown. All else is named, and left in doubt.
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  accessToken,
  batchRun,
  callFunction,
  type ClientOptions,
  type ComputeEvent,
  ComputeNetworkError,
  ComputeSubmissionError,
  createClient,
  memoryStore,
  registerSource,
  runTask,
} from "../../mod.ts";
import { createLocalService } from "../../src/local/mod.ts";
import { type Answer, json } from "../support/observed_fetch.ts";
import { ManualClock } from "../support/manual_clock.ts";
import {
  copyCall,
  ENDPOINT_ID,
  GROUP_ID,
  id,
  receipt,
  setUp,
  SUBMIT,
  TASK_GROUP,
} from "../support/task_helpers.ts";

const F = id(7);
const TWO = { endpointId: ENDPOINT_ID, tasks: [1, 2].map((x) => ({ functionId: F, args: [x] })) };
const ONE_EACH = { maxTasksPerRequest: 1 };
/** How an error tells to free the key. */
const FREE_KEY = 'free the key: store.commit([{ key: "call/k", value: null }])';
const LOST = new TypeError("fetch failed");

function group(...taskIds: string[]): Response {
  return json({ taskgroup_id: GROUP_ID, tasks: taskIds.map((taskId) => ({ id: taskId })) });
}

Deno.test("a foreign task is not adopted: ours was lost before the service took it, and another process added one", async () => {
  const clock = new ManualClock();
  await using local = createLocalService({ clock, functions: { echo: (value) => value } });
  const options = {
    baseUrl: local.baseUrl,
    authorizer: accessToken(local.accessToken),
    clock,
    fetch: local.fetch,
  };
  const other = createClient(options);
  const { endpointId } = local;
  const functionId = await clock.runUntil(
    registerSource(other, { source: "def echo(value):\n    return value\n" }),
  );
  const task = { endpointId, functionId, args: ["first"] };
  const { taskGroupId } = await clock.runUntil(
    batchRun(other, { endpointId, tasks: [task].map(({ args }) => ({ functionId, args })) }),
  );
  let foreignId = "";
  const client = createClient({
    ...options,
    fetch: async (request) => {
      if (!new URL(request.url).pathname.endsWith("/submit")) return await local.fetch(request);
      foreignId = await runTask(other, { ...task, taskGroupId, args: ["theirs"] });
      throw new TypeError("connection reset");
    },
  });
  const call = runTask(client, { ...task, taskGroupId, args: ["ours"] });
  const error = await clock.runUntil(assertRejects(() => call, ComputeSubmissionError));
  assertEquals([error.ambiguous, error.accepted, error.recoveredTaskIds], [true, [], [foreignId]]);
  assertEquals(local.runs.some(({ payload }) => payload.includes("ours")), false);
});

for (const [name, looks] of [["at once", 1], ["at the third look", 3]] as const) {
  Deno.test(`the one task of a later part is adopted ${name}, and no event has shown its group before`, async () => {
    const events: ComputeEvent[] = [];
    const { client, fetch, clock } = setUp({ onEvent: (event) => void events.push(event) });
    const seen: string[] = [];
    const look = (...taskIds: string[]) => () => {
      seen.push(JSON.stringify(events));
      return group(...taskIds);
    };
    fetch.queue(SUBMIT, receipt({ [F]: [id(1)] }), LOST);
    fetch.queue(TASK_GROUP, ...Array.from({ length: looks - 1 }, () => look(id(1))), look(id(1), id(2)));
    const { taskIds, taskGroupId } = await clock.runUntil(batchRun(client, TWO, ONE_EACH));
    assertEquals([taskIds, taskGroupId], [[id(1), id(2)], GROUP_ID]);
    assertEquals([seen.length, seen.some((text) => text.includes(GROUP_ID))], [looks, false]);
    const submissions = events.filter((event) => event.kind === "submission");
    assertEquals(submissions.map(({ taskGroupId }) => taskGroupId), [GROUP_ID, GROUP_ID]);
    fetch.assertExhausted();
  });
}

Deno.test("the one task of a later part is not adopted where the group is in the store, or is the caller's", async () => {
  const cases: [batch: object, options: object][] = [
    [{}, { key: "k" }],
    [{ taskGroupId: GROUP_ID }, {}],
  ];
  for (const [batch, options] of cases) {
    const { client, fetch, clock } = setUp({ store: memoryStore() });
    fetch.queue(SUBMIT, receipt({ [F]: [id(1)] }), LOST);
    const tasks = [id(1)];
    fetch.always(
      TASK_GROUP,
      () =>
        group(
          ...fetch.bodies(SUBMIT).length < 2 ? tasks.slice(0, fetch.bodies(SUBMIT).length) : [id(1), id(2)],
        ),
    );
    const call = batchRun(client, { ...TWO, ...batch }, { ...ONE_EACH, ...options });
    const error = await clock.runUntil(assertRejects(() => call, ComputeSubmissionError));
    assertEquals(error.accepted, [{ index: 0, taskId: id(1) }]);
    assertEquals([error.ambiguous, error.recoveredTaskIds], [true, [id(2)]]);
  }
});

Deno.test("what a process was sending when it ended is named, and not taken for ours by the next one", async () => {
  const store = memoryStore();
  const left = memoryStore();
  const first = setUp({ store });
  first.fetch.queue(SUBMIT, receipt({ [F]: [id(1)] }), async () => {
    await copyCall(store, left);
    return receipt({ [F]: [id(2)] });
  });
  await first.clock.runUntil(batchRun(first.client, TWO, { ...ONE_EACH, key: "k" }));
  const next = setUp({ store: left });
  next.fetch.queue(TASK_GROUP, group(id(1), id(2)));
  const call = batchRun(next.client, TWO, { ...ONE_EACH, key: "k" });
  const error = await next.clock.runUntil(
    assertRejects(() => call, ComputeSubmissionError, FREE_KEY),
  );
  assertEquals(error.accepted, [{ index: 0, taskId: id(1) }]);
  assertEquals([error.ambiguous, error.recoveredTaskIds], [true, [id(2)]]);
  assertEquals(next.fetch.bodies(SUBMIT), []);
});

/** Answers to one submission after another. */
function attempts(...answers: Answer[]) {
  const world = setUp({ maxAttempts: 6 } satisfies Partial<ClientOptions>);
  world.fetch.queue(SUBMIT, ...answers);
  return world;
}

const REFUSED = Object.assign(new TypeError("fetch failed"), {
  cause: Object.assign(new Error("connect"), { code: "ECONNREFUSED" }),
});
const BUSY = () => new Response(null, { status: 429 });
const TASK = { endpointId: ENDPOINT_ID, functionId: F };

Deno.test("what has surely not reached the service is sent again, and ends in no doubt", async () => {
  const again = attempts(REFUSED, BUSY(), REFUSED, receipt({ [F]: [id(1)] }));
  assertEquals(await again.clock.runUntil(runTask(again.client, TASK)), id(1));
  assertEquals(again.fetch.sent.length, 4);
  const never = attempts(...Array.from({ length: 6 }, () => REFUSED));
  const error = await never.clock.runUntil(
    assertRejects(() => runTask(never.client, TASK), ComputeNetworkError),
  );
  assertEquals([error.unreached, never.fetch.sent.length], [true, 6]);
});

Deno.test("a submission that was not reached in time ends with its deadline, and in no doubt", async () => {
  const { client, clock } = attempts(...Array.from({ length: 6 }, () => REFUSED));
  const call = runTask(client, TASK, { timeoutMs: 200 });
  const error = await clock.runUntil(assertRejects(() => call));
  assertEquals(error instanceof ComputeSubmissionError, false, `${error}`);
});

Deno.test("a later part that does not reach the service leaves the batch in part, and in no doubt", async () => {
  const { client, clock } = attempts(receipt({ [F]: [id(1)] }), ...Array.from({ length: 6 }, () => REFUSED));
  const call = batchRun(client, TWO, ONE_EACH);
  const error = await clock.runUntil(assertRejects(() => call, ComputeSubmissionError, "in part"));
  assertEquals([error.ambiguous, error.accepted], [false, [{ index: 0, taskId: id(1) }]]);
  assert(error.cause instanceof ComputeNetworkError && error.cause.unreached);
});

Deno.test("one doubtful attempt makes a submission doubtful, whatever came before it", async () => {
  for (const before of [REFUSED, BUSY(), new Response(null, { status: 401 })]) {
    const { client, fetch, clock } = attempts(
      before,
      new Response(null, { status: 303 }),
      receipt({ [F]: [id(1)] }),
    );
    const tokens = ["one", "two", "three"];
    const renewing = createClient({
      authorizer: accessToken(() => tokens.shift() ?? "last"),
      baseUrl: client.baseUrl,
      fetch,
      clock,
    });
    const error = await clock.runUntil(
      assertRejects(() => callFunction(renewing, TASK), ComputeSubmissionError),
    );
    assertEquals([error.ambiguous, fetch.sent.length], [true, 2]);
  }
});

Deno.test("an answer that comes after an attempt was given up takes no doubt back", async () => {
  const { client, fetch, clock } = setUp();
  const stop = new AbortController();
  const { promise: answer, resolve } = Promise.withResolvers<Response>();
  fetch.queue(SUBMIT, async () => {
    stop.abort(new Error("enough"));
    return await answer;
  });
  const call = runTask(client, TASK, { signal: stop.signal });
  const error = await clock.runUntil(assertRejects(() => call, ComputeSubmissionError));
  resolve(new Response(null, { status: 422 }));
  await clock.advance(60_000);
  assertEquals(error.ambiguous, true);
});
