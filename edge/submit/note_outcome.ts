import { compareAndSet } from "../../src/store/writes.ts";
import type { BatchReceipt } from "../../mod.ts";
import { aboutBatch } from "../about_batch.ts";
import type { EdgeContext } from "../context.ts";
import { finishBatch } from "../collect/finish_batch.ts";
import { readRecord, updateRecord, type Versioned } from "../records/json_record.ts";
import type { BatchEvent } from "../event.ts";
import type { BatchRecord, TaskEntry } from "../records/batch_record.ts";
import { batchKey, tasksKey } from "../records/keys.ts";
import { isHeld, type SubmissionLease } from "./submission_lease.ts";
import type { Failure } from "./judge_failure.ts";
import { enqueueCommitStatus } from "../deliver/enqueue_commit_status.ts";

/** When the tasks of a new batch are first asked for. */
const FIRST_LOOK_MS = 1_000;

/**
 * Notes that the service has taken a batch: its tasks first, so that a batch that runs has them. What a process
 * learns late is noted, too, unless the batch has been sent again since.
 *
 * @returns The record as it stands now, and whether it was noted.
 */
export async function noteTaken(
  context: EdgeContext,
  { batchId, key }: Pick<SubmissionLease, "batchId" | "key">,
  { taskIds, taskGroupId }: Pick<BatchReceipt, "taskIds" | "taskGroupId">,
): Promise<{ record: BatchRecord | undefined; isNoted: boolean }> {
  const isOurs = ({ state, submission }: BatchRecord) =>
    submission.key === key && (state === "submitting" || state === "inDoubt");
  const { found: before, isWritten } = await writeTasks(context, batchId, taskIds, isOurs);
  if (before === undefined || !isWritten) return { record: before?.value, isNoted: false };
  let isNoted = false;
  const record = await change(context, batchId, (found) => {
    isNoted = isOurs(found);
    if (!isNoted) return undefined;
    const { doubt: _, ...rest } = found;
    const { onDoubt: __, problem: ___, ...submission } = found.submission;
    return {
      ...rest,
      state: "running",
      taskGroupId,
      submission: { ...submission, leaseUntilMs: 0 },
    };
  }, before);
  if (!isNoted || record === undefined) return { record, isNoted: false };
  tell(context, "batchSubmitted", record);
  await afterwards(context, record, async () => {
    await context.due(context.clock.nowMs() + FIRST_LOOK_MS);
    await enqueueCommitStatus(context, record, "pending");
  });
  return { record, isNoted };
}

/**
 * Writes the ids of the tasks, unless they are there, for a batch that is ours before and after.
 *
 * @returns The record as it was found, and whether the ids are there.
 */
async function writeTasks(
  context: EdgeContext,
  batchId: string,
  taskIds: readonly string[],
  isOurs: (record: BatchRecord) => boolean,
): Promise<{ found: Versioned<BatchRecord> | undefined; isWritten: boolean }> {
  const { store, retentionMs } = context;
  const fresh = JSON.stringify(taskIds.map((taskId): TaskEntry => ({ taskId, state: "pending" })));
  // As a rule there are none yet: they are read only where that is not so.
  for (let isGuess = true;; isGuess = false) {
    // Before the record, which may go on.
    const tasks = isGuess ? undefined : await readRecord<TaskEntry[]>(store, tasksKey(batchId));
    const found = await readRecord<BatchRecord>(store, batchKey(batchId));
    if (found === undefined || !isOurs(found.value)) return { found, isWritten: false };
    const isThere = tasks?.value.length === taskIds.length &&
      tasks.value.every(({ taskId }, index) => taskId === taskIds[index]);
    if (isThere) return { found, isWritten: true };
    const options = { expiresInMs: retentionMs };
    if (await compareAndSet(store, tasksKey(batchId), tasks?.text, fresh, options)) {
      return { found, isWritten: true };
    }
  }
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
    await afterwards(context, record, () => context.due(record.submission.nextAttemptAtMs));
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
  const doubt = { message, sinceMs: nowMs, accepted, recoveredTaskIds };
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
  await finishBatch(context, record, () => false);
}

/** What comes after a record that has been written: it stands, whatever fails here, and `collect` goes on from it. */
async function afterwards(
  context: EdgeContext,
  record: BatchRecord,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    context.tell({ kind: "collectFailed", batchIds: [record.id], error });
  }
}

async function change(
  { store, clock, retentionMs }: EdgeContext,
  batchId: string,
  make: (record: BatchRecord, nowMs: number) => BatchRecord | undefined,
  guess?: Versioned<BatchRecord>,
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
    guess,
  );
}

function tell(context: EdgeContext, kind: BatchEvent["kind"], record: BatchRecord, error?: unknown): void {
  context.tell({ kind, ...aboutBatch(record), ...(error === undefined ? {} : { error }) });
}
