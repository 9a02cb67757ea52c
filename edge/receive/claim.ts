import { compareAndSet } from "../../src/store/writes.ts";
import type { EdgeContext } from "../context.ts";
import { readRecord, type Versioned } from "../records/json_record.ts";
import { bodyKey, deliveryKey } from "../records/keys.ts";
import { sha256Hex } from "../../src/base/sha256.ts";
import { isAhead } from "../sightings.ts";

/** What a sender was told, word for word. */
export interface KeptAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** A delivery, as the store has it. */
export interface DeliveryRecord {
  deliveryId: string;
  batchId: string;
  /** Of its bytes. */
  fingerprint: string;
  /** Until when somebody is at it, unless there is an answer. */
  leaseUntilMs: number;
  answer?: KeptAnswer;
  /** Its batch is being taken back: nothing is to be promised to anybody. */
  isTakenBack?: true;
}

/** A delivery that is ours to handle. */
export interface Claim {
  readonly key: string;
  /** What stands there, as long as it is ours. */
  readonly text: string;
  readonly record: DeliveryRecord;
  /** Whether another process had it before, and may still be at it. */
  readonly isTakenOver: boolean;
  /** Where its id stands for its bytes, if it is named by the bytes. */
  readonly idKey?: string;
}

/** What comes of the attempt to claim a delivery. */
export type ClaimResult =
  | { readonly state: "claimed"; readonly claim: Claim }
  | { readonly state: "answered"; readonly record: DeliveryRecord; readonly answer: KeptAnswer }
  | { readonly state: "underWay" }
  /** Its id stands for other bytes. */
  | { readonly state: "reused" };

/** What is to be claimed. */
export interface ClaimedDelivery {
  hook: string;
  deliveryId: string;
  /** Without a signature on its id, it is named by its bytes: anybody could put another id on them. */
  isIdSigned: boolean;
  /** The SHA-256 digest of its bytes. */
  bodyDigest: Promise<string>;
  /** How long nobody else may take it up. */
  leaseMs: number;
}

/** Claims a delivery: of all that try, at whatever time, one gets it, until it is answered or given back. */
export async function claimDelivery(context: EdgeContext, delivery: ClaimedDelivery): Promise<ClaimResult> {
  const { store, clock, retentionMs: expiresInMs } = context;
  const { hook, deliveryId, isIdSigned } = delivery;
  const [fingerprint, idDigest] = await Promise.all([delivery.bodyDigest, sha256Hex(deliveryId)]);
  const byId = deliveryKey(hook, idDigest);
  const key = isIdSigned ? byId : bodyKey(hook, fingerprint);
  // Most are new, and are claimed as such: what stands there is read only where that fails.
  for (let isGuess = true;; isGuess = false) {
    const found = isGuess ? undefined : await readRecord<DeliveryRecord>(store, key);
    if (found !== undefined) {
      if (!isIdSigned && await standsForOther(context, byId, fingerprint)) return { state: "reused" };
      const { answer, leaseUntilMs } = found.value;
      if (found.value.fingerprint !== fingerprint) return { state: "reused" };
      if (answer !== undefined) return { state: "answered", record: found.value, answer };
      const nowMs = clock.nowMs();
      // A lease from later than now is of a clock that was set back since: who had it may take hours to be missed.
      const isOver = leaseUntilMs <= nowMs || isAhead(leaseUntilMs - delivery.leaseMs, nowMs);
      if (!isOver) return { state: "underWay" };
    }
    const { deliveryId: firstId = deliveryId, batchId = crypto.randomUUID() } = found?.value ?? {};
    const leaseUntilMs = clock.nowMs() + delivery.leaseMs;
    const record: DeliveryRecord = { deliveryId: firstId, batchId, fingerprint, leaseUntilMs };
    const text = JSON.stringify(record);
    if (!await compareAndSet(store, key, found?.text, text, { expiresInMs })) continue;
    const claim: Claim = { key, text, record, isTakenOver: found !== undefined };
    if (isIdSigned) return { state: "claimed", claim };
    const claimed = { ...claim, idKey: byId };
    if (await compareAndSet(store, byId, undefined, JSON.stringify({ fingerprint }), { expiresInMs })) {
      return { state: "claimed", claim: claimed };
    }
    if (!await standsForOther(context, byId, fingerprint)) return { state: "claimed", claim: claimed };
    // The same id came with other bytes, before or at the same time. What was taken over may have a batch.
    if (found === undefined) await compareAndSet(store, key, text, undefined);
    return { state: "reused" };
  }
}

async function standsForOther(context: EdgeContext, idKey: string, fingerprint: string): Promise<boolean> {
  const found = await readRecord<Pick<DeliveryRecord, "fingerprint">>(context.store, idKey);
  return found !== undefined && found.value.fingerprint !== fingerprint;
}

/** Gives a delivery back, as if it had never come; nothing happens where another process has it by now. */
export async function freeClaim(context: EdgeContext, { key, text, record, idKey }: Claim): Promise<void> {
  const { store } = context;
  const { fingerprint } = record;
  if (idKey !== undefined && await store.get(key) === text) {
    await compareAndSet(store, idKey, JSON.stringify({ fingerprint }), undefined);
  }
  await compareAndSet(store, key, text, undefined);
}

/**
 * Says that the batch of a delivery is about to be taken back.
 *
 * @returns The claim as it stands now; nothing where the sender has been told of the batch, or somebody else has the
 * delivery by now.
 */
export async function holdBack(
  { store, retentionMs }: EdgeContext,
  claim: Claim,
): Promise<Claim | undefined> {
  const record: DeliveryRecord = { ...claim.record, isTakenBack: true };
  const text = JSON.stringify(record);
  const isOurs = await compareAndSet(store, claim.key, claim.text, text, { expiresInMs: retentionMs });
  return isOurs ? { ...claim, record, text } : undefined;
}

/**
 * Keeps what the sender is told. What was kept before, by another process, stands.
 *
 * @param isOnlyOurs Whether it may be kept only as long as nobody else has taken the delivery over.
 * @returns What the sender is to be told; nothing where it is not ours to say.
 */
export async function keepAnswer(
  { store, retentionMs }: EdgeContext,
  claim: Claim,
  answer: KeptAnswer,
  isOnlyOurs: boolean,
): Promise<KeptAnswer | undefined> {
  let found: Versioned<DeliveryRecord> | undefined = { value: claim.record, text: claim.text };
  for (;; found = await readRecord<DeliveryRecord>(store, claim.key)) {
    if (found?.value.answer !== undefined) return found.value.answer;
    const isOurs = found?.text === claim.text;
    if ((isOnlyOurs && !isOurs) || found?.value.isTakenBack === true) return undefined;
    if (found === undefined || found.value.batchId !== claim.record.batchId) return answer;
    const text = JSON.stringify({ ...found.value, answer });
    if (await compareAndSet(store, claim.key, found.text, text, { expiresInMs: retentionMs })) return answer;
  }
}
