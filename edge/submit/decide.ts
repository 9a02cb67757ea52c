import type { EdgeContext } from "../context.ts";
import type { BatchRecord } from "../records/batch_record.ts";
import { updateRecord } from "../records/json_record.ts";
import { submitBatch } from "./submit_batch.ts";
import { batchKey } from "../records/keys.ts";
import { giveBack, isHeld, type SubmissionLease, takeLease } from "./submission_lease.ts";
import { noteEnd, noteTaken } from "./note_outcome.ts";

/**
 * What becomes of a batch in doubt:
 *
 * - `submitAgain`: it is looked at once more, and sent again where that tells nothing new: tasks of it may run twice;
 * - `adopt`: the tasks that were found are taken for its own. Those whose places nobody knows get the places that
 *   are left, in the order in which they were found;
 * - `abandon`: nothing more is done; tasks of it may run.
 */
export type Decision = "submitAgain" | "adopt" | "abandon";

/** What a decision came to. */
export type DecisionOutcome =
  | { readonly state: "decided"; readonly record: BatchRecord }
  | { readonly state: "notFound" }
  /** It cannot be done, in words for the operator. */
  | { readonly state: "refused"; readonly reason: string };

/** Decides what becomes of a batch in doubt. */
export async function decide(
  context: EdgeContext,
  batchId: string,
  decision: Decision,
): Promise<DecisionOutcome> {
  const { record, lease } = await takeLease(context, batchId, "inDoubt");
  if (record === undefined) return { state: "notFound" };
  if (lease === undefined) return refused(record);
  if (decision === "adopt") return await adopt(context, record, lease);

  const changed = await updateRecord<BatchRecord>(context.store, batchKey(batchId), (found) => {
    if (found.state !== "inDoubt" || !isHeld(found, lease)) return undefined;
    const nowMs = context.clock.nowMs();
    const submission = { ...found.submission, leaseUntilMs: 0 };
    const next = { ...found, updatedAtMs: nowMs, submission };
    if (decision === "abandon") return { ...next, state: "abandoned", endedAtMs: nowMs };
    const again = { ...submission, onDoubt: "submitAgain" as const, nextAttemptAtMs: nowMs };
    return { ...next, state: "submitting", submission: again };
  }, context.retentionMs);
  if (changed?.state === "abandoned") await noteEnd(context, changed, "batchAbandoned");
  else if (changed?.state !== "submitting") return refused(changed);
  return decided(changed.state === "submitting" ? await submitBatch(context, batchId) : changed);
}

async function adopt(
  context: EdgeContext,
  record: BatchRecord,
  lease: SubmissionLease,
): Promise<DecisionOutcome> {
  const { taskCount, taskGroupId, doubt: { accepted = [], recoveredTaskIds = [] } = {} } = record;
  const count = accepted.length + recoveredTaskIds.length;
  if (count !== taskCount || taskGroupId === undefined) {
    await giveBack(context, lease);
    return { state: "refused", reason: `The batch has ${taskCount} tasks, and ${count} were found` };
  }
  const byPlace = new Map(accepted.map(({ index, taskId }) => [index, taskId]));
  const left = recoveredTaskIds.values();
  const taskIds = Array.from({ length: taskCount }, (_, index) => byPlace.get(index) ?? left.next().value);
  const noted = await noteTaken(context, lease, { taskIds: taskIds as string[], taskGroupId });
  return decided(noted.record);
}

function decided(record: BatchRecord | undefined): DecisionOutcome {
  return record === undefined ? { state: "notFound" } : { state: "decided", record };
}

function refused(record: BatchRecord | undefined): DecisionOutcome {
  if (record === undefined) return { state: "notFound" };
  const reason = record.state === "inDoubt"
    ? "Somebody else is deciding what becomes of the batch"
    : `The batch is not in doubt: its state is '${record.state}'`;
  return { state: "refused", reason };
}
