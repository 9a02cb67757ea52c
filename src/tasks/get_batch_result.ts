import { type CallOptions, checkCallOptions } from "../http/call_options.ts";
import { type Client, contextOf } from "../http/client.ts";
import { withDeadline } from "../base/deadline.ts";
import { type TaskOutcome, toOutcome } from "./task_outcome.ts";
import type { TaskRecord } from "../wire/task_record.ts";
import { readOnce } from "./read_once.ts";
import { ComputeTimeoutError } from "../errors/timeout_error.ts";
import { checkTaskIds } from "./task_selection.ts";

/**
 * Asks once what is known of many tasks. Unlike the Python client's, the answer has each task that was asked
 * for, failed and pending ones included.
 *
 * An abort ends this call, not a request whose results are on their way: they are kept for the next call.
 *
 * @example How far a batch is
 * ```ts
 * import { type Client, getBatchResult } from "@edge-compute/globus";
 *
 * export async function countDone(client: Client, taskIds: string[]): Promise<number> {
 *   const outcomes = await getBatchResult(client, taskIds);
 *   return outcomes.filter(({ state }) => state !== "pending").length;
 * }
 * ```
 *
 * @returns One outcome for each id, in the order asked.
 * @throws {RangeError} If an id is no UUID.
 * @throws {ComputeHttpError} If the service answers with an error.
 * @throws {ComputeTimeoutError} If `timeoutMs` is over.
 * @see Route `POST /v2/batch_status`.
 */
export async function getBatchResult(
  client: Client,
  taskIds: readonly string[],
  options: CallOptions = {},
): Promise<TaskOutcome[]> {
  checkCallOptions(options);
  const context = contextOf(client);
  const { signal, timeoutMs } = options;
  const records = new Map<string, TaskRecord>();
  const distinct = checkTaskIds(taskIds);
  const onTimeout = () =>
    new ComputeTimeoutError(`The results of ${distinct.length} tasks were not read within ${timeoutMs} ms`, {
      timeoutMs: timeoutMs ?? Infinity,
      taskIds: distinct.filter((taskId) => !records.has(taskId)),
    });
  const onRecord = (record: TaskRecord) => records.set(record.taskId, record);
  await withDeadline(
    { clock: context.clock, signal, timeoutMs, onTimeout },
    (ended) => readOnce(context, distinct, onRecord, ended),
  );
  const outcomes = new Map<string, TaskOutcome>();
  for (const [taskId, record] of records) outcomes.set(taskId, await toOutcome(record, context));
  return taskIds.map((taskId) => outcomes.get(taskId.toLowerCase()) as TaskOutcome);
}
