import type { StoreChange } from "../../mod.ts";
import { given } from "../../src/base/narrow.ts";
import { sha256Hex } from "../../src/base/sha256.ts";
import type { EdgeContext } from "../context.ts";
import { outboxAtEnd, statusEntry } from "../deliver/outbox.ts";
import type { BatchEvent } from "../event.ts";
import type { BatchRecord, Doubt, TaskEntry } from "../records/batch_record.ts";
import { keepFact } from "../records/change_batch.ts";
import { namesOf, tasksKey } from "../records/keys.ts";
import { readAtOnce, readRecord, type Versioned } from "../records/json_record.ts";
import type { Failure } from "./judge_failure.ts";

/** When the tasks of a new batch are first asked for. */
const FIRST_LOOK_MS = 1_000;
/** What is found in a group may be far more than was sent. */
const MAX_RECOVERED = 2_000;

/** What an attempt to submit a batch has come to until now. */
export interface AttemptProgress {
  /** How many tasks the service had before it, and the ids of those that it has taken since. */
  readonly startCount: number;
  readonly taken: readonly string[];
  readonly taskGroupId: string | undefined;
  /** The ids of its requests, the last of which may not have left. */
  readonly attemptIds: readonly string[];
  readonly attempts: number;
  readonly seen: Versioned<BatchRecord>;
}

/** Whether there is something to submit, now or later. A request with it may be on its way. */
export function isToSubmit({ state, submission: { nextAtMs } }: BatchRecord): boolean {
  return (state === "submitting" || state === "partlySubmitted") && nextAtMs !== undefined;
}

/** The record with the tasks that the service has taken until now. */
export function withTaken(
  record: BatchRecord,
  { startCount, taken, taskGroupId }: Pick<AttemptProgress, "startCount" | "taken" | "taskGroupId">,
  nowMs: number,
): BatchRecord {
  const takenCount = startCount + taken.length;
  if (takenCount <= record.takenCount) return record;
  const { renewedAtMs = record.createdAtMs } = record.collection ?? {};
  return {
    ...record,
    ...(record.state === "submitting" ? { state: "partlySubmitted" } : {}),
    takenCount,
    ...(taskGroupId === undefined ? {} : { taskGroupId }),
    collection: { nextAtMs: nowMs + FIRST_LOOK_MS, cursor: 0, failures: 0, renewedAtMs, quietMs: 0 },
  };
}

/** The change that adds the tasks which the service has taken to those that stand there. */
export async function tasksWith(
  { store, retentionMs: expiresInMs }: EdgeContext,
  { id, takenCount }: BatchRecord,
  { startCount, taken }: Pick<AttemptProgress, "startCount" | "taken">,
): Promise<StoreChange[]> {
  const fresh = taken.slice(takenCount - startCount).map((taskId): TaskEntry => ({
    taskId,
    state: "pending",
  }));
  if (fresh.length === 0) return [];
  const before = takenCount === 0 ? [] : (await readRecord<TaskEntry[]>(store, tasksKey(id)))?.value;
  if (before?.length !== takenCount) throw new Error(`The tasks of batch ${id} are not in the store`);
  return [{ key: tasksKey(id), value: JSON.stringify([...before, ...fresh]), expiresInMs }];
}

/** The record in doubt; where the hook says so, and it is the first time, it is to be sent again. */
export function withDoubt({ hooks }: EdgeContext, record: BatchRecord, doubt: Doubt): BatchRecord {
  const { sending: _, ...rest } = record;
  const { nextAtMs: __, ...submission } = record.submission;
  const isSentAgain = record.doubt === undefined && hooks.get(record.hook)?.onDoubt === "submitAgain";
  const recoveredTaskIds = doubt.recoveredTaskIds.slice(0, MAX_RECOVERED);
  const doubtful = { ...rest, doubt: { ...doubt, recoveredTaskIds } };
  return isSentAgain
    ? { ...doubtful, submission: { ...submission, nextAtMs: 0 } }
    : told({ ...doubtful, state: "inDoubt", submission });
}

/** What the sender is told is what became of the batch first. */
function told(record: BatchRecord): BatchRecord {
  return record.state === "refused" ? record : { ...record, told: record.told ?? record.state };
}

/** Notes that the service has all tasks of a batch. */
export async function noteSubmitted(
  context: EdgeContext,
  batchId: string,
  progress: AttemptProgress,
): Promise<{ record: BatchRecord | undefined; taskIds?: readonly string[] }> {
  const { found, isTaken } = await keepFact(context, batchId, {
    guess: progress.seen,
    make: (record, nowMs) =>
      isOf(record, progress) ? asSubmitted(withTaken(record, progress, nowMs)) : undefined,
    also: async (next, record) => [
      ...await tasksWith(context, record, progress),
      ...statusEntry(context, next, "pending"),
    ],
  });
  if (!isTaken || found === undefined) return { record: found?.value };
  await tellSubmitted(context, found.value);
  return { record: found.value, ...(progress.startCount === 0 ? { taskIds: progress.taken } : {}) };
}

/** The record of a batch all of whose tasks the service has. */
export function asSubmitted(record: BatchRecord): BatchRecord {
  const { doubt: _, sending: __, ...rest } = record;
  const { attempts } = record.submission;
  return told({ ...rest, state: "running", submission: { attempts } });
}

/** Tells that the service has a batch, and has its results looked for. */
export async function tellSubmitted(context: EdgeContext, record: BatchRecord): Promise<void> {
  tell(context, "batchSubmitted", record);
  await context.due(context.clock.nowMs() + FIRST_LOOK_MS);
}

