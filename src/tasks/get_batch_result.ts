import { checkNumber } from "../base/check.ts";
import { type CallOptions, checkCallOptions } from "../http/call_options.ts";
import { type Client, contextOf } from "../http/client.ts";
import { withDeadline } from "../base/deadline.ts";
import { type TaskOutcome, toOutcome } from "./task_outcome.ts";
import type { TaskRecord } from "../wire/task_record.ts";
import { readOnce } from "./read_once.ts";
import { ComputeTimeoutError } from "../errors/timeout_error.ts";
import { checkTaskIds } from "./task_selection.ts";

/** What {@linkcode getBatchResult} takes last. */
export interface BatchResultOptions extends CallOptions {
  /**
   * How many requests this call may take, from 0 on; one that is sent again after a failure counts as one, and what is in
   * the store takes none. Tasks that there was no room for come back as `{ state: "pending", status: "unasked" }`, a word
   * that is none of the service's: ask for them with the next call. The results of one request fit into memory together,
   * so that a program that hands them on between calls of one request needs no room for more.
   * @default {as many as it takes}
   */
  maxRequests?: number | undefined;
}

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
 * @throws {RangeError} If an id is no UUID, or `maxRequests` no whole number from 0 on.
 * @throws {ComputeHttpError} If the service answers with an error.
 * @throws {ComputeTimeoutError} If `timeoutMs` is over.
 * @see Route `POST /v2/batch_status`.
 */
export async function getBatchResult(
  client: Client,
  taskIds: readonly string[],
  options: BatchResultOptions = {},
): Promise<TaskOutcome[]> {
  checkCallOptions(options, "maxRequests");
  const context = contextOf(client);
  const { signal, timeoutMs, maxRequests } = options;
  checkNumber(maxRequests, "maxRequests", 0, Infinity);
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
    (ended) => readOnce(context, distinct, onRecord, ended, maxRequests),
  );
  const outcomes = new Map<string, TaskOutcome>();
  for (const [taskId, record] of records) outcomes.set(taskId, await toOutcome(record, context));
  return taskIds.map((taskId) => outcomes.get(taskId.toLowerCase()) as TaskOutcome);
}
