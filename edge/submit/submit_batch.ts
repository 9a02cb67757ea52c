import type { Client, SubmissionJournal } from "../../mod.ts";
import { batchRunJournaled } from "../../src/tasks/batch_run_journaled.ts";
import { getTaskGroup } from "../../src/tasks/get_task_group.ts";
import { withDeadline } from "../../src/base/deadline.ts";
import { inSpan } from "../../src/telemetry/telemetry.ts";
import type { EdgeContext } from "../context.ts";
import { type HeldLane, type Holding, LaneLostError } from "../lane.ts";
import type { BatchRecord, Doubt, SentBatch, TaskEntry } from "../records/batch_record.ts";
import { changeBatch, keepFact } from "../records/change_batch.ts";
import { readRecord, type Versioned } from "../records/json_record.ts";
import { batchKey, sentKey, tasksKey } from "../records/keys.ts";
import { requestsOf } from "../requests.ts";
import { judgeFailure } from "./judge_failure.ts";
import { isToSubmit, noteFailure, noteSubmitted, tasksWith, tell, withDoubt, withTaken } from "./steps.ts";

/** What a submission came to. */
export interface SubmissionOutcome {
  /** The batch as it stands now, if there is one. */
  readonly record: BatchRecord | undefined;
  /** The ids of its tasks, where they are at hand. */
  readonly taskIds?: readonly string[];
  /** Where surely none of its tasks was taken, nor will be: why. */
  readonly refusal?: { readonly cause: unknown };
}

/** What stands in the store for a batch that has just been written. */
export interface WrittenBatch {
  readonly record: Versioned<BatchRecord>;
  readonly sent: SentBatch;
}

/** The submissions of each handler that are under way in this process. */
const underWay = new WeakMap<EdgeContext, Map<string, Promise<Holding<SubmissionOutcome>>>>();

/** Whether this process is submitting a batch. */
export function isUnderWay(context: EdgeContext, batchId: string): boolean {
  return underWay.get(context)?.has(batchId) === true;
}

/**
 * Submits a batch, or the rest of it, and notes what became of it. It may be called at any time and by anybody: where this
 * process is at it, all who call share that; where another process has the lane, nothing is done. What the service may
 * have is never sent to it again, but where somebody has decided so.
 *
 * @param written What need not be read again.
 */
export function submitBatch(
  context: EdgeContext,
  batchId: string,
  written?: WrittenBatch,
): Promise<Holding<SubmissionOutcome>> {
  const own = underWay.get(context) ?? new Map<string, Promise<Holding<SubmissionOutcome>>>();
  underWay.set(context, own);
  const running = own.get(batchId) ??
    requestsOf(context).lane.hold((lane) => submitInLane(context, lane, batchId, written)).finally(() =>
      own.delete(batchId)
    );
  own.set(batchId, running);
  return running;
}

/** Senders wait for some 10 s: what takes longer goes on after the answer. */
const ANSWER_WITHIN_MS = 8_000;
/** A reason that is made once: without one, each abort would cost a trace of the stack. */
const LATE = "late";

/** What a submission comes to while somebody waits; nothing where that takes longer, or fails here: then it goes on. */
export async function inTime(
  context: EdgeContext,
  batchId: string,
  submitting: Promise<Holding<SubmissionOutcome>>,
): Promise<Holding<SubmissionOutcome> | undefined> {
  const settled = goOn(context, batchId, submitting);
  const deadline = { clock: context.clock, timeoutMs: ANSWER_WITHIN_MS, onTimeout: () => LATE };
  try {
    return await withDeadline(deadline, () => settled);
  } catch (error) {
    if (error !== LATE) throw error;
    context.waitUntil(settled);
    return undefined;
  }
}

/** Goes on with a submission for which nobody waits: what fails is told, and tried again when it is due. */
export async function goOn(
  context: EdgeContext,
  batchId: string,
  submitting: Promise<Holding<SubmissionOutcome>>,
): Promise<Holding<SubmissionOutcome> | undefined> {
  try {
    return await submitting;
  } catch (error) {
    context.tell({ kind: "collectFailed", batchIds: [batchId], error });
    return undefined;
  }
}

async function submitInLane(
  context: EdgeContext,
  lane: HeldLane,
  batchId: string,
  written: WrittenBatch | undefined,
): Promise<SubmissionOutcome> {
  let found = written?.record ?? await readRecord<BatchRecord>(context.store, batchKey(batchId));
  if (found?.value.sending !== undefined) found = await noteOrphan(context, lane, found);
  if (found === undefined || !isToSubmit(found.value)) return { record: found?.value };
  const { hook, endpointId, traceparent } = found.value;
  const start = () => ({
    name: "globus_compute.submission",
    attributes: {
      "globus_compute.hook": hook,
      "globus_compute.batch.id": batchId,
      "globus_compute.endpoint.id": endpointId,
    },
    traceparent,
  });
  const first = found;
  return await inSpan(start, async (span) => {
    let outcome = await attempt(context, lane, first, written?.sent);
    // Where it is in doubt, and is to be sent again: that happens once.
    if (outcome.again !== undefined) outcome = await attempt(context, lane, outcome.again, written?.sent);
    span.add({ "globus_compute.batch.state": outcome.record?.state ?? "none" });
    return outcome;
  });
}

