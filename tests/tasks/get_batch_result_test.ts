/** Proves that `getBatchResult()` gives the outcomes in order, and asks for no more than an answer may hold. */
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import {
  type Client,
  ComputeDecodeError,
  ComputeHttpError,
  ComputeTimeoutError,
  getBatchResult,
  getTask,
} from "../../mod.ts";
import { settle } from "../support/manual_clock.ts";
import { json, type SentRequest } from "../support/observed_fetch.ts";
import {
  asked,
  BATCH_STATUS,
  FAILED,
  id,
  ids,
  PENDING,
  setUp,
  statusOf,
  success,
  UNKNOWN,
} from "../support/task_helpers.ts";

Deno.test("getBatchResult() gives each task, failed and pending ones included, in the order asked", async () => {
  const { client, fetch, clock } = setUp();
  const entries = { [id(1)]: PENDING, [id(2)]: success(2), [id(3)]: FAILED, [id(4)]: UNKNOWN };
  fetch.always(BATCH_STATUS, statusOf({ ...entries, [id(5)]: { status: "Success", result: "00\nabc" } }));
  const outcomes = await getBatchResult(client, [id(5), id(4), id(3), id(2), id(1)]);
  assertEquals(
    outcomes.map(({ taskId, state }) => [taskId, state]),
    [[id(5), "undecodable"], [id(4), "notFound"], [id(3), "failed"], [id(2), "success"], [id(1), "pending"]],
  );
  assertEquals(asked(fetch).flat(), [id(5), id(4), id(3), id(2), id(1)]);
  assertEquals(clock.sleeping, 0);
});

Deno.test("getBatchResult() asks once for an id that is there twice, in whatever case", async () => {
  const upper = "ABCDEFAB-0000-4000-8000-00000000000A";
  const { client, fetch } = setUp();
  fetch.queue(BATCH_STATUS, statusOf({ [upper.toLowerCase()]: success(1), [id(2)]: PENDING }));
  const outcomes = await getBatchResult(client, [upper, id(2), upper.toLowerCase()]);
  assertEquals(outcomes.map(({ taskId }) => taskId), [upper.toLowerCase(), id(2), upper.toLowerCase()]);
  assertEquals(asked(fetch), [[upper.toLowerCase(), id(2)]]);
});

Deno.test("getBatchResult() answers in the order asked, whatever is asked", async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 9 })), async (numbers) => {
    const { client, fetch } = setUp();
    fetch.always(
      BATCH_STATUS,
      statusOf(Object.fromEntries(ids(9).map((taskId) => [taskId, success(taskId)]))),
    );
    const outcomes = await getBatchResult(client, numbers.map(id));
    assertEquals(outcomes.map((outcome) => outcome.state === "success" && outcome.result), numbers.map(id));
  }));
});

Deno.test("getBatchResult() takes a task that the answer leaves out for unknown", async () => {
  const { client, fetch } = setUp();
  fetch.queue(BATCH_STATUS, json({ response: "batch", results: {} }));
  assertEquals(await getBatchResult(client, [id(1)]), [{ taskId: id(1), state: "notFound" }]);
});

Deno.test("getBatchResult() sends nothing for no ids", async () => {
  const { client, fetch } = setUp();
  assertEquals(await getBatchResult(client, []), []);
  assertEquals(fetch.sent.length, 0);
});

Deno.test("getBatchResult() asks for few ids until it has seen how large results are, then for many", async () => {
  const { client, fetch } = setUp();
  const all = ids(2500);
  fetch.always(BATCH_STATUS, statusOf(Object.fromEntries(all.map((taskId) => [taskId, success(taskId)]))));
  const outcomes = await getBatchResult(client, all);
  assertEquals(outcomes.map(({ taskId }) => taskId), all);
  assertEquals(asked(fetch).map((chunk) => chunk.length), [3, 1000, 1000, 497]);
  assertEquals(asked(fetch).flat(), all);
});

Deno.test("getBatchResult() never asks for more than an answer may hold", async () => {
  const { client, fetch } = setUp();
  const large = { status: "success", result: `11\n"${"x".repeat(10_000_000)}"` };
  fetch.always(BATCH_STATUS, statusOf(Object.fromEntries(ids(7).map((taskId) => [taskId, large]))));
  await getBatchResult(client, ids(7));
  assertEquals(asked(fetch).map((chunk) => chunk.length), [3, 3, 1]);
});

Deno.test("getBatchResult() asks for more and more while nothing is done", async () => {
  const { client, fetch } = setUp();
  fetch.always(BATCH_STATUS, statusOf(Object.fromEntries(ids(100).map((taskId) => [taskId, PENDING]))));
  await getBatchResult(client, ids(100));
  assertEquals(asked(fetch).map((chunk) => chunk.length), [3, 12, 48, 37]);
});

