import type { StoreChange } from "../../mod.ts";
import type { EdgeContext } from "../context.ts";
import type { BatchRecord } from "../records/batch_record.ts";
import { readAtOnce } from "../records/json_record.ts";
import { batchKey, bodyKey, deliveryKey } from "../records/keys.ts";
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
}

/** A delivery that is ours to handle. */
export interface Claim {
  readonly key: string;
  /** What stands there, as long as it is ours. */
  readonly text: string;
  readonly record: DeliveryRecord;
  /** Whether another process had it before: it may have made the batch. */
  readonly isTakenOver: boolean;
  /** What else goes when it is given back: where its id stands for its bytes, if it is named by those. */
  readonly idKeys: readonly string[];
}

/** What comes of the attempt to claim a delivery. */
export type ClaimResult =
  | { readonly state: "claimed"; readonly claim: Claim }
  | { readonly state: "answered"; readonly record: DeliveryRecord; readonly answer: KeptAnswer }
  | { readonly state: "underWay" }
  /** Its id stands for other bytes. */
  | { readonly state: "reused" };

/** What the id of a delivery stands for that is named by its bytes. */
type NamedBytes = Pick<DeliveryRecord, "fingerprint">;

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
  const { hook, deliveryId, isIdSigned, leaseMs } = delivery;
  const [fingerprint, idDigest] = await Promise.all([delivery.bodyDigest, sha256Hex(deliveryId)]);
  const byId = deliveryKey(hook, idDigest);
  const key = isIdSigned ? byId : bodyKey(hook, fingerprint);
  const idKeys = isIdSigned ? [] : [byId];
  const idText = JSON.stringify({ fingerprint } satisfies NamedBytes);
  // Most are new, and are claimed as such: what stands there is read only where that fails.
  for (let isGuess = true;; isGuess = false) {
    const [found, named] = isGuess
      ? []
      : await readAtOnce<[DeliveryRecord, ...NamedBytes[]]>(store, key, ...idKeys);
    const isOther = (one?: { value: NamedBytes }) =>
      one !== undefined && one.value.fingerprint !== fingerprint;
    if (isOther(found) || isOther(named)) return { state: "reused" };
    if (found !== undefined) {
      const { answer, leaseUntilMs } = found.value;
      if (answer !== undefined) return { state: "answered", record: found.value, answer };
      const nowMs = clock.nowMs();
      // A lease from later than now is of a clock that was set back since: who had it may take hours to be missed.
      const isOver = leaseUntilMs <= nowMs || isAhead(leaseUntilMs - leaseMs, nowMs);
      if (!isOver) return { state: "underWay" };
    }
    const { deliveryId: firstId = deliveryId, batchId = crypto.randomUUID() } = found?.value ?? {};
    const leaseUntilMs = clock.nowMs() + leaseMs;
    const record: DeliveryRecord = { deliveryId: firstId, batchId, fingerprint, leaseUntilMs };
    const text = JSON.stringify(record);
    const isClaimed = await store.commit([
      { key, expected: found?.text ?? null, value: text, expiresInMs },
      ...idKeys.map((idKey) =>
        named === undefined
          ? { key: idKey, expected: null, value: idText, expiresInMs }
          : { key: idKey, expected: named.text }
      ),
    ]);
    if (!isClaimed) continue;
    const isTakenOver = found !== undefined;
    const isOwn = named === undefined || named.text === idText; // Else it stands for a delivery whose id is signed.
    return { state: "claimed", claim: { key, text, record, isTakenOver, idKeys: isOwn ? idKeys : [] } };
  }
}

/** The changes that give a delivery back, as if it had never come: none is made where another process has it by now. */
export function toFree({ key, text, idKeys }: Claim): StoreChange[] {
  return [{ key, expected: text, value: null }, ...idKeys.map((idKey) => ({ key: idKey, value: null }))];
}

/**
 * Keeps what the sender of a delivery that is still ours is told.
 *
 * @returns Whether it is ours.
 */
export async function answerClaim(
  { store, retentionMs: expiresInMs }: EdgeContext,
  { key, text, record }: Pick<Claim, "key" | "text" | "record">,
  answer: KeptAnswer,
): Promise<boolean> {
  const value = JSON.stringify({ ...record, answer });
  return await store.commit([{ key, expected: text, value, expiresInMs }]);
}

/**
 * Keeps the answer to the sender of a batch, also where another process has the delivery by now. An answer that was kept
 * before stays.
 *
 * @returns What the sender is to be told; nothing where the batch was taken back.
 */
export async function keepAnswer(
  context: EdgeContext,
  claim: Claim,
  answer: KeptAnswer,
): Promise<KeptAnswer | undefined> {
  const { record: { batchId } } = claim;
  let { text, record } = claim;
  for (;;) {
    if (record.answer !== undefined) return record.answer;
    if (await answerClaim(context, { key: claim.key, text, record }, answer)) return answer;
    const [found, batch] = await readAtOnce<[DeliveryRecord, BatchRecord]>(
      context.store,
      claim.key,
      batchKey(batchId),
    );
    if (batch === undefined) return undefined;
    if (found?.value.batchId !== batchId) return answer; // It has expired, and the batch has not.
    ({ text, value: record } = found);
  }
}
