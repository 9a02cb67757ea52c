import { assert } from "@std/assert";
import type { Store, StoreChange } from "../../src/store/store.ts";
import { remove } from "../../src/store/writes.ts";
import { brokenConnection } from "./broken_connection.ts";
import { type Call, isLinearizable, record } from "./linearizable.ts";
import { type Random, seeded } from "./seeded.ts";
import { pairOf, type StoreCase, storeCase } from "./store_case.ts";

const ROUNDS = 40;
const CALLERS = 4;
const CALLS_EACH = 4;
const KEYS = ["a", "b", "c"];

/** That the calls of several callers are of one moment each, between their begin and their end. */
export const linearizableCases: readonly StoreCase[] = [
  storeCase("is linearizable, with commits of several keys and values of any size", async (opened) => {
    const stores = await pairOf(opened);
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const calls = await callAtOnce(stores, seeded(seed));
      await checkCalls(calls, stores, seed);
    }
  }),

  storeCase(
    "is linearizable where connections break, and rejected commits are made later",
    async (opened) => {
      const stores = await pairOf(opened);
      for (let seed = 1; seed <= ROUNDS; seed++) {
        const connections = stores.map((store, i) => brokenConnection(store, seeded(seed * 2 + i)));
        const calls = await callAtOnce(connections.map(({ store }) => store), seeded(seed));
        for (const { settled } of connections) await settled();
        await checkCalls(calls, stores, seed);
      }
    },
  ),
];

/** Has several callers read and commit at once, each what it expects by what it read. */
async function callAtOnce(stores: readonly Store[], random: Random): Promise<Call[]> {
  const calls: Call[] = [];
  await Promise.all(Array.from({ length: CALLERS }, async (_, caller) => {
    const store = stores[caller % 2] as Store;
    const seen = new Map<string, string | null>();
    for (let n = 0; n < CALLS_EACH; n++) {
      const keys = KEYS.filter(() => random() < 0.7);
      if (keys.length === 0) keys.push("a");
      // Most read and commit in turn, so that they meet in what they saw; the last one reads what they write.
      const reads = caller === CALLERS - 1 || random() < 0.2 ? random() < 0.7 : n % 2 === 0;
      if (reads) {
        const { result } = await record(calls, store, { read: keys });
        if (!Array.isArray(result)) continue;
        for (const [i, key] of keys.entries()) seen.set(key, result[i] ?? null);
      } else {
        const commit = keys.map((key) => changeOf(key, `${caller}.${n}.${key}`, seen.get(key), random));
        await record(calls, store, { commit });
      }
    }
  }));
  return calls;
}

/** One of the forms of a change, on what its caller saw there. */
function changeOf(key: string, value: string, seen: string | null | undefined, random: Random): StoreChange {
  const form = random();
  const size = [0, 0, 0, 0, 0, 10_000, 100_000, 700_000][Math.floor(random() * 8)] as number;
  const written = random() < 0.2 ? null : `${value} ${"x".repeat(size)}`;
  if (form < 0.25 || seen === undefined) return { key, value: written };
  return form < 0.65 ? { key, expected: seen } : { key, expected: seen, value: written };
}

/** Holds the calls, and what stands in the end, against all orders, and empties the store. */
async function checkCalls(calls: Call[], stores: readonly Store[], seed: number): Promise<void> {
  const [store, other] = stores as [Store, Store];
  await record(calls, store, { read: KEYS });
  const inBrief = (_: string, value: unknown) => typeof value === "string" ? value.slice(0, 8) : value;
  assert(isLinearizable(calls), `seed ${seed}: ${JSON.stringify(calls, inBrief)}`);
  await remove(other, ...KEYS);
}
