import type { EdgeContext } from "../context.ts";
import { batchKey, listed, openKey, recentKey, sentKey } from "../records/keys.ts";
import type { WrittenBatch } from "../submit/attempt_submission.ts";
import { type BatchRecord, MAX_RECORD_BYTES } from "../records/batch_record.ts";
import { type Claim, toFree } from "./claim.ts";
import { checkBytes, type PackedBatch } from "./pack_batch.ts";

/** How long `collect` leaves a new batch to whoever received it. */
const RECEIVER_MS = 20_000;

/** What a batch's record has of its delivery. */
export type BatchOrigin = Pick<
  BatchRecord,
  "id" | "hook" | "deliveryId" | "claims" | "commit" | "traceparent"
>;

/**
 * Puts a new batch into the store, in one commit: what is to be sent, its record, and the lists that it is found by.
 *
 * @returns The record; nothing where another process has taken the delivery over, whose batch is the one that counts.
 * @throws {Refusal} If what the verifier says of the sender is too large.
 */
export async function recordBatch(
  context: EdgeContext,
  claim: Claim,
  origin: BatchOrigin,
  { sent, text: sentText }: PackedBatch,
): Promise<WrittenBatch | undefined> {
  const { store, clock, retentionMs: expiresInMs } = context;
  const { id } = origin;
  const nowMs = clock.nowMs();
  const nextAttemptAtMs = nowMs + RECEIVER_MS;
  const value: BatchRecord = {
    ...origin,
    state: "submitting",
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    endpointId: sent.endpointId,
    taskCount: sent.tasks.length,
    counts: { pending: sent.tasks.length, success: 0, failed: 0, lost: 0 },
    submission: { key: id, attempts: 0, nextAttemptAtMs, leaseUntilMs: 0 },
  };
  const text = JSON.stringify(value);
  checkBytes("what the verifier says of the sender", text, MAX_RECORD_BYTES);
  const isOurs = await store.commit([
    { key: claim.key, expected: claim.text },
    { key: sentKey(id), value: sentText, expiresInMs },
    { key: batchKey(id), value: text, expiresInMs },
    ...listed(value, expiresInMs),
  ]);
  if (!isOurs) return undefined;
  await context.due(nextAttemptAtMs);
  return { record: { value, text }, sent };
}

/**
 * Takes a refused batch back, of which surely nothing was submitted, and its delivery with it: it may be sent again.
 *
 * @returns Whether it was done: not where its sender was told of the batch, or another process has the delivery.
 */
export async function removeBatch(
  { store }: EdgeContext,
  claim: Claim,
  { id, createdAtMs }: BatchRecord,
): Promise<boolean> {
  const keys = [batchKey(id), sentKey(id), openKey(id), recentKey(createdAtMs, id)];
  return await store.commit([...toFree(claim), ...keys.map((key) => ({ key, value: null }))]);
}
