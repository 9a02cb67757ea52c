import { put } from "../store/writes.ts";
import type { ClientContext } from "../http/client.ts";
import { warnOfStore } from "../http/warning.ts";
import { decodeStoredRecord, isFinal, isWithoutOutcome, type TaskRecord } from "../wire/task_record.ts";
import { TASK_LIFETIME_MS } from "./task_lifetime.ts";

/** Where the final record of a task stands in the store. */
function keyOf(taskId: string): string {
  return `result/${taskId}`;
}

/** The final records that are in the store, of these tasks. */
export async function readKept(context: ClientContext, taskIds: readonly string[]): Promise<TaskRecord[]> {
  const kept = await Promise.all(taskIds.map(async (taskId) => {
    const text = await context.store.get(keyOf(taskId));
    return text === undefined ? undefined : decodeStoredRecord(text, taskId, keyOf(taskId));
  }));
  return kept.filter((record) => record !== undefined);
}

/**
 * Puts a final record into the store. A store that fails must not cost the result, which the service may have
 * forgotten by now: the caller gets it all the same.
 */
export async function keepRecord(context: ClientContext, record: TaskRecord): Promise<void> {
  if (!isFinal(record) || isWithoutOutcome(record)) return;
  try {
    await put(context.store, keyOf(record.taskId), JSON.stringify(record), { expiresInMs: TASK_LIFETIME_MS });
  } catch (error) {
    warnOfStore(context, `The result of task ${record.taskId} was not stored`, error);
  }
}
