import type { AcceptedTask, SubmitOptions } from "../../mod.ts";
import type { Commit } from "../hook.ts";

/**
 * How far a batch is:
 *
 * - `submitting`: it is being submitted, or will be tried again;
 * - `running`: the service has its tasks;
 * - `inDoubt`: nobody knows whether the service has them, and somebody has to decide;
 * - `done`: all tasks have come to their end;
 * - `refused`: the service did not take it, and will not;
 * - `abandoned`: an operator gave it up.
 */
export type BatchState = "submitting" | "running" | "inDoubt" | "done" | "refused" | "abandoned";

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

/** What nobody knows of a submission. */
export interface Doubt {
  /** What happened. */
  message: string;
  sinceMs: number;
  /** Tasks that were taken, with their places. */
  accepted: readonly AcceptedTask[];
  /** Tasks of the group that are new, whose places nobody knows. */
  recoveredTaskIds: readonly string[];
}

/** How the submission goes. */
export interface SubmissionState {
  /** Under which the client notes what it sends: another one for each time that a batch in doubt is sent again. */
  key: string;
  attempts: number;
  /** When it is due again, unless somebody is at it. */
  nextAttemptAtMs: number;
  /** Until when somebody is at it. */
  leaseUntilMs: number;
  /** Why it was not taken the last time. */
  problem?: string;
  /** What becomes of it where it is in doubt, once: somebody has decided that it may be sent again. */
  onDoubt?: "submitAgain";
}

/** How the collecting of results goes. */
export interface CollectionState {
  /** When the service is to be asked again. */
  nextAtMs: number;
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
  state: BatchState;
  createdAtMs: number;
  updatedAtMs: number;
  endedAtMs?: number;
  endpointId: string;
  taskCount: number;
  taskGroupId?: string;
  counts: TaskCounts;
  submission: SubmissionState;
  doubt?: Doubt;
  /** When the service was last asked for its tasks. */
  collectedAtMs?: number;
  /** Absent until the service was first asked for its tasks. */
  collection?: CollectionState;
  claims: Readonly<Record<string, unknown>>;
  commit?: Commit;
  /** The W3C trace context of the delivery. */
  traceparent?: string;
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
