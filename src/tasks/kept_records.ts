import type { ClientContext } from "../http/client.ts";
import { warnOfStore } from "../http/warning.ts";
import type { StoreChange } from "../store/store.ts";
import { isFinal, isWithoutOutcome, type TaskRecord } from "../wire/task_record.ts";
import { TASK_LIFETIME_MS } from "./task_lifetime.ts";
import { commitsOf, getAll } from "../store/writes.ts";
import { decodeStoredRecord, encodeStoredRecord } from "./stored_record.ts";

/** Before the id of a task, where its final record is in the store. */
const PREFIX = "result/";

/** The final records that are in the store, of these tasks. */
export async function readKept({ store }: ClientContext, taskIds: readonly string[]): Promise<TaskRecord[]> {
  const texts = await getAll(store, taskIds.map((taskId) => PREFIX + taskId));
  return taskIds.flatMap((taskId, i) => {
    const text = texts[i];
    return text === undefined ? [] : [decodeStoredRecord(text, taskId, PREFIX + taskId)];
  });
}

/**
 * Puts the final ones of these records into the store. A store that fails must not cost a result, which the service may
 * have forgotten by now: the caller gets it all the same.
 */
export async function keepRecords(context: ClientContext, records: readonly TaskRecord[]): Promise<void> {
  const changes = records
    .filter((record) => isFinal(record) && !isWithoutOutcome(record))
    .map((record) => ({
      key: PREFIX + record.taskId,
      value: encodeStoredRecord(record),
      expiresInMs: TASK_LIFETIME_MS,
    }));
  await Promise.all(commitsOf(changes).map((some) => keep(context, some)));
}

async function keep(context: ClientContext, changes: readonly StoreChange[]): Promise<void> {
  try {
    await context.store.commit(changes);
  } catch (error) {
    // Each by itself may not be too large.
    if (error instanceof RangeError && changes.length > 1) {
      await Promise.all(changes.map((change) => keep(context, [change])));
      return;
    }
    for (const { key } of changes) {
      warnOfStore(context, `The result of task ${key.slice(PREFIX.length)} was not stored`, error);
    }
  }
}
