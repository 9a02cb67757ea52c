/** Half a batch: what no kill point may leave behind, as all of it is written in one commit. */
import { assertEquals } from "@std/assert";
import type { Store } from "../../mod.ts";
import { entryDueAtMs, type OutboxEntry } from "../../edge/deliver/outbox.ts";
import { type BatchRecord, dueAtMs, isEnded, type TaskEntry } from "../../edge/records/batch_record.ts";
import {
  BATCH_PREFIX,
  batchKey,
  type DeliveryRecord,
  DUE_PREFIX,
  dueKey,
  OUTBOX_PREFIX,
  pagesKey,
  readDueKey,
  RECENT_PREFIX,
  recentKey,
  sentKey,
  TASKS_PREFIX,
  tasksKey,
} from "../../edge/records/keys.ts";
import { readRecord } from "../../edge/records/json_record.ts";
import { listAll } from "../../src/store/writes.ts";

/** Checks that each batch of a store is there with all that belongs to its state, and that nothing else is there. */
export async function assertWholeBatches(store: Store, where: string): Promise<void> {
  const expected: string[] = [];
  /** What may be there, or not: where a commit is told another state, the time at which the one before was due. */
  const outdated: string[] = [];
  const batches = new Map<string, BatchRecord>();
  for await (const [key, record] of recordsBelow<BatchRecord>(store, BATCH_PREFIX)) {
    const { id, state, createdAtMs, takenCount, removedAtMs } = record;
    batches.set(id, record);
    assertEquals(key, batchKey(id), where);
    expected.push(key, recentKey(createdAtMs, id));
    if (removedAtMs === undefined) expected.push(sentKey(id));
    if (takenCount > 0) {
      expected.push(tasksKey(id));
      const tasks = await readRecord<TaskEntry[]>(store, tasksKey(id));
      assertEquals(tasks?.value.length, takenCount, `tasks of '${id}', where it ${where}`);
    }
    const atMs = dueAtMs(record);
    if (atMs !== undefined) expected.push(dueKey(atMs, id));
    // Somebody, or something that is due, brings each batch on.
    if (!isEnded(state) && state !== "inDoubt" && state !== "partlySubmitted") {
      assertEquals(atMs === undefined, false, `'${id}' is ${state}, and not due, where it ${where}`);
    }
  }
  for await (const [key, entry] of recordsBelow<OutboxEntry>(store, OUTBOX_PREFIX)) {
    const { batchId } = entry;
    const name = key.slice(OUTBOX_PREFIX.length);
    expected.push(dueKey(entryDueAtMs(entry), name));
    if (entry.kind !== "results") {
      for await (const due of listAll(store, DUE_PREFIX)) {
        if (due.endsWith(`/${name}`) && readDueKey(due).atMs < entryDueAtMs(entry)) outdated.push(due);
      }
      continue;
    }
    // What waits to be delivered comes with the end of the batch.
    assertEquals(isEnded(batches.get(batchId)?.state ?? "submitting"), true, `'${key}', where it ${where}`);
    // How it is divided into messages is kept with their number, or before, as far as that has come.
    if (entry.pages !== undefined || await store.get(pagesKey(batchId)) !== undefined) {
      expected.push(pagesKey(batchId));
    }
  }
  for (const prefix of ["edge/delivery/", "edge/body/"]) {
    for await (const [key, { batchId }] of recordsBelow<DeliveryRecord>(store, prefix)) {
      if (batchId === undefined) continue;
      const state = batches.get(batchId)?.state;
      assertEquals(
        state !== undefined && state !== "refused",
        true,
        `'${key}' names one that is ${state}, where it ${where}`,
      );
    }
  }
  const found: string[] = [];
  const prefixes = [BATCH_PREFIX, sentKey(""), RECENT_PREFIX, TASKS_PREFIX, DUE_PREFIX, pagesKey("")];
  for (const prefix of prefixes) {
    for await (const key of listAll(store, prefix)) if (!outdated.includes(key)) found.push(key);
  }
  assertEquals(found.toSorted(), expected.toSorted(), where);
}

/** The keys below a prefix, and what stands there. */
async function* recordsBelow<T>(store: Store, prefix: string): AsyncGenerator<[string, T]> {
  for await (const key of listAll(store, prefix)) {
    const found = await readRecord<T>(store, key);
    if (found === undefined) throw new Error(`'${key}' is empty`);
    yield [key, found.value];
  }
}
