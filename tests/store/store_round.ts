import type { Store } from "../../src/store/store.ts";
import { increment } from "./counter.ts";

/** What a process does in one round, beside others, and may be killed at. */
export interface Round {
  /** Of the process. */
  name: string;
  round: number;
  /** How long values get. */
  maxLength: number;
  /** Whether the processes also take turns at a counter, which nobody may who is killed. */
  hasClaims?: boolean;
  /** Is called after each thing done. */
  onDone?(): void;
}

/** How often `onDone` is called in one round. */
export const DONE_PER_ROUND = 5;

/** Writes, reads and removes what others write, read and remove too. */
export async function runRound(store: Store, options: Round): Promise<void> {
  const { name, round, maxLength, hasClaims = false, onDone = () => {} } = options;
  await increment(store, "counter");
  onDone();
  await store.put("shared", wholeValue((round * 7919) % maxLength));
  onDone();
  await readWhole(store, "shared");
  if (hasClaims) await incrementClaimed(store, name);
  await store.put(`own/${name}/${round}`, wholeValue(round));
  onDone();
  await store.delete(`own/${name}/${round - 2}`);
  await store.delete("removed");
  onDone();
  await store.compareAndSet("removed", undefined, wholeValue((round * 104_729) % maxLength));
  onDone();
  await readWhole(store, "removed");
}

/** What has to be true of the store, whenever and however often its processes were killed. */
export interface AfterCrash {
  /** How often each process, which was killed, was done with something. */
  done: Readonly<Record<string, number>>;
  /** What the counter said before. */
  counter: number;
}

/** Holds what killed processes left against what they were done with; gives what the counter says now. */
export async function checkAfterCrash(store: Store, { done, counter }: AfterCrash): Promise<number> {
  let increments = counter;
  for (const [name, count] of Object.entries(done)) {
    increments += Math.ceil(count / DONE_PER_ROUND);
    const last = Math.floor((count - 3) / DONE_PER_ROUND);
    if (last >= 0 && await store.get(`own/${name}/${last}`) !== wholeValue(last)) {
      throw new Error(`'own/${name}/${last}' has been lost`);
    }
    if (await store.get(`own/${name}/${last - 3}`) !== undefined) {
      throw new Error(`'own/${name}/${last - 3}' has been removed, and is there`);
    }
  }
  const now = Number(await store.get("counter"));
  const kills = Object.keys(done).length;
  if (!(now >= increments && now <= increments + kills)) {
    throw new Error(`The counter says ${now} after ${increments} increments and ${kills} kills`);
  }
  for await (const key of store.list("")) {
    const value = await store.get(key) as string;
    if (key !== "counter" && !isWhole(value)) throw new Error(`'${key}' holds a part of a value`);
    if (!await store.compareAndSet(key, value, value)) throw new Error(`'${key}' cannot be written`);
  }
  return now;
}

/** A value of which a part shows: the length, then so many of one letter, then an end. */
function wholeValue(length: number): string {
  return `${length}:${"x".repeat(length)}.`;
}

function isWhole(value: string): boolean {
  return value === wholeValue(Number(value.slice(0, value.indexOf(":"))));
}

/** Reads what others write, and fails if it is not all there. */
async function readWhole(store: Store, key: string): Promise<void> {
  const value = await store.get(key);
  if (value !== undefined && !isWhole(value)) throw new Error(`'${key}' holds a part of a value`);
}

/** Adds one to a counter that only the holder of a claim may touch. */
async function incrementClaimed(store: Store, name: string): Promise<void> {
  // Somebody else has it for as long as two calls take.
  for (let attempt = 0; !await store.compareAndSet("claim", undefined, name); attempt++) {
    if (attempt > 100_000) throw new Error("Cannot get the claim: it is not given back");
  }
  const before = await store.get("claimed");
  await store.put("claimed", `${Number(before ?? 0) + 1}`);
  await store.delete("claim");
}
