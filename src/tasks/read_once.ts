import type { ClientContext } from "../http/client.ts";
import type { TaskRecord } from "../wire/task_record.ts";
import { answerSizeOf } from "./answer_size.ts";
import { readKept } from "./kept_records.ts";
import { readRecords } from "./task_records.ts";
import { warnOfUnread } from "./unread.ts";

/** Asks once for each task that is not in the store, in requests that grow while nothing is seen of large results. */
export async function readOnce(
  context: ClientContext,
  taskIds: readonly string[],
  onRecord: (record: TaskRecord) => void,
  ended: AbortSignal,
): Promise<void> {
  warnOfUnread(context);
  const kept = await readKept(context, taskIds);
  kept.forEach(onRecord);
  const known = new Set(kept.map(({ taskId }) => taskId));
  const unread = taskIds.filter((taskId) => !known.has(taskId));
  const size = answerSizeOf(context);
  let grown = size.maxIds();
  for (let start = 0; start < unread.length && !ended.aborted;) {
    const count = size.isKnown() ? size.maxIds() : grown;
    await readRecords(context, unread.slice(start, start + count), onRecord);
    start += count;
    grown *= 4;
  }
}
