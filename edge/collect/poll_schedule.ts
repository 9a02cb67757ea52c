import type { BatchRecord } from "../records/batch_record.ts";

const FIRST_MS = 1_000;
/** The service may drop a result that nobody has asked for within 30 minutes: this is far inside. */
const LONGEST_MS = 5 * 60_000;
const FIRST_FAILURE_MS = 5_000;

/** When a batch is asked for again: soon after something was new, and less often while nothing is. */
export function nextPollAtMs({ nowMs, changedAtMs }: { nowMs: number; changedAtMs: number }): number {
  return nowMs + Math.min(LONGEST_MS, Math.max(FIRST_MS, Math.ceil((nowMs - changedAtMs) / 2)));
}

/** When a batch that could not be asked for is tried again. */
export function afterFailureAtMs(nowMs: number, failures: number): number {
  return nowMs + Math.min(LONGEST_MS, FIRST_FAILURE_MS * 2 ** Math.min(failures - 1, 10));
}

/** When there is something to do for a batch; nothing while it waits for somebody to decide. */
export function batchDueAtMs(record: BatchRecord): number | undefined {
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
