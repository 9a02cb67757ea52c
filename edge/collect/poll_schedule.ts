import type { BatchRecord } from "../records/batch_record.ts";

const FIRST_MS = 1_000;
/** The service may drop a result that nobody has asked for within 30 minutes: this is far inside. */
const LONGEST_MS = 5 * 60_000;
const FIRST_FAILURE_MS = 5_000;
/** More time than this, and than was to pass, has not passed: the clock was set ahead, or nothing ran meanwhile. */
const LONGEST_BELIEVED_MS = 60_000;

/**
 * When a batch is asked for again: soon after something was new, and less often while nothing is. Of the second half of
 * the wait the roundest time is taken, so that batches meet that wait about as long, and one request asks for all.
 */
export function nextPollAtMs(nowMs: number, quietMs: number): number {
  const waitMs = Math.min(LONGEST_MS, Math.max(FIRST_MS, Math.ceil(quietMs / 2)));
  for (let gridMs = LONGEST_MS;; gridMs /= 2) {
    const atMs = Math.ceil(Math.floor((nowMs + waitMs) / gridMs) * gridMs);
    if (atMs >= nowMs + waitMs / 2) return atMs;
  }
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
