import { put } from "../../src/store/writes.ts";
import type { EdgeContext } from "../context.ts";
import { goneKey, pausedKey } from "../records/keys.ts";
import { sha256Hex } from "../../src/base/sha256.ts";
import type { DeliveryRound } from "./delivery_round.ts";

/** After so long another message is tried at a receiver that did not answer, whenever that one is due again. */
const REST_MS = 5 * 60_000;
/** No receiver is left alone for longer because it has asked for it. */
const MAX_PAUSE_MS = 24 * 60 * 60 * 1000;

/** Clocks differ by so much without anything being wrong. */
const SLACK_MS = 5_000;

/** A receiver, by the digest of its address: the address itself is a secret. */
export async function receiverOf(url: string): Promise<string> {
  return await sha256Hex(url);
}

/** Whether a receiver has said that it wants no more. */
export async function isGone({ store }: EdgeContext, receiver: string): Promise<boolean> {
  return await store.get(goneKey(receiver)) !== undefined;
}

/** Notes that a receiver wants no more, for as long as anything is kept. */
export async function noteGone({ store, retentionMs }: EdgeContext, receiver: string): Promise<void> {
  await put(store, goneKey(receiver), "", { expiresInMs: retentionMs });
}

/** Whether a receiver is to be left alone: it did not answer in this round, or has asked for it in an earlier one. */
export async function isResting({ resting, context }: DeliveryRound, receiver: string): Promise<boolean> {
  if (resting.has(receiver)) return true;
  const pause = await context.store.get(pausedKey(receiver));
  const [sinceMs = NaN, untilMs = NaN] = pause?.split(" ").map(Number) ?? [];
  const nowMs = context.clock.nowMs();
  // A pause from later than now is of a clock that was set back since.
  if (!(untilMs > nowMs) || sinceMs > nowMs + SLACK_MS) return false;
  resting.set(receiver, untilMs);
  return true;
}

/**
 * Leaves a receiver alone that does not answer: for the rest of the round, or for as long as it has asked for.
 *
 * @param nextAtMs When the message that was tried is due again.
 */
export async function letRest(
  { context: { store, clock }, resting }: DeliveryRound,
  receiver: string,
  { nextAtMs, retryAfterMs = 0 }: { nextAtMs: number | undefined; retryAfterMs?: number | undefined },
): Promise<void> {
  const nowMs = clock.nowMs();
  const pauseMs = Math.min(retryAfterMs, MAX_PAUSE_MS);
  // The message that was tried comes first again: were it another one each time, its first attempts would follow closely.
  const untilMs = Math.min((nextAtMs ?? nowMs) + 1, nowMs + REST_MS);
  resting.set(receiver, pauseMs > 0 ? nowMs + pauseMs : untilMs);
  if (pauseMs > 0) {
    await put(store, pausedKey(receiver), `${nowMs} ${nowMs + pauseMs}`, { expiresInMs: pauseMs });
  }
}
