/** The largest batch that is taken is written whole at each step of its life: each of its commits is one that a store takes. */
import { assert, assertEquals } from "@std/assert";
import { memoryStore, type Store } from "../../../mod.ts";
import { openBatch, saveBatch } from "../../../edge/collect/asked_batch.ts";
import { newsOf } from "../../../edge/collect/task_news.ts";
import { MAX_TASKS } from "../../../edge/options.ts";
import { type BatchRecord, MAX_RECORD_BYTES, type TaskEntry } from "../../../edge/records/batch_record.ts";
import { readRecord, type Versioned } from "../../../edge/records/json_record.ts";
import { batchKey, tasksKey } from "../../../edge/records/keys.ts";
import { decide } from "../../../edge/submit/decide.ts";
import { edgeOf, setUpEdge, worldOf } from "../edge_helpers.ts";

const LARGE_STORE = { maxBytes: 2 ** 30 };
const ID = crypto.randomUUID();

/** A handler whose store has a batch of so many tasks, with as much as may be known of its sender. */
async function setUpLargest(changes: Partial<BatchRecord>) {
  const edge = await setUpEdge();
  const store: Store = memoryStore({ clock: edge.clock, ...LARGE_STORE });
  const nowMs = edge.clock.nowMs();
  const record: BatchRecord = {
    id: ID,
    hook: "push",
    deliveryId: "msg_1",
    fingerprint: "",
    state: "running",
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    endpointId: edge.local.endpointId,
    taskCount: MAX_TASKS,
    takenCount: MAX_TASKS,
    taskGroupId: crypto.randomUUID(),
    counts: { pending: MAX_TASKS, success: 0, failed: 0, lost: 0 },
    submission: { attempts: 1 },
    collection: { nextAtMs: nowMs, cursor: 0, failures: 0, renewedAtMs: nowMs, quietMs: 0 },
    claims: { groups: "x".repeat(MAX_RECORD_BYTES - 1_000) },
    ...changes,
  };
  await store.commit([{ key: batchKey(ID), value: JSON.stringify(record) }]);
  const { context } = edgeOf({ ...worldOf(edge), store });
  return { context, store, [Symbol.asyncDispose]: () => edge[Symbol.asyncDispose]() };
}

const taskIdAt = (index: number) => `${String(index).padStart(8, "0")}-0000-4000-8000-000000000000`;
const indexes = Array.from({ length: MAX_TASKS }, (_, index) => index);

async function tasksOf(store: Store): Promise<TaskEntry[]> {
  return JSON.parse(await store.get(tasksKey(ID)) ?? "[]");
}

Deno.test("news of all tasks of the largest batch are kept, whatever the service says of them", async () => {
  await using largest = await setUpLargest({});
  const { context, store } = largest;
  const entries = indexes.map((index): TaskEntry => ({ taskId: taskIdAt(index), state: "pending" }));
  await store.commit([{ key: tasksKey(ID), value: JSON.stringify(entries) }]);
  const now = { nowMs: context.clock.nowMs(), missingForMs: undefined };
  for (const state of ["pending", "missing", "undecodable"] as const) {
    const found = await readRecord<BatchRecord>(store, batchKey(ID)) as Versioned<BatchRecord>;
    const batch = await openBatch(context, found);
    for (const [index, entry] of batch.entries.entries()) {
      const { taskId } = entry;
      const news = state === "pending"
        ? newsOf(entry, { taskId, state, status: "€".repeat(99) }, now)
        : state === "missing"
        ? newsOf(entry, { taskId, state: "notFound" }, now)
        : { taskId, state, completedAtMs: now.nowMs };
      if (news !== undefined) batch.news.set(index, news);
    }
    assertEquals(batch.news.size, MAX_TASKS);
    await saveBatch(context, batch);
    const saved = await readRecord<BatchRecord>(store, batchKey(ID));
    assertEquals(saved?.value.state, state === "undecodable" ? "done" : "running");
    const [first] = await tasksOf(store);
    assertEquals(
      first,
      state === "undecodable" ? { taskId: taskIdAt(0), state, completedAtMs: now.nowMs } : {
        taskId: taskIdAt(0),
        state: "pending",
        status: "?".repeat(32),
        ...(state === "missing" ? { missingSinceMs: now.nowMs } : {}),
      },
    );
  }
});

Deno.test("the largest batch that was taken but for what is in doubt, as much as is kept of it, is decided", async () => {
  const count = 2_000;
  const recoveredTaskIds = indexes.slice(-count).map(taskIdAt);
  await using largest = await setUpLargest({
    state: "inDoubt",
    takenCount: MAX_TASKS - count,
    doubt: { attemptId: "", start: MAX_TASKS - count, count, message: "", sinceMs: 0, recoveredTaskIds },
  });
  const before = indexes.slice(0, -count).map((index): TaskEntry => ({
    taskId: taskIdAt(index),
    state: "pending",
  }));
  await largest.store.commit([{ key: tasksKey(ID), value: JSON.stringify(before) }]);
  const outcome = await decide(largest.context, ID, "adopt");
  assert(outcome.state === "decided");
  assertEquals([outcome.record.state, outcome.record.doubt], ["running", undefined]);
  assertEquals((await tasksOf(largest.store)).map(({ taskId }) => taskId), indexes.map(taskIdAt));
});
