import type { EdgeContext } from "../context.ts";
import type { BatchRecord } from "../records/batch_record.ts";
import { batchKey } from "../records/keys.ts";
import { updateRecord, type Versioned } from "../records/json_record.ts";

/** How long nobody else takes a batch up whose process has ended. */
export const LEASE_MS = 20_000;
/** How often it is renewed: a process that is held up for a while does not lose it. */
const RENEW_MS = 5_000;

/** A reason that is made once: without one, each abort would cost a trace of the stack. */
const OVER = "over";

/** The right to submit a batch, or to decide about it. */
export interface SubmissionLease {
  readonly batchId: string;
  /** Under which it is submitted. */
  readonly key: string;
  /** Tells it from those of others. There are two while it is being renewed. */
  untilMs: readonly number[];
}

/**
 * Takes the right to work on a batch in this state, unless somebody has it.
 *
 * @param guess The record as it stood a moment ago.
 * @returns The record as it stands, and the lease, if it was taken.
 */
export async function takeLease(
  context: EdgeContext,
  batchId: string,
  state: "submitting" | "inDoubt",
  guess?: Versioned<BatchRecord>,
): Promise<{ record: BatchRecord | undefined; lease?: SubmissionLease }> {
  let lease: SubmissionLease | undefined;
  const record = await updateRecord<BatchRecord>(
    context.store,
    batchKey(batchId),
    (found) => {
      lease = undefined;
      const nowMs = context.clock.nowMs();
      const { submission } = found;
      if (found.state !== state || isLeased(context, found)) return undefined;
      lease = { batchId, key: submission.key, untilMs: [nowMs + LEASE_MS] };
      const attempts = submission.attempts + (state === "submitting" ? 1 : 0);
      return {
        ...found,
        updatedAtMs: nowMs,
        submission: { ...submission, attempts, leaseUntilMs: nowMs + LEASE_MS },
      };
    },
    context.retentionMs,
    guess,
  );
  return { record, ...(lease === undefined ? {} : { lease }) };
}

/** The batches that a handler of this process submits now. */
const submitting = new WeakMap<EdgeContext, Set<string>>();

/**
 * Whether a process works on a batch: this one, or another one whose lease this process has not yet seen unchanged for
 * its length. The time of day says nothing of that, as clocks differ, and are set.
 */
export function isLeased(context: EdgeContext, { id, submission: { leaseUntilMs } }: BatchRecord): boolean {
  if (leaseUntilMs === 0) return false;
  if (submitting.get(context)?.has(id)) return true;
  const seenForMs = context.sightings.forMs(`lease/${id}`, String(leaseUntilMs)) ?? 0;
  return seenForMs < LEASE_MS;
}

/** Whether nobody else has taken the batch up since. */
export function isHeld({ submission }: BatchRecord, { key, untilMs }: SubmissionLease): boolean {
  return submission.key === key && untilMs.includes(submission.leaseUntilMs);
}

/** Gives the lease back. */
export async function giveBack(context: EdgeContext, lease: SubmissionLease): Promise<void> {
  await updateRecord<BatchRecord>(
    context.store,
    batchKey(lease.batchId),
    (found) =>
      isHeld(found, lease) ? { ...found, submission: { ...found.submission, leaseUntilMs: 0 } } : undefined,
    context.retentionMs,
  );
}

/** Runs work, and renews the lease while it lasts: the service may hold a submission for minutes. */
export async function whileHeld<T>(
  context: EdgeContext,
  lease: SubmissionLease,
  work: () => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const renewing = renew(context, lease, over.signal);
  const own = submitting.get(context) ?? new Set();
  submitting.set(context, own);
  own.add(lease.batchId);
  try {
    return await work();
  } finally {
    over.abort(OVER);
    await renewing; // Nothing is written behind the back of what follows.
    own.delete(lease.batchId);
  }
}

async function renew(context: EdgeContext, lease: SubmissionLease, signal: AbortSignal): Promise<void> {
  const { clock, store, retentionMs } = context;
  while (!signal.aborted) {
    try {
      await clock.sleep(RENEW_MS, { signal });
    } catch {
      return; // The work is over.
    }
    const untilMs = clock.nowMs() + LEASE_MS;
    lease.untilMs = [...lease.untilMs, untilMs];
    try {
      let isMine = false;
      await updateRecord<BatchRecord>(store, batchKey(lease.batchId), (found) => {
        isMine = isHeld(found, lease);
        return isMine ? { ...found, submission: { ...found.submission, leaseUntilMs: untilMs } } : undefined;
      }, retentionMs);
      if (!isMine) return;
      lease.untilMs = [untilMs];
    } catch {
      // It may have been written or not, and a store that fails may be back before the lease is over.
    }
  }
}