Deno.test("getBatchResult() does not ask again for what the client has read", async () => {
  const { client, fetch } = setUp();
  const entries = { [id(1)]: success(1), [id(2)]: FAILED, [id(3)]: PENDING, [id(4)]: UNKNOWN };
  fetch.always(BATCH_STATUS, statusOf(entries));
  const first = await getBatchResult(client, ids(4));
  const second = await getBatchResult(client, ids(4));
  assertEquals(second.map(({ state }) => state), first.map(({ state }) => state));
  assertEquals(asked(fetch).flat(), [...ids(4), id(3), id(4)]);
  assertEquals((await getTask(client, id(1))).state, "success");
  assertEquals(await getBatchResult(client, [id(1)]), [first[0]]);
});

Deno.test("two clients share nothing", async () => {
  for (let turn = 0; turn < 2; turn++) {
    const { client, fetch } = setUp();
    fetch.queue(BATCH_STATUS, statusOf({ [id(1)]: success(1) }));
    await getBatchResult(client, [id(1)]);
    fetch.assertExhausted();
  }
});

Deno.test("getBatchResult() keeps the results of a call that was aborted", async () => {
  const { client, fetch, clock } = setUp();
  const { promise, resolve } = Promise.withResolvers<void>();
  const answer = statusOf({ [id(1)]: success(1), [id(2)]: PENDING });
  fetch.queue(BATCH_STATUS, (sent: SentRequest) => promise.then(() => answer(sent)), answer);
  const caller = new AbortController();
  const reason = new Error("no longer needed");
  const call = assertRejects(() => getBatchResult(client, [id(1), id(2)], { signal: caller.signal }));
  await settle();
  caller.abort(reason);
  assertStrictEquals(await call, reason);
  resolve();
  await settle();
  assertEquals((await getBatchResult(client, [id(1), id(2)])).map(({ state }) => state), [
    "success",
    "pending",
  ]);
  assertEquals(asked(fetch), [[id(1), id(2)], [id(2)]]);
  assertEquals(clock.sleeping, 0);
});

Deno.test("getBatchResult() begins no further request after an abort", async () => {
  const { client, fetch } = setUp();
  const caller = new AbortController();
  fetch.queue(BATCH_STATUS, () => {
    caller.abort();
    return json({ results: {} });
  });
  await assertRejects(() => getBatchResult(client, ids(300), { signal: caller.signal }));
  await settle();
  assertEquals(fetch.sent.length, 1);
  fetch.assertExhausted();
});

Deno.test("getBatchResult() tells which tasks it did not read in time", async () => {
  const { client, fetch, clock } = setUp();
  const all = ids(200);
  const entries = Object.fromEntries(all.map((taskId) => [taskId, success(1)]));
  fetch.queue(BATCH_STATUS, statusOf(entries), () => new Promise(() => {}));
  const call = assertRejects(() => getBatchResult(client, all, { timeoutMs: 1000 }), ComputeTimeoutError);
  await clock.advance(1000);
  const error = await call;
  assertEquals(error.taskIds, all.slice(3));
  assertEquals(error.timeoutMs, 1000);
  await clock.advance(60_000);
});

Deno.test("getBatchResult() keeps what came before an error", async () => {
  const { client, fetch } = setUp();
  const all = ids(129);
  const entries = Object.fromEntries(all.map((taskId) => [taskId, success(1)]));
  fetch.queue(BATCH_STATUS, statusOf(entries), new Response(null, { status: 500 }), statusOf(entries));
  await assertRejects(() => getBatchResult(client, all), ComputeHttpError);
  assertEquals((await getBatchResult(client, all)).length, 129);
  assertEquals(asked(fetch).map((chunk) => chunk.length), [3, 126, 126]);
});

Deno.test("getBatchResult() keeps every result of an answer of which one entry is malformed", async () => {
  const { client, fetch } = setUp();
  const results = {
    [id(1)]: success(1),
    [id(2)]: { task_id: id(9), ...success(9) },
    [id(3)]: null,
    [id(4)]: success(4),
  };
  fetch.queue(BATCH_STATUS, json({ results }), json({ results }));
  await getBatchResult(client, [id(1)]); // Now it knows how large results are, and asks for the others at once.
  await assertRejects(() => getBatchResult(client, ids(4)), ComputeDecodeError, `task ${id(2)}: it is about`);
  assertEquals((await getBatchResult(client, [id(1), id(4)])).map(({ state }) => state), [
    "success",
    "success",
  ]);
  assertEquals(fetch.sent.length, 2);
});

for (const body of [[], null, "batch", {}, { results: [] }, { results: null }]) {
  Deno.test(`getBatchResult() refuses ${JSON.stringify(body)} for an answer`, async () => {
    const { client, fetch } = setUp();
    fetch.queue(BATCH_STATUS, json(body));
    const error = await assertRejects(() => getBatchResult(client, [id(1)]), ComputeDecodeError, "'results'");
    assertEquals(JSON.parse(error.raw), body);
  });
}

