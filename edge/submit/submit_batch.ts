import type { EdgeContext } from "../context.ts";
import type { BatchRecord } from "../records/batch_record.ts";
import { attemptSubmission } from "./attempt_submission.ts";

/**
 * Submits a batch, or goes on with its submission, and notes what became of it. It may be called at any time and by
 * anybody: one at a time works, and what the service may have is never sent to it again.
 *
 * @returns The batch as it stands now: still `submitting` where somebody else is at it, or where it is tried again
 * later; nothing where there is none.
 */
export async function submitBatch(context: EdgeContext, batchId: string): Promise<BatchRecord | undefined> {
  return (await attemptSubmission(context, batchId)).record;
}
