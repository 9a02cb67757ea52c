/** An operator's decision ends the doubt about a batch, once. */
import { listAll, put } from "../../../src/store/writes.ts";
import { assert, assertEquals } from "@std/assert";
import { readRecord } from "../../../edge/records/json_record.ts";
import type { BatchRecord, Doubt } from "../../../edge/records/batch_record.ts";
import { batchKey, DUE_PREFIX, tasksKey } from "../../../edge/records/keys.ts";
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

/** Makes of the doubt what it is where the task group is known, and so many tasks were taken by earlier requests. */
async function find(edge: Edge, batchId: string, taken: number, recovered: number): Promise<void> {
  const ids = edge.local.runs.map(({ taskId }) => taskId);
  const record = await edge.record(batchId) as BatchRecord;
  const doubt = record.doubt as Doubt;
  const changed: BatchRecord = {
    ...record,
    taskGroupId: "a5d1a0b0-2b22-4381-b899-ba73321e41e0",
    takenCount: taken,
    doubt: {
      ...doubt,
      start: taken,
      count: record.taskCount - taken,
      recoveredTaskIds: ids.slice(taken, taken + recovered),
    },
  };
  await put(edge.store, batchKey(batchId), JSON.stringify(changed));
  if (taken === 0) return;
  const entries = ids.slice(0, taken).map((taskId) => ({ taskId, state: "pending" }));
  await put(edge.store, tasksKey(batchId), JSON.stringify(entries));
}

Deno.test("decide() submits a batch again", async () => {
  const { edge, batchId } = await setUpDoubt();
  await using _ = edge;
  const outcome = await decide(edge.context, batchId, "submitAgain");
  assert(outcome.state === "decided");
  assertEquals([outcome.record.state, outcome.record.submission], ["running", { attempts: 2 }]);
  assertEquals(outcome.record.doubt, undefined);
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
  assertEquals([again.record.state, again.record.submission], ["inDoubt", { attempts: 2 }]);
  const third = await decide(edge.context, batchId, "submitAgain");
  assert(third.state === "decided");
  assertEquals([third.record.state, third.record.submission], ["running", { attempts: 3 }]);
  assertEquals(edge.runs().length, 3);
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

Deno.test("decide() gives a batch up", async () => {
  const { edge, batchId } = await setUpDoubt();
  await using _ = edge;
  const outcome = await decide(edge.context, batchId, "abandon");
  assert(outcome.state === "decided");
  assertEquals([outcome.record.state, outcome.record.endedAtMs], ["abandoned", edge.clock.nowMs()]);
  assertEquals(await Array.fromAsync(listAll(edge.store, DUE_PREFIX)), []);
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
