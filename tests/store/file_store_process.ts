/**
 * A process that shares a file store with others: `<directory> <name> <rounds> [claims]`. It prints a
 * dot for each thing done, so that it can be killed in the middle of one, and `done` at its end.
 *
 * @module
 */
import process from "node:process";
import { fileStore } from "../../src/store/file_store.ts";
import type { Store } from "../../src/store/store.ts";
import { increment } from "./counter.ts";

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

async function main([directory = "", name = "", rounds = "0", mode]: string[]): Promise<void> {
  const store = fileStore(directory);
  for (let round = 0; round < Number(rounds); round++) {
    await increment(store, "counter");
    process.stdout.write(".");
    await store.put("shared", wholeValue((round * 7919) % 200_000));
    process.stdout.write(".");
    await readWhole(store, "shared");
    if (mode === "claims") await incrementClaimed(store, name);
    await store.put(`own/${name}/${round}`, wholeValue(round));
    process.stdout.write(".");
    await store.delete(`own/${name}/${round - 2}`);
    await store.delete("removed");
    process.stdout.write(".");
    await store.compareAndSet("removed", undefined, wholeValue(round));
    process.stdout.write(".");
    await readWhole(store, "removed");
  }
  process.stdout.write("done");
}

void main(process.argv.slice(2));
