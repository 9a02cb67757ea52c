import { ComputeDecodeError } from "../errors/decode_error.ts";
import type { ClientContext } from "../http/client.ts";
import { request } from "../http/request.ts";
import { isRecord } from "../wire/narrow.ts";
import {
  decodeTaskRecord,
  isFinal,
  isUnknownTask,
  type TaskRecord,
  unknownTask,
} from "../wire/task_record.ts";

/** Ids in one `POST /v2/batch_status`, as the Python Executor asks for them. */
const MAX_IDS_PER_REQUEST = 128;
/** How many final records a client keeps in memory. */
const MAX_KEPT_RECORDS = 10_000;

/** What each client has read: the service may forget a result once it has handed it over. */
const keptRecords = new WeakMap<ClientContext, Map<string, TaskRecord>>();

/** The final record of a task, where this client has read it before. */
export function keptRecord(context: ClientContext, taskId: string): TaskRecord | undefined {
  return keptRecords.get(context)?.get(taskId);
}

/** Keeps a record if it is final; the oldest ones make room. */
export function keepRecord(context: ClientContext, record: TaskRecord): void {
  if (!isFinal(record) || isUnknownTask(record)) return;
  const kept = keptRecords.get(context) ?? new Map<string, TaskRecord>();
  keptRecords.set(context, kept);
  kept.set(record.taskId, record);
  for (const oldest of kept.keys()) {
    if (kept.size <= MAX_KEPT_RECORDS) break;
    kept.delete(oldest);
  }
}

/**
 * Reads what is known of tasks, with one `POST /v2/batch_status` for many of them; none is asked for again
 * whose final record this client has. The signal does not reach these requests, as a result on its way is to
 * arrive: it keeps further ones from being made.
 *
 * @param onRecord Called for each task of an answer as soon as it is there.
 */
export async function readRecords(
  context: ClientContext,
  taskIds: readonly string[],
  onRecord: (record: TaskRecord) => void,
  signal?: AbortSignal,
): Promise<void> {
  const unread: string[] = [];
  for (const taskId of taskIds) {
    const kept = keptRecord(context, taskId);
    if (kept === undefined) unread.push(taskId);
    else onRecord(kept);
  }
  for (let start = 0; start < unread.length && !signal?.aborted; start += MAX_IDS_PER_REQUEST) {
    const asked = unread.slice(start, start + MAX_IDS_PER_REQUEST);
    const results = await readBatchStatus(context, asked);
    const failures: unknown[] = [];
    for (const taskId of asked) {
      try {
        const entry = results[taskId];
        const record = entry === undefined ? unknownTask(taskId) : decodeTaskRecord(entry, taskId);
        keepRecord(context, record);
        onRecord(record);
      } catch (error) {
        failures.push(error); // Thrown once the others are kept: the service may not give them again.
      }
    }
    if (failures.length > 0) throw failures[0];
  }
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
  const results = isRecord(body) ? body.results : undefined;
  if (!isRecord(results)) {
    throw new ComputeDecodeError("Cannot read the status of tasks: the answer has no 'results'", {
      raw: JSON.stringify(body) ?? "",
    });
  }
  return results;
}
