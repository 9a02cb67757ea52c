import type { ClientContext } from "../http/client.ts";
import { inStoreTime } from "./in_store_time.ts";
import { malformed } from "../wire/malformed.ts";
import { request } from "../http/request.ts";
import { warnOfStore } from "../http/warning.ts";
import { isRecord, membersOf } from "../base/narrow.ts";
import {
  decodeTaskRecord,
  isFinal,
  isWithoutOutcome,
  type TaskRecord,
  unknownTask,
} from "../wire/task_record.ts";
import { answerSizeOf } from "./answer_size.ts";
import { keepRecords, readKept } from "./kept_records.ts";
import { noteAsked } from "./unread.ts";

/** What one request has told of tasks. */
interface Answer {
  records: TaskRecord[];
  /** Why there is no record of a task. */
  failures: Map<string, unknown>;
}

/** Reads under way, by task: a second one would find the result handed over, and the task forgotten. */
const underWay = new WeakMap<ClientContext, Map<string, Promise<Answer>>>();

/**
 * Asks the service what is known of tasks, with one `POST /v2/batch_status` for many of them. Each final record
 * is in the store before it is handed on. No signal reaches these requests: a result on its way is to arrive.
 *
 * @param onRecord Called for each task of an answer, once all that is final in it has been kept.
 * @throws {ComputeDecodeError} If the answer has something else in the place of a record; all others are handed on.
 */
export async function readRecords(
  context: ClientContext,
  taskIds: readonly string[],
  onRecord: (record: TaskRecord) => void,
): Promise<void> {
  await readShared(context, taskIds, onRecord, async (asked) => {
    const results = await readBatchStatus(context, asked);
    const answer: Answer = { records: [], failures: new Map() };
    for (const taskId of asked) {
      try {
        const entry = results[taskId];
        answer.records.push(entry === undefined ? unknownTask(taskId) : decodeTaskRecord(entry, taskId));
      } catch (error) {
        answer.failures.set(taskId, error); // Thrown once the others are kept: the service may not give them again.
      }
    }
    return answer;
  });
}

/** Reads the record of one task as `read` does it, unless a request for it is under way. */
export async function readRecord(
  context: ClientContext,
  taskId: string,
  read: () => Promise<TaskRecord>,
): Promise<TaskRecord> {
  let found: TaskRecord | undefined;
  const onRecord = (record: TaskRecord) => found = record;
  await readShared(
    context,
    [taskId],
    onRecord,
    async () => ({ records: [await read()], failures: new Map() }),
  );
  return found ?? unknownTask(taskId);
}

async function readShared(
  context: ClientContext,
  taskIds: readonly string[],
  onRecord: (record: TaskRecord) => void,
  read: (taskIds: readonly string[]) => Promise<Answer>,
): Promise<void> {
  const reads = underWay.get(context) ?? new Map<string, Promise<Answer>>();
  underWay.set(context, reads);
  const joined = new Set(taskIds.map((taskId) => reads.get(taskId)).filter((read) => read !== undefined));
  const asked = taskIds.filter((taskId) => !reads.has(taskId));
  if (asked.length > 0) {
    const own = read(asked).then((answer) => keep(context, answer));
    for (const taskId of asked) reads.set(taskId, own);
    joined.add(own);
    const over = () => asked.forEach((taskId) => reads.delete(taskId));
    own.then(over, over);
  }
  const wanted = new Set(taskIds);
  const failed: unknown[] = [];
  for (const answer of joined) {
    const { records, failures } = await answer;
    for (const record of records) if (wanted.has(record.taskId)) onRecord(record);
    for (const [taskId, failure] of failures) if (wanted.has(taskId)) failed.push(failure);
  }
  if (failed.length > 0) throw failed[0];
}

/** Keeps what is final, and finds what has been handed over before: to another process with the same store for one. */
async function keep(context: ClientContext, { records, failures }: Answer): Promise<Answer> {
  // Before all else: until it is written, a result that the service gives once is here alone.
  const keeping = inStoreTime(context.clock, () => keepRecords(context, records))
    .catch((error: unknown) => warnOfStore(context, "The results of tasks were not stored", error));
  const gone = records.filter(isWithoutOutcome).map(({ taskId }) => taskId);
  const found = await inStoreTime(context.clock, () => readKept(context, gone)).catch((error: unknown) => {
    warnOfStore(context, "What is stored of tasks was not read", error);
    return [];
  });
  const kept = new Map(found.map((record) => [record.taskId, record]));
  const known = records.map((record) => kept.get(record.taskId) ?? record);
  answerSizeOf(context).learn(records);
  noteAsked(context, known);
  tellOf(context, records);
  await keeping;
  return { records: known, failures };
}

function tellOf({ emit }: ClientContext, records: readonly TaskRecord[]): void {
  const counts = { successCount: 0, failedCount: 0, pendingCount: 0, unknownCount: 0 };
  for (const record of records) {
    if (isWithoutOutcome(record)) counts.unknownCount++;
    else if (!isFinal(record)) counts.pendingCount++;
    else if (record.result !== undefined) counts.successCount++;
    else counts.failedCount++;
  }
  emit({ kind: "tasksRead", ...counts });
}

async function readBatchStatus(
  context: ClientContext,
  taskIds: readonly string[],
): Promise<Record<string, unknown>> {
  const body = await request(
    context,
    "read",
    {},
    (api, through) => api.POST("/v2/batch_status", { ...through, body: { task_ids: [...taskIds] } }),
  );
  const { results } = membersOf(body);
  if (isRecord(results)) return results;
  throw malformed("the status of tasks: the answer has no 'results'", body);
}