/** Submits what the service does not have of a batch: each request has its own commit before it, and its answer after it. */
async function attempt(
  context: EdgeContext,
  lane: HeldLane,
  found: Versioned<BatchRecord>,
  made: SentBatch | undefined,
): Promise<SubmissionOutcome & { again?: Versioned<BatchRecord> }> {
  const { id, takenCount, submission: { attempts } } = found.value;
  const progress = {
    startCount: takenCount,
    taken: [] as string[],
    taskGroupId: found.value.taskGroupId,
    attemptIds: [] as string[],
    attempts: attempts + 1,
    /** The record as this attempt has last seen it. */
    seen: found,
  };
  const journal: SubmissionJournal = {
    async sending({ start, count }) {
      const before = progress.seen.value.sending?.attemptId;
      const sending = { attemptId: crypto.randomUUID(), start: takenCount + start, count };
      progress.attemptIds.push(sending.attemptId);
      const step = await changeBatch(context, id, {
        guess: progress.seen,
        make(record, nowMs) {
          if (!isToSubmit(record) || record.sending?.attemptId !== before) return undefined;
          const submission = { ...record.submission, attempts: progress.attempts };
          return { ...withTaken(record, progress, nowMs), submission, sending };
        },
        also: (_, record) => tasksWith(context, record, progress),
        permit: lane.permit,
      });
      if (!step.isTaken || step.found === undefined) throw new LaneLostError();
      progress.seen = step.found;
    },
    async refused() {
      const own = progress.attemptIds.at(-1);
      const { found: now } = await keepFact(context, id, {
        guess: progress.seen,
        make: ({ sending, ...record }) => sending?.attemptId === own ? record : undefined,
      });
      if (now !== undefined) progress.seen = now;
    },
    accepted({ taskIds, taskGroupId }) {
      progress.taken.push(...taskIds);
      progress.taskGroupId = taskGroupId;
    },
  };
  try {
    const client = await clientOfBatch(context, found.value);
    const { endpointId, tasks, options } = made ?? await readSent(context, id);
    const { taskGroupId = options.taskGroupId } = found.value;
    const rest = { ...options, endpointId, tasks: tasks.slice(takenCount) };
    const batch = taskGroupId === undefined ? rest : { ...rest, taskGroupId };
    await requestsOf(context).inLine(client, endpointId, () => batchRunJournaled(client, batch, journal));
  } catch (error) {
    const failure = judgeFailure(context.clock.nowMs(), found.value, error);
    return await noteFailure(context, progress, failure, error);
  }
  return await noteSubmitted(context, id, progress);
}

/** The client that acts for a batch. */
export async function clientOfBatch(
  context: EdgeContext,
  { hook: name, claims }: Pick<BatchRecord, "hook" | "claims">,
): Promise<Client> {
  const hook = context.hooks.get(name);
  if (hook === undefined) throw new Error(`There is no hook '${name}' any more`);
  return await requestsOf(context).clientFor(hook, claims);
}

async function readSent(context: EdgeContext, batchId: string): Promise<SentBatch> {
  const sent = await readRecord<SentBatch>(context.store, sentKey(batchId));
  if (sent === undefined) throw new RangeError("What was to be submitted is no longer in the store");
  return sent.value;
}

/** Notes that a process has ended which was sending a part of a batch: it is in doubt. */
async function noteOrphan(
  context: EdgeContext,
  lane: HeldLane,
  found: Versioned<BatchRecord>,
): Promise<Versioned<BatchRecord> | undefined> {
  const { id, sending } = found.value;
  if (sending === undefined) return found;
  const doubt: Doubt = {
    ...sending,
    message: "The process that was submitting it has ended",
    sinceMs: context.clock.nowMs(),
    recoveredTaskIds: await recover(context, lane, found.value).catch(() => []),
  };
  const step = await keepFact(context, id, {
    guess: found,
    make: (record) =>
      record.sending?.attemptId === sending.attemptId ? withDoubt(context, record, doubt) : undefined,
  });
  const { found: now, isTaken } = step;
  if (isTaken && now !== undefined) tell(context, "batchInDoubt", now.value);
  return now;
}

/** The tasks of the batch's own group that nobody has noted. */
async function recover(context: EdgeContext, lane: HeldLane, record: BatchRecord): Promise<string[]> {
  const { id, taskGroupId } = record;
  if (taskGroupId === undefined) return [];
  // A group of the hook's own choice may have the tasks of others in it.
  if ((await readSent(context, id)).options.taskGroupId !== undefined) return [];
  if (!await lane.permit()) return [];
  const entries = await readRecord<TaskEntry[]>(context.store, tasksKey(id));
  const known = new Set(entries?.value.map(({ taskId }) => taskId));
  const { tasks } = await getTaskGroup(await clientOfBatch(context, record), taskGroupId);
  return tasks.map(({ taskId }) => taskId).filter((taskId) => !known.has(taskId));
}
