/**
 * A batch is submitted once, goes on from where it was taken in part, and is in doubt where nobody can know.
 */
import { remove } from "../../../src/store/writes.ts";
import { assert, assertEquals } from "@std/assert";
import { memoryStore } from "../../../mod.ts";
import type { BatchRecord, TaskEntry } from "../../../edge/records/batch_record.ts";
import { readRecord } from "../../../edge/records/json_record.ts";
import { sentKey, tasksKey } from "../../../edge/records/keys.ts";
import { decide } from "../../../edge/submit/decide.ts";
import { submitBatch } from "../../../edge/submit/submit_batch.ts";
import { dyingStore } from "../dying_store.ts";
import { assertWholeBatches } from "../whole_batches.ts";
import {
  type Edge,
  edgeOf,
  type EdgeSetUp,
  goingOn,
  sendOn,
  setUpEdge,
  submissions,
  submitOn,
  told,
  UNTIL_MISSED_MS,
  worldOf,
} from "../edge_helpers.ts";

const refused = (status: number): Promise<Response> => Promise.resolve(new Response(null, { status }));

/** A handler whose hook makes a batch of two requests, the second of which meets this. */
async function setUpParts(
  second: (send: () => Promise<Response>) => Promise<Response>,
  count = 1_001,
): Promise<Edge> {
  let requests = 0;
  const edge: Edge = await setUpEdge({
    hook: {
      batch: () => ({
        endpointId: edge.local.endpointId,
        tasks: Array.from({ length: count }, (_, n) => ({ functionId: edge.functionId, args: [n] })),
      }),
    },
    fetch: submissions((send) => ++requests === 2 ? second(send) : send()),
  });
  return edge;
}

async function sendOne(
  edge: Pick<Edge, "handler" | "request" | "clock">,
): Promise<{ status: number; state: unknown; batchId: string }> {
  const { status, body } = await sendOn(edge, edge.request());
  return { status, state: body.state, batchId: String(body.batchId) };
}

async function taskIdsOf(edge: Edge, batchId: string): Promise<string[] | undefined> {
  const tasks = await readRecord<{ taskId: string }[]>(edge.store, tasksKey(batchId));
  return tasks?.value.map(({ taskId }) => taskId);
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => String(n));

Deno.test("submitBatch() goes on with a batch that was taken in part, from there", async () => {
  await using edge = await setUpParts(() => refused(401), 2_500);
  const { status, state, batchId } = await sendOne(edge);
  assertEquals([status, state, edge.runs().length], [202, "partlySubmitted", 1_000]);
  const before = await edge.record(batchId);
  assertEquals([before?.state, before?.takenCount], ["partlySubmitted", 1_000]);
  await assertWholeBatches(edge.store, "was taken in part");
  const { record } = await submitOn(edge, batchId);
  assertEquals([record?.state, record?.takenCount, edge.runs()], ["running", 2_500, numbers(2_500)]);
  assertEquals(await taskIdsOf(edge, batchId), edge.local.runs.map(({ taskId }) => taskId));
  assertEquals((await sendOne(edge)).state, "partlySubmitted"); // What it was told first.
  await assertWholeBatches(edge.store, "is submitted");
});

Deno.test("submitBatch() keeps what was taken of a batch whose rest is refused for good, for an operator", async () => {
  await using edge = await setUpParts(() => refused(422));
  const { status, state, batchId } = await sendOne(edge);
  const record = await edge.record(batchId);
  assertEquals([status, state, record?.takenCount, record?.doubt], [
    202,
    "partlySubmitted",
    1_000,
    undefined,
  ]);
  assertEquals(record?.submission.nextAtMs, undefined);
  assert(record?.submission.problem?.includes("422"), record?.submission.problem);
  assertEquals((await sendOne(edge)).batchId, batchId); // Tasks of it run: its id is not free.
  assertEquals((await submitOn(edge, batchId)).record?.state, "partlySubmitted");
  assertEquals(edge.runs().length, 1_000);
  const outcome = await decide(edge.context, batchId, "submitAgain");
  assert(outcome.state === "decided");
  assertEquals([outcome.record.state, edge.runs()], ["running", numbers(1_001)]);
});

const lose = async (send: () => Promise<Response>): Promise<Response> => {
  await (await send()).body?.cancel();
  throw new TypeError("reset");
};

