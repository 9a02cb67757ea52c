import type { BatchRecord } from "../records/batch_record.ts";
import { isAhead } from "../sightings.ts";

const FIRST_MS = 1_000;
/** The service may drop a result that nobody has asked for within 30 minutes: this is far inside. */
const LONGEST_MS = 5 * 60_000;
const FIRST_FAILURE_MS = 5_000;
/** More time than this, and than was to pass, has not passed: the clock was set ahead, or nothing ran meanwhile. */
const LONGEST_BELIEVED_MS = 60_000;
/** When a batch is looked at again with which nothing could be done, though it seemed to be due. */
const LOOK_AGAIN_MS = 10_000;

/** When a batch is asked for again: soon after something was new, and less often while nothing is. */
export function nextPollAtMs(nowMs: number, quietMs: number): number {
  return nowMs + Math.min(LONGEST_MS, Math.max(FIRST_MS, Math.ceil(quietMs / 2)));
}

/** For how long nothing has been new of a batch that is asked for now: counted from time to time, as a clock may be set. */
export function quietMsOf({ collection, collectedAtMs, updatedAtMs }: BatchRecord, nowMs: number): number {
  const { quietMs = 0, nextAtMs = 0 } = collection ?? {};
  const askedAtMs = collectedAtMs ?? updatedAtMs;
  const mostMs = Math.max(LONGEST_BELIEVED_MS, nextAtMs - askedAtMs);
  return quietMs + Math.min(Math.max(0, nowMs - askedAtMs), mostMs);
}

/** When a batch that could not be asked for is tried again. */
export function afterFailureAtMs(nowMs: number, failures: number): number {
  return nowMs + Math.min(LONGEST_MS, FIRST_FAILURE_MS * 2 ** Math.min(failures - 1, 10));
}

/** When there is something to do for a batch; nothing while it waits for somebody to decide. */
export function batchDueAtMs(record: BatchRecord, nowMs: number): number | undefined {
  const atMs = writtenDueAtMs(record);
  return atMs !== undefined && isAhead(record.updatedAtMs, nowMs) ? Math.min(atMs, nowMs) : atMs;
}

/** When a batch is to be looked at again that was looked at just now. */
export function againAtMs(record: BatchRecord, nowMs: number): number | undefined {
  const atMs = batchDueAtMs(record, nowMs);
  if (atMs === undefined) return undefined;
  return Math.max(atMs, isAhead(record.updatedAtMs, nowMs) ? nowMs + LOOK_AGAIN_MS : nowMs);
}

function writtenDueAtMs(record: BatchRecord): number | undefined {
  const { state, submission, collection, updatedAtMs } = record;
  switch (state) {
    case "submitting":
      return Math.max(submission.nextAttemptAtMs, submission.leaseUntilMs);
    case "running":
      return collection?.nextAtMs ?? updatedAtMs + FIRST_MS;
    case "inDoubt":
      return undefined;
    default: // It has ended, and what comes after that was not brought to its end.
      return 0;
  }
}

/** When the service was last asked for the tasks of a batch, or it became known. */
export function askedAtMs({ collectedAtMs, createdAtMs }: BatchRecord): number {
  return collectedAtMs ?? createdAtMs;
}
