/** Half a batch: what no kill point may leave behind, as all of it is written in one commit. */
import { assertEquals } from "@std/assert";
import type { Store } from "../../mod.ts";
import { type BatchRecord, isEnded } from "../../edge/records/batch_record.ts";
import { readRecord } from "../../edge/records/json_record.ts";
import {
  BATCH_PREFIX,
  batchKey,
  OPEN_PREFIX,
  openKey,
  OUTBOX_PREFIX,
  outboxKey,
  pagesKey,
  RECENT_PREFIX,
  recentKey,
  sentKey,
  TASKS_PREFIX,
  tasksKey,
} from "../../edge/records/keys.ts";
import { listAll } from "../../src/store/writes.ts";

/** Checks that each batch of a store is there with all that belongs to its state, and that nothing else is there. */
export async function assertWholeBatches(store: Store, where: string): Promise<void> {
  const expected: string[] = [];
  for await (const key of listAll(store, BATCH_PREFIX)) {
    const record = (await readRecord<BatchRecord>(store, key))?.value;
    if (record === undefined) throw new Error(`'${key}' is empty, where it ${where}`);
    const { id, state, createdAtMs } = record;
    expected.push(batchKey(id), sentKey(id), recentKey(createdAtMs, id));
    if (state === "running" || state === "done") expected.push(tasksKey(id));
    const isOpen = await store.get(openKey(id)) !== undefined;
    if (isOpen || !isEnded(state)) expected.push(openKey(id));
    // What waits to be delivered comes when the batch leaves the list.
    const waits = await store.get(outboxKey(id, "results")) !== undefined;
    if (waits) assertEquals(isOpen, false, `a batch in the outbox is open, where it ${where}`);
    if (waits) expected.push(pagesKey(id));
  }
  const found: string[] = [];
  const prefixes = [BATCH_PREFIX, sentKey(""), RECENT_PREFIX, TASKS_PREFIX, OPEN_PREFIX];
  for (const prefix of prefixes) for await (const key of listAll(store, prefix)) found.push(key);
  for await (const key of listAll(store, OUTBOX_PREFIX)) {
    const [, , id = "", kind] = key.split("/");
    if (kind === "results" && await store.get(pagesKey(id)) !== undefined) found.push(pagesKey(id));
  }
  assertEquals(found.toSorted(), expected.toSorted(), where);
}