/** Notes what an attempt is that has failed. */
export async function noteFailure(
  context: EdgeContext,
  progress: AttemptProgress,
  failure: Failure,
  error: unknown,
): Promise<
  { record: BatchRecord | undefined; refusal?: { cause: unknown }; again?: Versioned<BatchRecord> }
> {
  const { id } = progress.seen.value;
  const { found, isTaken } = await keepFact(context, id, {
    guess: progress.seen,
    make(record, nowMs) {
      if (!isOf(record, progress)) return undefined;
      return afterFailure(context, withTaken(record, progress, nowMs), failure, { progress, nowMs });
    },
    also: async (next, record) => [
      ...await tasksWith(context, record, progress),
      ...(next.state === "refused" ? [...await freed(context, next), ...outboxAtEnd(context, next)] : []),
    ],
  });
  const record = found?.value;
  if (!isTaken || found === undefined || record === undefined) return { record };
  const isAgain = failure.kind === "inDoubt" && record.state !== "inDoubt";
  if (failure.kind === "lost") {
    // It is due, for whoever has the lane next.
    await context.due(context.clock.nowMs());
    return { record };
  }
  if (failure.kind === "inDoubt" || record.state === "inDoubt") tell(context, "batchInDoubt", record, error);
  else if (failure.kind === "passing") tell(context, "submissionPostponed", record, error);
  else tell(context, "submissionRefused", record, error);
  const { nextAtMs } = record.submission;
  if (nextAtMs !== undefined && !isAgain) await context.due(nextAtMs);
  else if (record.state === "refused") await context.due(context.clock.nowMs());
  return {
    record,
    ...(record.state === "refused" ? { refusal: { cause: error } } : {}),
    ...(isAgain ? { again: found } : {}),
  };
}

function afterFailure(
  context: EdgeContext,
  record: BatchRecord,
  failure: Failure,
  { progress, nowMs }: { progress: AttemptProgress; nowMs: number },
): BatchRecord | undefined {
  const { sending, ...others } = record;
  if (failure.kind === "inDoubt") {
    const isKnown = record.state === "inDoubt" || sending === undefined && record.doubt !== undefined;
    if (isKnown) return undefined; // Somebody may have decided about it by now.
    const { message, recoveredTaskIds, taskGroupId } = failure;
    const { attemptId, start, count } = sending ?? { attemptId: "", start: record.takenCount, count: 0 };
    const doubtful = taskGroupId === undefined ? record : { ...record, taskGroupId };
    return withDoubt(context, doubtful, {
      attemptId,
      start,
      count,
      message,
      recoveredTaskIds,
      sinceMs: nowMs,
    });
  }
  // It may have been taken for a doubt meanwhile.
  const { doubt, ...rest } = others;
  const isKept = doubt !== undefined && !progress.attemptIds.includes(doubt.attemptId);
  const state = record.takenCount > 0 ? "partlySubmitted" : "submitting";
  const next = { ...rest, ...(isKept ? { doubt } : {}) };
  const { problem: _, nextAtMs = 0, ...before } = record.submission;
  const attempts = Math.max(progress.attempts, record.submission.attempts); // It may be late.
  if (failure.kind === "lost") return { ...next, state, submission: { ...record.submission, nextAtMs } };
  const { problem } = failure;
  if (failure.kind === "passing") {
    const again = { ...before, attempts, problem, nextAtMs: nowMs + failure.delayMs };
    return told({ ...next, state, submission: again });
  }
  const submission = { ...before, attempts, problem };
  // What was sent before it may have been taken: this one's refusal says nothing of that.
  if (isKept && doubt.start >= record.takenCount) return told({ ...next, state: "inDoubt", submission });
  return record.takenCount > 0
    ? told({ ...next, state, submission })
    : { ...next, state: "refused", endedAtMs: nowMs, submission };
}

/** Whether an attempt is the one that a record waits for. */
function isOf(record: BatchRecord, progress: AttemptProgress): boolean {
  const { state, submission, sending, doubt } = record;
  const isOwn = (one: Doubt | BatchRecord["sending"]) =>
    one !== undefined && progress.attemptIds.includes(one.attemptId);
  // Without a sign of any request, nothing has left.
  if (sending !== undefined) return isOwn(sending);
  if (state !== "inDoubt" && !isToSubmit(record)) return false;
  return isOwn(doubt) ||
    state !== "inDoubt" && submission.attempts === progress.seen.value.submission.attempts;
}

/** The changes that free the id of a delivery, so that it counts as new when it is sent again. */
async function freed({ store }: EdgeContext, record: BatchRecord): Promise<StoreChange[]> {
  const { hook, deliveryId, fingerprint, isNamedByBytes = false } = record;
  const { key, idKeys } = namesOf({
    hook,
    idDigest: await sha256Hex(deliveryId),
    fingerprint,
    isNamedByBytes,
  });
  const keys = [key, ...idKeys];
  const found = await readAtOnce<({ batchId?: string; fingerprint?: string })[]>(store, ...keys);
  return keys.flatMap((one, place) => {
    const standing = found[place];
    const { batchId, fingerprint: digest } = standing?.value ?? {};
    const isOwn = place === 0 ? batchId === record.id : batchId === undefined && digest === fingerprint;
    return standing !== undefined && isOwn ? [{ key: one, expected: standing.text, value: null }] : [];
  });
}

/** Tells the operator what became of a batch. */
export function tell(
  context: EdgeContext,
  kind: BatchEvent["kind"],
  record: BatchRecord,
  error?: unknown,
): void {
  const { id: batchId, hook, deliveryId, traceparent, taskGroupId } = record;
  context.tell({ kind, batchId, hook, deliveryId, ...given({ traceparent, taskGroupId, error }) });
}
