import type { BatchReceipt, StoreChange } from "../../mod.ts";
import { aboutBatch } from "../about_batch.ts";
import type { EdgeContext } from "../context.ts";
import { commitStatusEntry } from "../deliver/commit_status_entry.ts";
import { finishBatch } from "../deliver/finish_batch.ts";
import { updateRecord } from "../records/json_record.ts";
import type { BatchEvent } from "../event.ts";
import { MAX_TASKS } from "../options.ts";
import type { BatchRecord, TaskEntry } from "../records/batch_record.ts";
import { batchKey, tasksKey } from "../records/keys.ts";
import { isHeld, type SubmissionLease } from "./submission_lease.ts";
import type { Failure } from "./judge_failure.ts";

/** When the tasks of a new batch are first asked for. */
const FIRST_LOOK_MS = 1_000;

/**
 * Notes that the service has taken a batch, with the ids of its tasks. What a process learns late is noted, too, unless
 * the batch has been sent again since.
 *
 * @returns The record as it stands now, and whether it was noted.
 */
export async function noteTaken(
  context: EdgeContext,
  { batchId, key }: Pick<SubmissionLease, "batchId" | "key">,
  { taskIds, taskGroupId }: Pick<BatchReceipt, "taskIds" | "taskGroupId">,
): Promise<{ record: BatchRecord | undefined; isNoted: boolean }> {
  let isNoted = false;
  const make = (found: BatchRecord): BatchRecord | undefined => {
    const { state } = found;
    isNoted = found.submission.key === key && (state === "submitting" || state === "inDoubt");
    if (!isNoted) return undefined;
    const { doubt: _, ...rest } = found;
    const { onDoubt: __, problem: ___, ...submission } = found.submission;
    return { ...rest, state: "running", taskGroupId, submission: { ...submission, leaseUntilMs: 0 } };
  };
  const tasks = JSON.stringify(taskIds.map((taskId): TaskEntry => ({ taskId, state: "pending" })));
  const record = await change(context, batchId, make, (running) => [
    { key: tasksKey(batchId), value: tasks, expiresInMs: context.retentionMs },
    ...commitStatusEntry(context, running, "pending"),
  ]);
  if (!isNoted || record === undefined) return { record, isNoted: false };
  tell(context, "batchSubmitted", record);
  await context.due(context.clock.nowMs() + FIRST_LOOK_MS);
  return { record, isNoted };
}

/** Notes what a submission that failed is; nothing where another process has the batch by now. */
export async function noteFailure(
  context: EdgeContext,
  lease: SubmissionLease,
  failure: Failure,
  error: unknown,
): Promise<BatchRecord | undefined> {
  let isNoted = false;
  const record = await change(context, lease.batchId, (found, nowMs) => {
    isNoted = found.state === "submitting" && isHeld(found, lease);
    return isNoted ? afterFailure(context, found, failure, nowMs) : undefined;
  });
  if (!isNoted || record === undefined) return record;
  if (failure.kind === "passing") {
    tell(context, "submissionPostponed", record, error);
    await context.due(record.submission.nextAttemptAtMs);
  } else if (failure.kind === "inDoubt") tell(context, "batchInDoubt", record, error);
  else await noteEnd(context, record, "submissionRefused", error);
  return record;
}

function afterFailure(
  context: EdgeContext,
  record: BatchRecord,
  failure: Failure,
  nowMs: number,
): BatchRecord {
  const { onDoubt, ...rest } = record.submission;
  const submission = { ...rest, leaseUntilMs: 0 };
  if (failure.kind === "forGood") {
    const refused = { ...submission, problem: failure.problem };
    return { ...record, state: "refused", endedAtMs: nowMs, submission: refused };
  }
  if (failure.kind === "passing") {
    const { problem, delayMs } = failure;
    const again = onDoubt === undefined ? {} : { onDoubt };
    return { ...record, submission: { ...submission, ...again, problem, nextAttemptAtMs: nowMs + delayMs } };
  }
  const { message, accepted, recoveredTaskIds, taskGroupId } = failure;
  // Others may use the group: what is found there may be far more than the batch has.
  const recovered = recoveredTaskIds.slice(0, MAX_TASKS - accepted.length);
  const doubt = { message, sinceMs: nowMs, accepted, recoveredTaskIds: recovered };
  const isFirst = submission.key === record.id;
  const isSentAgain = onDoubt === "submitAgain" ||
    (isFirst && context.hooks.get(record.hook)?.onDoubt === "submitAgain");
  if (isSentAgain) {
    const key = keyAfter(submission.key, record.id);
    return { ...record, doubt, submission: { ...submission, key, nextAttemptAtMs: nowMs } };
  }
  return {
    ...record,
    state: "inDoubt",
    doubt,
    submission,
    ...(taskGroupId === undefined ? {} : { taskGroupId }),
  };
}

/** `<batch id>`, `<batch id>.2`, `<batch id>.3`: the client takes each for another call. */
function keyAfter(key: string, batchId: string): string {
  return `${batchId}.${Number(key.slice(batchId.length + 1) || 1) + 1}`;
}

/** Does what belongs to the end of a batch that nothing will become of. */
export async function noteEnd(
  context: EdgeContext,
  record: BatchRecord,
  kind: "submissionRefused" | "batchAbandoned",
  error?: unknown,
): Promise<void> {
  tell(context, kind, record, error);
  await finishBatch(context, record);
}

async function change(
  { store, clock, retentionMs }: EdgeContext,
  batchId: string,
  make: (record: BatchRecord, nowMs: number) => BatchRecord | undefined,
  also?: (changed: BatchRecord) => readonly StoreChange[],
): Promise<BatchRecord | undefined> {
  return await updateRecord<BatchRecord>(
    store,
    batchKey(batchId),
    (found) => {
      const nowMs = clock.nowMs();
      const made = make(found, nowMs);
      return made === undefined ? undefined : { ...made, updatedAtMs: nowMs };
    },
    retentionMs,
    undefined,
    also,
  );
}

function tell(context: EdgeContext, kind: BatchEvent["kind"], record: BatchRecord, error?: unknown): void {
  context.tell({ kind, ...aboutBatch(record), ...(error === undefined ? {} : { error }) });
}
