import { checkCallOptions } from "../http/call_options.ts";
import type { Client } from "../http/client.ts";
import type { Batch } from "../wire/batch.ts";
import type { BatchReceipt } from "../wire/receipt.ts";
import { encodeSubmission, submitWhole } from "./submission.ts";
import { type SubmitCallOptions, submitInParts, toReceipt } from "./submit_in_parts.ts";
import type { SubmissionJournal } from "./submit_part.ts";

/**
 * Submits the tasks of a batch as {@linkcode batchRun} does, and tells records of your own of each request before it
 * leaves, and of what became of it.
 *
 * After a process that has ended, submit the tasks that were not taken, with the `taskGroupId` of those that were. What was
 * `sending` then may have been taken, and is yours to look at.
 *
 * @example
 * ```ts
 * import { type Batch, batchRunJournaled, type BatchReceipt, type Client } from "@edge-compute/globus";
 *
 * export function start(
 *   client: Client,
 *   batch: Batch,
 *   write: (line: unknown) => Promise<void>,
 * ): Promise<BatchReceipt> {
 *   return batchRunJournaled(client, batch, {
 *     sending: ({ start, count }) => write({ start, count, state: "sending" }),
 *     refused: ({ start, count }) => write({ start, count, state: "refused" }),
 *     accepted: ({ start, taskIds, taskGroupId }) => write({ start, taskIds, taskGroupId }),
 *   });
 * }
 * ```
 *
 * @returns The ids of the tasks, and of their group.
 * @throws {TypeError} If the journal has no `sending` or no `accepted`.
 * @throws What the journal throws, and what {@linkcode batchRun} throws of a batch without a key.
 * @see Route `POST /v3/endpoints/{endpoint_uuid}/submit`.
 */
export async function batchRunJournaled(
  client: Client,
  batch: Batch,
  journal: SubmissionJournal,
  options: SubmitCallOptions = {},
): Promise<BatchReceipt> {
  const submission = await encodeSubmission(batch);
  checkCallOptions(options, "maxTasksPerRequest");
  for (const name of ["sending", "accepted"] as const) {
    if (typeof journal?.[name] !== "function") {
      throw new TypeError(`Cannot use 'journal': it has no ${name}()`);
    }
  }
  return await submitWhole(
    client,
    submission,
    options,
    async (context, signal) =>
      toReceipt(await submitInParts(context, submission, { ...options, signal, journal })),
  );
}