Deno.test("getBatchResult() refuses ids that are none, and sends nothing", async () => {
  const { client, fetch } = setUp();
  await assertRejects(() => getBatchResult(client, [id(1), "x"]), RangeError, "'taskIds[1]'");
  await assertRejects(() => getBatchResult(client, id(1) as unknown as string[]), TypeError, "'taskIds'");
  await assertRejects(() => getBatchResult(client, [7] as unknown as string[]), TypeError, "'taskIds[0]'");
  assertEquals(fetch.sent.length, 0);
});

Deno.test("getBatchResult() reads what only Python writes as JSON", async () => {
  const { client, fetch } = setUp();
  const [long, none] = [id(1), id(2)];
  const results = {
    [long]: { status: "success", result: "11\n[9007199254740993]" },
    [none]: { status: "success", result: "11\n[NaN, -Infinity]" },
  };
  fetch.queue(BATCH_STATUS, json({ results }));
  const outcomes = await getBatchResult(client, [long, none]);
  assertEquals(outcomes.map((outcome) => outcome.state === "success" ? outcome.result : outcome), [
    [9007199254740993n],
    [NaN, -Infinity],
  ]);
});

Deno.test("getBatchResult() takes no more requests than it may, and says what it has not asked for", async () => {
  const { client, fetch } = setUp();
  fetch.always(BATCH_STATUS, statusOf(Object.fromEntries(ids(20).map((taskId) => [taskId, PENDING]))));
  const outcomes = await getBatchResult(client, [id(20).toUpperCase(), ...ids(19)], { maxRequests: 2 });
  assertEquals(asked(fetch), [[id(20), ...ids(2)], ids(14).slice(2)]);
  const statuses = outcomes.map((outcome) => outcome.state === "pending" && outcome.status);
  assertEquals(statuses, [...Array(15).fill("waiting-for-nodes"), ...Array(5).fill("unasked")]);
  assertEquals(outcomes.map(({ taskId }) => taskId), [id(20), ...ids(19)]);
});

Deno.test("getBatchResult() needs no request for what is in the store, and looks there alone with none", async () => {
  const { client, fetch } = setUp();
  fetch.queue(BATCH_STATUS, statusOf({ [id(1)]: success(1) }), statusOf({ [id(2)]: success(2) }));
  await getBatchResult(client, [id(1)]);
  const states = async (maxRequests: number) =>
    (await getBatchResult(client, ids(2), { maxRequests })).map((outcome) =>
      outcome.state === "pending" ? outcome.status : outcome.state
    );
  assertEquals(await states(0), ["success", "unasked"]);
  assertEquals(fetch.sent.length, 1);
  assertEquals(await states(1), ["success", "success"]);
  assertEquals(asked(fetch), [[id(1)], [id(2)]]);
});

/** Asks with calls of one request until none is left unasked; what it has once is not asked for again. */
async function askOneByOne(client: Client, taskIds: readonly string[]): Promise<void> {
  let left = taskIds;
  while (left.length > 0) {
    const outcomes = await getBatchResult(client, left, { maxRequests: 1 });
    left = outcomes.flatMap((one) => one.state === "pending" && one.status === "unasked" ? [one.taskId] : []);
  }
}

Deno.test("calls of one request ask for more and more while nothing is done, and for few the next time around", async () => {
  const { client, fetch } = setUp();
  fetch.always(BATCH_STATUS, statusOf(Object.fromEntries(ids(2_500).map((taskId) => [taskId, PENDING]))));
  const sizes = () => asked(fetch).map((chunk) => chunk.length);
  await askOneByOne(client, ids(2_500));
  const round = sizes();
  assertEquals([round.slice(0, 3), round.length], [[3, 12, 48], 7]);
  assertEquals(Math.max(...round), 1_000);
  assertEquals(asked(fetch).flat(), ids(2_500));
  await askOneByOne(client, ids(2_500));
  assertEquals(sizes(), [...round, ...round]); // They may all be done now, and large.
});

Deno.test("calls of one request never ask for more than an answer may hold", async () => {
  const { client, fetch } = setUp();
  const large = { status: "success", result: `11\n"${"x".repeat(10_000_000)}"` };
  const entries = Object.fromEntries(ids(20).map((taskId, i) => [taskId, i < 3 ? PENDING : large]));
  fetch.always(BATCH_STATUS, statusOf(entries));
  await askOneByOne(client, ids(3)); // Without a result: twelve have room now, as in one call.
  for (const taskId of ids(3)) entries[taskId] = large;
  await askOneByOne(client, ids(20)); // A new time around: three.
  assertEquals(asked(fetch).map((chunk) => chunk.length), [3, 3, 3, 3, 3, 3, 3, 2]);
});

Deno.test("a call without a limit begins small, whatever calls of one request have asked for", async () => {
  const { client, fetch } = setUp();
  fetch.always(BATCH_STATUS, statusOf(Object.fromEntries(ids(40).map((taskId) => [taskId, PENDING]))));
  await askOneByOne(client, ids(20));
  await getBatchResult(client, ids(40).slice(20));
  assertEquals(asked(fetch).map((chunk) => chunk.length), [3, 12, 5, 3, 12, 5]);
});
