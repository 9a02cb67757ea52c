import type { ClientContext } from "../http/client.ts";
import type { TaskRecord } from "../wire/task_record.ts";
import { answerSizeOf } from "./answer_size.ts";
import { readKept } from "./kept_records.ts";
import { readRecords } from "./task_records.ts";
import { warnOfUnread } from "./unread.ts";

/**
 * Asks once for each task that is not in the store, in requests that grow while no result is seen: a task that was asked
 * for, and had none, makes room for one more of the largest size.
 *
 * @param maxRequests How many requests there may be: then they grow from call to call, and what they leave is `unasked`.
 */
export async function readOnce(
  context: ClientContext,
  taskIds: readonly string[],
  onRecord: (record: TaskRecord) => void,
  ended: AbortSignal,
  maxRequests = Infinity,
): Promise<void> {
  warnOfUnread(context);
  const left = new Set(taskIds);
  for (const record of await readKept(context, taskIds)) {
    onRecord(record);
    left.delete(record.taskId);
  }
  const unread = [...left];
  const size = answerSizeOf(context);
  const probed = maxRequests < Infinity ? size.probed : new Set<string>();
  for (let requests = 0; unread.length > 0 && requests < maxRequests && !ended.aborted; requests++) {
    // Those that are asked for a second time may all have come to an end meanwhile.
    if (size.isKnown() || probed.has(unread[0] as string)) probed.clear();
    const asked = size.take(unread, probed.size + 1);
    await readRecords(context, asked, onRecord);
    for (const taskId of asked) probed.add(taskId);
  }
  for (const taskId of unread) onRecord({ taskId, status: "unasked" });
}