Deno.test("submitBatch() names the one task of a rest whose answer was lost, and an operator may adopt it", async () => {
  await using edge = await setUpParts(lose);
  const { state, batchId } = await sendOne(edge);
  const runIds = edge.local.runs.map(({ taskId }) => taskId);
  const { doubt } = await edge.record(batchId) ?? {};
  assertEquals([state, edge.runs().length, doubt?.recoveredTaskIds], ["inDoubt", 1_001, runIds.slice(1_000)]);
  await edge.idle();
  await decide(edge.context, batchId, "adopt");
  assertEquals(await taskIdsOf(edge, batchId), runIds);
});

Deno.test("submitBatch() leaves a batch in doubt whose rest may be taken, with all that it knows to be adopted", async () => {
  await using edge = await setUpParts(lose, 1_002);
  const { state, batchId } = await sendOne(edge);
  const runIds = edge.local.runs.map(({ taskId }) => taskId);
  const { doubt, taskGroupId, takenCount } = await edge.record(batchId) ?? {};
  assertEquals([state, takenCount, typeof taskGroupId], ["inDoubt", 1_000, "string"]);
  assertEquals(doubt?.recoveredTaskIds.toSorted(), runIds.slice(1_000).toSorted());
  const outcome = await decide(edge.context, batchId, "adopt");
  assert(outcome.state === "decided" && outcome.record.state === "running");
  assertEquals((await taskIdsOf(edge, batchId))?.slice(0, 1_000), runIds.slice(0, 1_000));
  assertEquals((await taskIdsOf(edge, batchId))?.toSorted(), runIds.toSorted());
});

Deno.test("submitBatch() leaves alone what is done, what is somebody else's, and what is not there", async () => {
  await using edge = await setUpEdge();
  const { batchId } = await sendOne(edge);
  assertEquals((await submitOn(edge, batchId)).record?.state, "running");
  assertEquals((await submitOn(edge, crypto.randomUUID())).record, undefined);
  assertEquals(edge.runs().length, 1);
});

Deno.test("submitBatch() submits once, however many call it in however many processes", async () => {
  await using world = await setUpEdge();
  const store = memoryStore({ clock: world.clock });
  const setUp: EdgeSetUp = { store, hook: { answer: "accepted" } };
  const down = edgeOf({ ...worldOf(world), ...setUp, fetch: () => refused(401) });
  const { batchId } = await sendOne(down);
  await down.idle();
  const edges = [1, 2, 3].map(() => edgeOf({ ...worldOf(world), ...setUp }));
  const calls = Array.from({ length: 30 }, (_, n) => submitBatch((edges[n % 3] as Edge).context, batchId));
  const holdings = await Promise.all(calls);
  const states = new Set(holdings.flatMap((one) => one.isHeld ? [one.value.record?.state] : []));
  assertEquals(states, new Set(["running"]));
  assert(holdings.some(({ isHeld }) => !isHeld), "Two processes had the lane at once");
  assertEquals(world.runs().length, 1);
});

Deno.test("submitBatch() tells what keeps a batch from being submitted", async () => {
  await using world = await setUpEdge();
  for (
    const [change, state, text] of [
      [{ hooks: {} }, "submitting", "The submission failed"],
      [
        {
          hooks: {
            push: {
              ...world.options.hooks.push,
              authorizerFor: () => Promise.reject(new Error("a secret")),
            },
          },
        },
        "submitting",
        "The submission failed",
      ],
      ["unsent", "refused", "no longer in the store"],
    ] as const
  ) {
    const store = memoryStore({ clock: world.clock });
    const down = edgeOf({
      ...worldOf(world),
      store,
      hook: { answer: "accepted" },
      fetch: () => refused(401),
    });
    const { batchId } = await sendOne(down);
    await down.idle();
    if (change === "unsent") await remove(store, sentKey(batchId));
    const edge = edgeOf({
      ...worldOf(world),
      store,
      ...(change === "unsent" ? {} : { options: change as never }),
    });
    const record: BatchRecord | undefined = (await submitOn(edge, batchId)).record;
    assertEquals(record?.state, state);
    assert(record?.submission.problem?.includes(text), record?.submission.problem);
  }
  assertEquals(world.runs().length, 0);
});

