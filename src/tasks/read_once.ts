import { type Client, type ClientContext, contextOf } from "../http/client.ts";
import type { TaskRecord } from "../wire/task_record.ts";
import { type AnswerSize, answerSizeOf } from "./answer_size.ts";
import { readKept } from "./kept_records.ts";
import { readRecords } from "./task_records.ts";
import { warnOfUnread } from "./unread.ts";

/** While no result was seen: three of the largest that there are, and then more. */
const FIRST_IDS = 3;
const MAX_IDS = 1_000;

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
  for (let grown = FIRST_IDS; unread.length > 0 && !ended.aborted; grown = Math.min(MAX_IDS, 4 * grown)) {
    await readRecords(context, size.isKnown() ? size.take(unread) : unread.splice(0, grown), onRecord);
  }
}

/** What a client has learnt of its answers, for the handler, which asks for the results of many batches at once. */
export function answerSizeOfClient(client: Client): AnswerSize {
  return answerSizeOf(contextOf(client));
}
