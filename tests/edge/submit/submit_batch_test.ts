/**
 * A batch is submitted once, goes on from where it was taken in part, and is in doubt where nobody can know.
 */
import { listAll, put, remove } from "../../../src/store/writes.ts";
import { assert, assertEquals } from "@std/assert";
import { memoryStore } from "../../../mod.ts";
import type { BatchRecord } from "../../../edge/records/batch_record.ts";
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
  sendAgain,
  setUpEdge,
  submissions,
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
  const { status, body } = await sendAgain(edge, () => edge.request());
  return { status, state: body.state, batchId: String(body.batchId) };
}

async function taskIdsOf(edge: Edge, batchId: string): Promise<string[] | undefined> {
  const tasks = await readRecord<{ taskId: string }[]>(edge.store, tasksKey(batchId));
  return tasks?.value.map(({ taskId }) => taskId);
}

Deno.test("submitBatch() goes on with a batch that was taken in part, from there", async () => {
  await using edge = await setUpParts(() => refused(401));
  const { status, state, batchId } = await sendOne(edge);
  assertEquals([status, state, edge.runs().length], [202, "submitting", 1_000]);
  const record = await submitBatch(edge.context, batchId);
  assertEquals([record?.state, edge.runs()], ["running", Array.from({ length: 1_001 }, (_, n) => String(n))]);
  const runIds = edge.local.runs.map(({ taskId }) => taskId);
  assertEquals(await taskIdsOf(edge, batchId), runIds);
});

Deno.test("submitBatch() leaves a batch in doubt whose rest is refused for good", async () => {
  await using edge = await setUpParts(() => refused(422));
  const { state, batchId } = await sendOne(edge);
  const record = await edge.record(batchId);
  assertEquals([state, record?.doubt?.accepted.length, record?.doubt?.recoveredTaskIds], [
    "inDoubt",
    1_000,
    [],
  ]);
  assert(record?.doubt?.message.startsWith("A part was taken, and the rest was not: "));
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
  await decide(edge.context, batchId, "adopt");
  assertEquals(await taskIdsOf(edge, batchId), runIds);
});

Deno.test("submitBatch() leaves a batch in doubt whose rest may be taken, with all that it knows to be adopted", async () => {
  await using edge = await setUpParts(lose, 1_002);
  const { state, batchId } = await sendOne(edge);
  const runIds = edge.local.runs.map(({ taskId }) => taskId);
  const { doubt, taskGroupId } = await edge.record(batchId) ?? {};
  assertEquals([state, doubt?.accepted.length, typeof taskGroupId], ["inDoubt", 1_000, "string"]);
  assertEquals(doubt?.recoveredTaskIds.toSorted(), runIds.slice(1_000).toSorted());
  const outcome = await decide(edge.context, batchId, "adopt");
  assert(outcome.state === "decided" && outcome.record.state === "running");
  assertEquals((await taskIdsOf(edge, batchId))?.slice(0, 1_000), runIds.slice(0, 1_000));
  assertEquals((await taskIdsOf(edge, batchId))?.toSorted(), runIds.toSorted());
});

Deno.test("submitBatch() leaves alone what is done, what is somebody else's, and what is not there", async () => {
  await using edge = await setUpEdge();
  const { batchId } = await sendOne(edge);
  assertEquals((await submitBatch(edge.context, batchId))?.state, "running");
  assertEquals(await submitBatch(edge.context, crypto.randomUUID()), undefined);
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
  const states = (await Promise.all(calls)).map((record) => record?.state);
  assert(
    states.every((state) => state === "running" || state === "submitting") && states.includes("running"),
  );
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
    const record: BatchRecord | undefined = await submitBatch(edge.context, batchId);
    assertEquals(record?.state, state);
    assert(record?.submission.problem?.includes(text), record?.submission.problem);
  }
  assertEquals(world.runs().length, 0);
});

Deno.test("submitBatch() submits nothing under a key that stands for another batch", async () => {
  await using world = await setUpEdge();
  const store = memoryStore({ clock: world.clock });
  const setUp: EdgeSetUp = { store, hook: { answer: "accepted" } };
  const down = edgeOf({ ...worldOf(world), ...setUp, fetch: () => refused(401) });
  const { batchId } = await sendOne(down);
  await down.idle();
  await put(
    store,
    `call/${batchId}`,
    JSON.stringify({
      fingerprint: "other",
      endpointId: world.local.endpointId,
      taskIds: [],
      requestIds: [],
      sending: 0,
    }),
  );
  const record = await submitBatch(edgeOf({ ...worldOf(world), ...setUp }).context, batchId);
  assertEquals([record?.state, world.runs().length], ["inDoubt", 0]);
});

for (const death of ["throws", "throwsAfter"] as const) {
  Deno.test(`submitBatch() notes the tasks of a batch with its state, also where the store ${death}`, async () => {
    await using world = await setUpEdge();
    const store = memoryStore({ clock: world.clock });
    const dying = dyingStore(store, Infinity, "throws");
    const first = edgeOf({
      ...worldOf(world),
      store: {
        ...dying,
        async commit(changes) {
          const isLast = changes.some(({ key }) => key.startsWith("edge/tasks/"));
          if (isLast && death === "throwsAfter") await dying.commit(changes);
          if (isLast) dying.lose();
          return await dying.commit(changes);
        },
      },
    });
    assertEquals((await first.handler(first.request())).status, 503);
    await assertWholeBatches(store, death);
    const [key] = await Array.fromAsync(listAll(store, "edge/tasks/"));
    assertEquals(key !== undefined, death === "throwsAfter");
    // Another process has asked for the tasks meanwhile: what it knows of them stays.
    const known = JSON.stringify([{
      taskId: world.local.runs[0]?.taskId,
      state: "pending",
      status: "running",
    }]);
    if (key !== undefined) await put(store, key, known);
    await world.clock.advance(25_000);
    const next = edgeOf({ ...worldOf(world), store });
    const { state, batchId } = await sendOne(next);
    assertEquals([state, world.runs().length], ["running", 1]);
    const tasks = await store.get(tasksKey(batchId));
    assertEquals(tasks, key === undefined ? known.replace(',"status":"running"', "") : known);
  });
}