for (const death of ["throws", "throwsAfter"] as const) {
  Deno.test(`submitBatch() notes the tasks of a batch with its state, also where the store ${death} for a while`, async () => {
    await using world = await setUpEdge();
    const store = memoryStore({ clock: world.clock });
    let failures = 0;
    const edge = edgeOf({
      ...worldOf(world),
      store: {
        ...store,
        async commit(changes) {
          const isTold = changes.some(({ key }) => key.startsWith("edge/tasks/"));
          if (!isTold || ++failures > 3) return await store.commit(changes);
          if (death === "throwsAfter" && failures === 1) await store.commit(changes);
          throw new Error("the store is gone");
        },
      },
    });
    const { status, body } = await sendOn(edge, edge.request());
    await goingOn(world, edge.idle());
    const batchId = String(body.batchId);
    assertEquals([status, body.state, world.runs().length], [202, "running", 1]);
    assertEquals(await taskIdsOf({ ...world, store }, batchId), world.local.runs.map(({ taskId }) => taskId));
    assertEquals(body.taskIds, world.local.runs.map(({ taskId }) => taskId));
    assertEquals(edge.events.filter(({ kind }) => kind === "batchSubmitted").length, 1);
    await assertWholeBatches(store, death);
  });
}

/** A process whose second request meets this, with a store that it may lose. */
async function dieBetween(world: Edge, death: "hangs" | "stalls", place: "at" | "after") {
  const store = memoryStore({ clock: world.clock });
  const dying = dyingStore(store, Infinity, death);
  const reached = Promise.withResolvers<void>();
  const goesOn = Promise.withResolvers<void>();
  const { endpointId } = world.local;
  const tasks = Array.from({ length: 2_500 }, (_, n) => ({ functionId: world.functionId, args: [n] }));
  let requests = 0;
  const first = edgeOf({
    ...worldOf(world),
    store: dying,
    hook: { batch: () => ({ endpointId, tasks }) },
    fetch: submissions(async (send) => {
      if (++requests !== (place === "at" ? 2 : 1)) return await send();
      const response = place === "at" ? undefined : await send();
      dying.lose();
      reached.resolve();
      await goesOn.promise;
      return response ?? await send();
    }),
  });
  const answering = first.handler(first.request());
  await reached.promise;
  const next = edgeOf({ ...worldOf(world), store, hook: { batch: () => ({ endpointId, tasks }) } });
  const { body } = await sendOn(next, next.request());
  const batchId = String(body.batchId);
  assertEquals([body.state, (await submitBatch(next.context, batchId)).isHeld], ["submitting", false]);
  await world.clock.advance(UNTIL_MISSED_MS);
  const { record } = await submitOn(next, batchId);
  assertEquals(record?.state, "inDoubt");
  const goOn = async () => {
    goesOn.resolve();
    dying.goOn();
    assertEquals((await told(await goingOn(world, answering))).body, body);
    await goingOn(world, first.idle());
  };
  return { store, next, batchId, record: record as BatchRecord, goOn, first };
}

Deno.test("submitBatch() leaves the second request in doubt, and no more, of a process that ends with it", async () => {
  await using world = await setUpEdge();
  const { store, next, batchId, record } = await dieBetween(world, "hangs", "at");
  assertEquals([record.takenCount, record.doubt?.start, record.doubt?.count], [1_000, 1_000, 1_000]);
  assertEquals(record.doubt?.recoveredTaskIds, []);
  await assertWholeBatches(store, "ends with the second request");
  const outcome = await decide(next.context, batchId, "submitAgain");
  assert(outcome.state === "decided");
  assertEquals([outcome.record.state, world.runs()], ["running", numbers(2_500)]);
  await assertWholeBatches(store, "is submitted again");
});

Deno.test("submitBatch() keeps what a process knows that has lost the lane between two requests, and another goes on", async () => {
  await using world = await setUpEdge();
  const { store, next, batchId, record, goOn } = await dieBetween(world, "stalls", "after");
  assertEquals([record.takenCount, record.doubt?.count, world.runs().length], [0, 1_000, 1_000]);
  await goOn();
  // The late answer has turned the doubt into certainty, and that process has sent nothing more.
  const known = await next.record(batchId);
  assertEquals([known?.state, known?.takenCount, known?.doubt], ["partlySubmitted", 1_000, undefined]);
  assertEquals(world.runs().length, 1_000);
  await assertWholeBatches(store, "lost the lane");
  const { record: last } = await submitOn(next, batchId);
  assertEquals([last?.state, last?.takenCount, world.runs()], ["running", 2_500, numbers(2_500)]);
  const tasks = await readRecord<TaskEntry[]>(store, tasksKey(batchId));
  assertEquals(tasks?.value.map(({ taskId }) => taskId), world.local.runs.map(({ taskId }) => taskId));
  await assertWholeBatches(store, "is submitted by another process");
});
