import type { SubmitOptions } from "../../mod.ts";
import type { Commit } from "../hook.ts";

/**
 * How far a batch is:
 *
 * - `submitting`: it is being submitted, or will be tried again;
 * - `partlySubmitted`: the service has some of its tasks, and the rest is tried again, or waits for an operator;
 * - `running`: the service has its tasks;
 * - `inDoubt`: nobody knows whether the service has some of them, and somebody has to decide;
 * - `done`: all tasks have come to their end;
 * - `refused`: the service did not take it, and will not;
 * - `abandoned`: an operator gave it up.
 *
 * This table is the truth about the life of a batch, and tests hold what is written against it. One commit makes each step:
 * what it writes, and what it expects to stand there. In parentheses stands what a commit has only where there is something
 * of its kind. `attempt`: the record has the id of this attempt, in `sending` or in `doubt`.
 *
 * | step | from | to | who | writes | expects |
 * |---|---|---|---|---|---|
 * | taken | - | submitting | any process | delivery, batch, sent, due, recent | no delivery |
 * | told | submitting | submitting | any process | batch | batch |
 * | told | partlySubmitted | partlySubmitted | any process | batch | batch |
 * | sending | submitting | submitting | the holder of the lane | batch, (tasks) | batch, lease |
 * | sending, after a request was taken | submitting | partlySubmitted | the holder of the lane | batch, tasks | batch, lease |
 * | sending | partlySubmitted | partlySubmitted | the holder of the lane | batch, (tasks) | batch, lease |
 * | refused once | submitting | submitting | the attempt, which may be made again | batch | attempt |
 * | refused once | partlySubmitted | partlySubmitted | the attempt, which may be made again | batch | attempt |
 * | submitted | submitting | running | the attempt | batch, tasks, due, (outbox) | attempt |
 * | submitted | partlySubmitted | running | the attempt | batch, tasks, (due), (outbox) | attempt |
 * | submitted | inDoubt | running | the attempt, late | batch, tasks, (due), (outbox) | attempt |
 * | partly submitted | submitting | partlySubmitted | the attempt | batch, tasks, due | attempt |
 * | partly submitted | partlySubmitted | partlySubmitted | the attempt | batch, (tasks), (due) | attempt |
 * | partly submitted | inDoubt | partlySubmitted | the attempt, late | batch, tasks, due | attempt |
 * | postponed | submitting | submitting | the attempt | batch, due | attempt |
 * | postponed | inDoubt | submitting | the attempt, late | batch, due | attempt |
 * | refused | submitting | refused | the attempt | batch, due, (delivery), (outbox) | attempt |
 * | refused | inDoubt | refused | the attempt, late | batch, (delivery), (outbox) | attempt |
 * | in doubt | submitting | inDoubt | the attempt, or the next holder of the lane | batch, due, (tasks) | attempt |
 * | in doubt | partlySubmitted | inDoubt | the attempt, or the next holder of the lane | batch, (due), (tasks) | attempt |
 * | submit again | submitting | submitting | the attempt, where the hook says so | batch, (due) | attempt |
 * | submit again | inDoubt | submitting | an operator | batch, due | batch |
 * | submit again | inDoubt | partlySubmitted | an operator | batch, (due) | batch |
 * | submit again | partlySubmitted | partlySubmitted | an operator | batch, (due) | batch |
 * | adopt | inDoubt | running | an operator | batch, tasks, (due), (outbox) | batch |
 * | adopt | inDoubt | partlySubmitted | an operator | batch, tasks, due | batch |
 * | collected | running | running | the holder of the lane | batch, (due), (tasks), (recent) | batch |
 * | collected | partlySubmitted | partlySubmitted | the holder of the lane | batch, (due), (tasks), (recent) | batch |
 * | collected | inDoubt | inDoubt | the holder of the lane | batch, (due), (tasks), (recent) | batch |
 * | ended | running | done | the holder of the lane | batch, due, tasks, (outbox), (recent) | batch |
 * | abandon | inDoubt | abandoned | an operator | batch, (due), (outbox) | batch |
 * | abandon | partlySubmitted | abandoned | an operator | batch, (due), (outbox) | batch |
 * | remove | submitting | abandoned | an operator | batch, sent, due, outbox | batch |
 * | remove | partlySubmitted | abandoned | an operator | batch, sent, (due), outbox | batch |
 * | remove | running | abandoned | an operator | batch, sent, due, outbox | batch |
 * | remove | inDoubt | abandoned | an operator | batch, sent, (due), outbox | batch |
 * | remove | done | done | an operator | batch, sent, outbox | batch |
 * | remove | refused | refused | an operator | batch, sent, outbox | batch |
 * | remove | abandoned | abandoned | an operator | batch, sent, outbox | batch |
 *
 * What a process that ends leaves behind, and what is said:
 *
 * | state | a crash leaves | the sender hears | an operator sees |
 * |---|---|---|---|
 * | - | nothing: it is sent again | 503, or no answer | nothing |
 * | submitting | work that is due; once it is *sending*, a doubt, which the next holder of the lane notes | 202 | how often it was tried, why not taken, when it is tried again |
 * | partlySubmitted | as *submitting*, for the rest | 202 | the same, and the tasks that were taken |
 * | running | a poll that is due | 202, with the ids of its tasks | its tasks, as they end |
 * | inDoubt | nothing new: it waits for an operator | 202 | why, what was found, and the decisions |
 * | done | messages that are due | 202, the same as before | its results |
 * | refused | messages that are due | 502, or 202 where it was told so before; its delivery counts as new | why |
 * | abandoned | messages that are due | 202, the same as before | that it was given up |
 */
