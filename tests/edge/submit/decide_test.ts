/** An operator's decision ends the doubt about a batch, once. */
import { put } from "../../../src/store/writes.ts";
import { assert, assertEquals } from "@std/assert";
import { readRecord, updateRecord } from "../../../edge/records/json_record.ts";
import type { BatchRecord } from "../../../edge/records/batch_record.ts";
import { batchKey, openKey, tasksKey } from "../../../edge/records/keys.ts";
import { decide } from "../../../edge/submit/decide.ts";
import { type Edge, setUpEdge, told } from "../edge_helpers.ts";

/** A batch of so many tasks, the answer to which was lost. */
async function setUpDoubt(tasks = 1): Promise<{ edge: Edge; batchId: string }> {
  const edge: Edge = await setUpEdge({
    hook: {
      batch: () => ({
        endpointId: edge.local.endpointId,
        tasks: Array.from({ length: tasks }, (_, n) => ({ functionId: edge.functionId, args: [n] })),
      }),
    },
  });
  edge.local.setFaults({ failNext: ["resetAfterTaken"] });
  const { body } = await told(await edge.handler(edge.request()));
  assertEquals(body.state, "inDoubt");
  return { edge, batchId: String(body.batchId) };
}

/** Makes of the doubt what it is where the task group is known. */
async function find(edge: Edge, batchId: string, accepted: number, recovered: number): Promise<void> {
  const ids = edge.local.runs.map(({ taskId }) => taskId);
  await updateRecord<BatchRecord>(edge.store, batchKey(batchId), (record) => ({
    ...record,
    taskGroupId: "a5d1a0b0-2b22-4381-b899-ba73321e41e0",
    doubt: {
      message: "",
      sinceMs: 0,
      accepted: ids.slice(0, accepted).map((taskId, index) => ({ index, taskId })),
      recoveredTaskIds: ids.slice(accepted, accepted + recovered),
    },
  }), 1_000_000);
}

Deno.test("decide() submits a batch again, under another key", async () => {
  const { edge, batchId } = await setUpDoubt();
  await using _ = edge;
  const outcome = await decide(edge.context, batchId, "submitAgain");
  assert(outcome.state === "decided");
  assertEquals([outcome.record.state, outcome.record.submission.key], ["running", `${batchId}.2`]);
  assertEquals([outcome.record.submission.onDoubt, outcome.record.doubt], [undefined, undefined]);
  assertEquals(edge.runs(), ["0", "0"]);
  assertEquals(await decide(edge.context, batchId, "submitAgain"), {
    state: "refused",
    reason: "The batch is not in doubt: its state is 'running'",
  });
});

Deno.test("decide() submits a batch again that is in doubt again, as often as somebody decides it", async () => {
  const { edge, batchId } = await setUpDoubt();
  await using _ = edge;
  edge.local.setFaults({ failNext: ["resetAfterTaken"] });
  const again = await decide(edge.context, batchId, "submitAgain");
  assert(again.state === "decided");
  assertEquals([again.record.state, again.record.submission.key], ["inDoubt", `${batchId}.2`]);
  const third = await decide(edge.context, batchId, "submitAgain");
  assert(third.state === "decided");
  assertEquals([third.record.state, third.record.submission.key], ["running", `${batchId}.3`]);
  assertEquals(edge.runs().length, 3);
});

Deno.test("decide() sends nothing again where the doubt is over", async () => {
  const { edge, batchId } = await setUpDoubt();
  await using _ = edge;
  // A process that stood still has noted under the key what became of it.
  const found = await readRecord<object>(edge.store, `call/${batchId}`);
  const taskIds = edge.local.runs.map(({ taskId }) => taskId);
  await put(
    edge.store,
    `call/${batchId}`,
    JSON.stringify({ ...found?.value, taskIds, taskGroupId: "g", sending: 0 }),
  );
  const outcome = await decide(edge.context, batchId, "submitAgain");
  assert(outcome.state === "decided");
  assertEquals([outcome.record.state, outcome.record.submission.key, edge.runs().length], [
    "running",
    batchId,
    1,
  ]);
  assertEquals((await readRecord(edge.store, tasksKey(batchId)))?.value, [{
    taskId: taskIds[0],
    state: "pending",
  }]);
});

Deno.test("decide() adopts what was found, if all was found", async () => {
  const { edge, batchId } = await setUpDoubt(3);
  await using _ = edge;
  await find(edge, batchId, 1, 1);
  assertEquals(await decide(edge.context, batchId, "adopt"), {
    state: "refused",
    reason: "The batch has 3 tasks, and 2 were found",
  });
  await find(edge, batchId, 1, 2);
  const outcome = await decide(edge.context, batchId, "adopt");
  assert(outcome.state === "decided" && outcome.record.state === "running");
  const tasks = await readRecord<{ taskId: string }[]>(edge.store, tasksKey(batchId));
  assertEquals(tasks?.value.map(({ taskId }) => taskId), edge.local.runs.map(({ taskId }) => taskId));
  assertEquals(edge.runs().length, 3);
});

Deno.test("decide() gives the places that are left to tasks whose places nobody knows", async () => {
  const { edge, batchId } = await setUpDoubt(3);
  await using _ = edge;
  await updateRecord<BatchRecord>(edge.store, batchKey(batchId), (record) => ({
    ...record,
    taskGroupId: "g",
    doubt: { message: "", sinceMs: 0, accepted: [{ index: 1, taskId: "b" }], recoveredTaskIds: ["a", "c"] },
  }), 1_000_000);
  await decide(edge.context, batchId, "adopt");
  const tasks = await readRecord<{ taskId: string }[]>(edge.store, tasksKey(batchId));
  assertEquals(tasks?.value.map(({ taskId }) => taskId), ["a", "b", "c"]);
});

Deno.test("decide() gives a batch up", async () => {
  const { edge, batchId } = await setUpDoubt();
  await using _ = edge;
  const outcome = await decide(edge.context, batchId, "abandon");
  assert(outcome.state === "decided");
  assertEquals([outcome.record.state, outcome.record.endedAtMs], ["abandoned", edge.clock.nowMs()]);
  assertEquals(await edge.store.get(openKey(batchId)), undefined);
  assertEquals([edge.events.at(-1)?.kind, edge.runs().length], ["batchAbandoned", 1]);
  assertEquals((await decide(edge.context, batchId, "abandon")).state, "refused");
});

Deno.test("decide() lets one of several decide", async () => {
  const { edge, batchId } = await setUpDoubt();
  await using _ = edge;
  const decisions = ["submitAgain", "abandon", "submitAgain", "adopt", "abandon"] as const;
  const outcomes = await Promise.all(decisions.map((decision) => decide(edge.context, batchId, decision)));
  assertEquals(outcomes.filter(({ state }) => state === "decided").length, 1);
  assert(edge.runs().length <= 2);
  assertEquals((await decide(edge.context, crypto.randomUUID(), "abandon")).state, "notFound");
});
