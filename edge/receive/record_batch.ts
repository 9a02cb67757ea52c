import { compareAndSet, put, remove } from "../../src/store/writes.ts";
import type { EdgeContext } from "../context.ts";
import type { BatchRecord, SentBatch } from "../records/batch_record.ts";
import { readRecord } from "../records/json_record.ts";
import { batchKey, openKey, recentKey, sentKey } from "../records/keys.ts";
import type { WrittenBatch } from "../submit/attempt_submission.ts";
import { type Claim, freeClaim, holdBack } from "./claim.ts";
import type { PackedBatch } from "./pack_batch.ts";

/** How long `collect` leaves a new batch to whoever received it. */
const RECEIVER_MS = 20_000;

/** What a batch's record has of its delivery. */
export type BatchOrigin = Pick<
  BatchRecord,
  "id" | "hook" | "deliveryId" | "claims" | "commit" | "traceparent"
>;

/**
 * Puts a new batch into the store: what is to be sent, then its record, then the lists that it is found by. What
 * another process has written for the same delivery stands.
 *
 * @returns The record as it stands; nothing where the batch was given up meanwhile.
 */
export async function recordBatch(
  context: EdgeContext,
  origin: BatchOrigin,
  made: PackedBatch,
): Promise<WrittenBatch | undefined> {
  const { store, clock, retentionMs: expiresInMs } = context;
  const { id } = origin;
  const isFirst = await compareAndSet(store, sentKey(id), undefined, made.text, { expiresInMs });
  const sent = isFirst ? made.sent : (await readRecord<SentBatch>(store, sentKey(id)))?.value ?? made.sent;
  const nowMs = clock.nowMs();
  const fresh: BatchRecord = {
    ...origin,
    state: "submitting",
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    endpointId: sent.endpointId,
    taskCount: sent.tasks.length,
    counts: { pending: sent.tasks.length, success: 0, failed: 0, lost: 0 },
    submission: { key: id, attempts: 0, nextAttemptAtMs: nowMs + RECEIVER_MS, leaseUntilMs: 0 },
  };
  const text = JSON.stringify(fresh);
  const isNew = await compareAndSet(store, batchKey(id), undefined, text, { expiresInMs });
  const record = isNew ? { value: fresh, text } : await readRecord<BatchRecord>(store, batchKey(id));
  if (record === undefined) return undefined;
  await listBatch(context, record.value);
  return { record, sent };
}

/** Puts a batch that is not at its end on the lists: a process may have ended before it did. */
export async function listBatch(context: EdgeContext, record: BatchRecord): Promise<void> {
  const { store, clock, retentionMs: expiresInMs } = context;
  await put(store, openKey(record.id), String(record.createdAtMs), { expiresInMs });
  await put(store, recentKey(record.createdAtMs, record.id), record.hook, { expiresInMs });
  await context.due(Math.max(clock.nowMs(), record.submission.nextAttemptAtMs));
}

/**
 * Takes a batch back of which surely nothing was submitted, and its delivery with it: it may be sent again. The
 * record's key stays taken, so that a process that was held up writes no batch there which nobody knows of.
 *
 * @returns Whether it was done: not where somebody was told of the batch, or has taken it up.
 */
export async function removeBatch(context: EdgeContext, held: Claim, record: BatchRecord): Promise<boolean> {
  const { store, retentionMs: expiresInMs } = context;
  const claim = await holdBack(context, held);
  if (claim === undefined) return false;
  const found = await readRecord<BatchRecord>(store, batchKey(record.id));
  if (found === undefined || !isUntouched(found.value, record)) return false;
  if (!await compareAndSet(store, batchKey(record.id), found.text, "", { expiresInMs })) return false;
  await remove(store, openKey(record.id));
  await remove(store, recentKey(record.createdAtMs, record.id));
  await remove(store, sentKey(record.id));
  await freeClaim(context, claim);
  return true;
}

function isUntouched({ state, submission }: BatchRecord, before: BatchRecord): boolean {
  return state === before.state && submission.leaseUntilMs === 0 &&
    submission.attempts === before.submission.attempts;
}

/**
 * Sees to it that no process that has had the delivery before writes a batch for it from now on.
 *
 * @returns Whether that is so: not where it has written one.
 */
export async function forbidBatch(context: EdgeContext, { record, isTakenOver }: Claim): Promise<boolean> {
  if (!isTakenOver) return true;
  const { store, retentionMs: expiresInMs } = context;
  const key = batchKey(record.batchId);
  return await compareAndSet(store, key, undefined, "", { expiresInMs }) || await store.get(key) === "";
}
