import { checkCallOptions } from "../http/call_options.ts";
import type { Client } from "../http/client.ts";
import type { Batch } from "../wire/batch.ts";
import type { BatchReceipt } from "../wire/receipt.ts";
import { encodeSubmission, submitWhole } from "./submission.ts";
import { type SubmitCallOptions, submitInParts, toReceipt } from "./submit_in_parts.ts";
import { submitUnderKey } from "./submit_under_key.ts";

/** What {@linkcode batchRun} takes last. */
export interface BatchRunOptions extends SubmitCallOptions {
  /**
   * A name for this batch, of your own. What is sent is put into the store under it before it is sent: the same
   * batch with the same key, in another process with the same store too, picks the work up and never submits twice. A
   * key takes 100,000 tasks; more are a `RangeError`.
   */
  key?: string | undefined;
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
 * @returns The ids of the tasks, and of their group.
 * @throws {TypeError} If the batch has another shape, or an argument cannot be sent ({@linkcode ComputeEncodeError}).
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
  const submission = await encodeSubmission(batch);
  checkCallOptions(options, "key maxTasksPerRequest");
  const { key } = options;
  return await submitWhole(
    client,
    submission,
    options,
    (context, signal) =>
      key === undefined
        ? submitInParts(context, submission, { ...options, signal }).then((parts) => toReceipt(parts))
        : submitUnderKey(context, key, submission, { ...options, signal }),
  );
}
