import { checkCallOptions, withCallSignal } from "../http/call_options.ts";
import { type Client, type ClientContext, contextOf } from "../http/client.ts";
import type { Batch } from "../wire/batch.ts";
import type { BatchReceipt } from "../wire/receipt.ts";
import { withParts } from "../wire/on_demand.ts";
import { warnIfOffline } from "./endpoint_online.ts";
import { submitUnderKey } from "./submit_under_key.ts";
import { checkUuid } from "../wire/uuid.ts";
import { encodeEnvelope, encodeTasks } from "../wire/submit_body.ts";
import { type Submission, type SubmitCallOptions, submitInParts, toReceipt } from "./submit_in_parts.ts";
import type { SubmissionJournal } from "./submit_part.ts";
import { followSubmitted, warnOfUnread } from "./unread.ts";

/** What {@linkcode batchRun} takes last. */
export interface BatchRunOptions extends SubmitCallOptions {
  /**
   * A name for this batch, of your own. What is sent is put into the store under it before it is sent: the same
   * batch with the same key, in another process with the same store too, picks the work up and never submits twice. A
   * key takes 100,000 tasks; more are a `RangeError`.
   */
  key?: string | undefined;
  /**
   * In place of a key, for records of your own: is told of each request before it leaves, and of what became of it.
   * After a process that ended, submit the tasks that were not taken, with the `taskGroupId` of those that were; what was
   * `sending` then may have been taken, and is yours to look at.
   */
  journal?: SubmissionJournal | undefined;
}

/**
 * Submits the tasks of a batch, and does not wait for them.
 *
 * @example Two tasks
 * ```ts
 * import { batchRun, type Client } from "@edge-compute/globus";
 *
 * export async function start(client: Client, endpointId: string, functionId: string): Promise<string[]> {
 *   const tasks = [{ functionId, args: [1] }, { functionId, args: [2] }];
 *   const receipt = await batchRun(client, { endpointId, tasks });
 *   return receipt.taskIds; // in the order of the tasks
 * }
 * ```
 *
 * A batch that is too large for one request goes as several, of one task group, in order. Where an answer is
 * lost, the task group is looked at; nothing is ever sent twice to be safe.
 *
 * @example Records of your own
 * ```ts
 * import { type Batch, batchRun, type BatchReceipt, type Client } from "@edge-compute/globus";
 *
 * export function start(
 *   client: Client,
 *   batch: Batch,
 *   write: (line: unknown) => Promise<void>,
 * ): Promise<BatchReceipt> {
 *   return batchRun(client, batch, {
 *     journal: {
 *       sending: ({ start, count }) => write({ start, count, state: "sending" }),
 *       refused: ({ start, count }) => write({ start, count, state: "refused" }),
 *       accepted: ({ start, taskIds, taskGroupId }) => write({ start, taskIds, taskGroupId }),
 *     },
 *   });
 * }
 * ```
 *
 * @returns The ids of the tasks, and of their group.
 * @throws {TypeError} If the batch has another shape, an argument cannot be sent ({@linkcode ComputeEncodeError}), or
 * there are both a key and a journal.
 * @throws {RangeError} If an id is no UUID, there is no task, one alone is larger than a submission may be, or the
 * key stands for another batch.
 * @throws {ComputeHttpError} If the service refuses the batch: nothing runs.
 * @throws {ComputeAuthorizationError} If the service refuses the credentials: nothing runs.
 * @throws {ComputeNetworkError} With `unreached`, if the service was surely not reached: nothing runs.
 * @throws {ComputeSubmissionError} If a part of it was taken and another not, or nobody knows whether it was.
 * @see Route `POST /v3/endpoints/{endpoint_uuid}/submit`.
 */
export async function batchRun(
  client: Client,
  batch: Batch,
  options: BatchRunOptions = {},
): Promise<BatchReceipt> {
  const context = contextOf(client);
  const submission = await encodeSubmission(batch);
  checkCallOptions(options, "key maxTasksPerRequest journal");
  const { key, journal } = options;
  for (const name of ["sending", "accepted"] as const) {
    if (journal && typeof journal[name] !== "function") {
      throw new TypeError(`Cannot use 'journal': it has no ${name}()`);
    }
  }
  options.signal?.throwIfAborted();
  warnOfUnread(context);
  const [receipt] = await withCallSignal(context.clock, options, "The submission", (signal) =>
    Promise.all([
      key === undefined
        ? submitInParts(context, submission, { ...options, signal }).then((parts) => toReceipt(parts))
        : submitUnderKey(context, key, submission, { ...options, signal }),
      warnIfOffline(context, submission.endpointId, signal),
    ]));
  return submitted(context, receipt);
}

/** Encodes a batch whole, before anything of it is sent. */
export async function encodeSubmission(batch: Batch): Promise<Submission> {
  return await withParts(() => ({
    envelope: encodeEnvelope(batch),
    endpointId: checkUuid(batch.endpointId, "endpointId"),
    tasks: encodeTasks(batch.tasks, batch.argumentSerializer),
  }));
}

/** What is done with each receipt before it is handed over. */
export function submitted(context: ClientContext, receipt: BatchReceipt): BatchReceipt {
  followSubmitted(context, receipt.taskIds);
  return receipt;
}