export type BatchState =
  | "submitting"
  | "partlySubmitted"
  | "running"
  | "inDoubt"
  | "done"
  | "refused"
  | "abandoned";

/** Whether nothing will become of the batch any more. */
export function isEnded(state: BatchState): boolean {
  return state === "done" || state === "refused" || state === "abandoned";
}

/** The longest record of a batch that is not in doubt, in bytes. */
export const MAX_RECORD_BYTES = 262_144;

/** How many tasks are where. */
export interface TaskCounts {
  pending: number;
  success: number;
  failed: number;
  /** Those whose result the service has forgotten, or nobody can read. */
  lost: number;
}

/** A request that submits tasks of a batch, while nobody knows what became of it. */
export interface Sending {
  /** Random for each attempt: whoever has made it, and nobody else, knows what became of it. */
  attemptId: string;
  /** The place of its first task, and how many there are from there on. */
  start: number;
  count: number;
}

/** What nobody knows of a submission. */
export interface Doubt extends Sending {
  /** What happened. */
  message: string;
  sinceMs: number;
  /** Tasks of the group that are new, whose places nobody knows. */
  recoveredTaskIds: readonly string[];
}

/** How the submission goes. */
export interface SubmissionState {
  attempts: number;
  /** When it is tried again: 0 for at once, whatever the clock says; nothing where it is over, or waits for an operator. */
  nextAtMs?: number;
  /** Why it was not taken the last time. */
  problem?: string;
}

/** How the collecting of results goes. */
export interface CollectionState {
  /** When the service is to be asked again; nothing where no task that it has is pending. */
  nextAtMs?: number;
  /** The place of the task to go on with, where there was no room for all of them in one go. */
  cursor: number;
  /** How often it has failed since it last went well. */
  failures: number;
  /** When the expiry of what is kept of the batch was last put off. */
  renewedAtMs: number;
  /** For how long nothing was new when it was last asked for. */
  quietMs: number;
}

/** A batch, as the store has it: small, as it changes often. What was sent and the tasks stand beside it. */
export interface BatchRecord {
  id: string;
  hook: string;
  deliveryId: string;
  /** The digest of the delivery's bytes. */
  fingerprint: string;
  /** Whether the delivery is named by its bytes, as nobody has signed its id. */
  isNamedByBytes?: true;
  state: BatchState;
  /** As what the sender was told of it, once it was told: it is told the same again. */
  told?: BatchState;
  createdAtMs: number;
  updatedAtMs: number;
  endedAtMs?: number;
  /** When its payload and its results were removed. */
  removedAtMs?: number;
  endpointId: string;
  taskCount: number;
  /** How many of its tasks, from the first one on, the service has taken. */
  takenCount: number;
  taskGroupId?: string;
  counts: TaskCounts;
  submission: SubmissionState;
  /** The request that is on its way. */
  sending?: Sending;
  doubt?: Doubt;
  /** When the service was last asked for its tasks. */
  collectedAtMs?: number;
  /** Absent until the service has tasks of it. */
  collection?: CollectionState;
  claims: Readonly<Record<string, unknown>>;
  commit?: Commit;
  /** The W3C trace context of the delivery. */
  traceparent?: string;
}

/** When there is something to do for a batch, in whole milliseconds: 0 for at once; nothing where there is nothing, or somebody has to decide. */
export function dueAtMs({ submission, collection }: BatchRecord): number | undefined {
  const { nextAtMs } = submission;
  const pollAtMs = collection?.nextAtMs;
  const atMs = Math.min(nextAtMs ?? Infinity, pollAtMs ?? Infinity);
  return atMs === Infinity ? undefined : Math.ceil(atMs);
}

/** What was, or is to be, submitted: written once, before anything is sent. */
export interface SentBatch {
  endpointId: string;
  options: SubmitOptions;
  tasks: readonly { functionId: string; payload: string }[];
}

/** A task, and how far it is. Its place in the list is its place in the batch. */
export interface TaskEntry {
  taskId: string;
  state: "pending" | "success" | "failed" | "notFound" | "undecodable";
  /** The service's own word, while it is pending. */
  status?: string;
  completedAtMs?: number;
  /** Since when the service says, of a task that is pending here, that it has no result for it. */
  missingSinceMs?: number;
}
