import { assert, assertEquals } from "@std/assert";
import type { Store } from "../../src/store/store.ts";
import { type Call, isLinearizable, record } from "./linearizable.ts";
import { seeded } from "./seeded.ts";
import { type StoreCase, storeCase } from "./store_case.ts";

const ROUNDS = 12;
const CALLERS = 3;
const CALLS_EACH = 3;

/** What a store promises to several callers at once. */
export const concurrencyCases: readonly StoreCase[] = [
  storeCase("is linearizable, with values of any size", async ({ store, reopen }) => {
    const stores = [store, await reopen?.() ?? store];
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const random = seeded(seed);
      const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
      const calls: Call[] = [];
      let step = 0;
      const nowStep = () => ++step;
      await Promise.all(Array.from({ length: CALLERS }, async (_, caller) => {
        const store = pick(stores);
        for (let n = 0; n < CALLS_EACH; n++) {
          const value = `${caller}.${n} ${"x".repeat(pick([0, 0, 10_000, 100_000, 700_000]))}`;
          const what = pick(["set", "set", "put", "delete", "get"] as const);
          let expected: string | undefined;
          if (what === "set") {
            expected = (await record(calls, store, { do: "get" }, nowStep)).result as string | undefined;
          }
          await record(calls, store, { do: what, value, expected }, nowStep);
        }
      }));
      const inBrief = calls.map(({ value, expected, result, ...call }) => [
        call,
        ...[value, expected, result].map((text) => typeof text === "string" ? text.slice(0, 4) : text),
      ]);
      assert(isLinearizable(calls), `seed ${seed}: ${JSON.stringify(inBrief)}`);
      await store.delete("key");
    }
  }),

  storeCase("lets one of several large compareAndSet win, and gives all of it", async ({ store, reopen }) => {
    const stores = [store, await reopen?.() ?? store];
    let standing: string | undefined;
    for (let round = 0; round < 3; round++) {
      const values = Array.from({ length: 6 }, (_, i) => `${round}.${i}`.repeat(400_000));
      const wins = await Promise.all(values.map((value, i) => {
        return (stores[i % 2] as Store).compareAndSet("key", standing, value);
      }));
      assertEquals(wins.filter(Boolean).length, 1);
      standing = values[wins.indexOf(true)] as string;
      assert(await store.get("key") === standing);
    }
  }),

  storeCase("gives a whole value to who reads while it is replaced", async ({ store, reopen }) => {
    const other = await reopen?.() ?? store;
    const values = ["a", "b", "c", "d"].map((letter, i) => letter.repeat(1_500_000 >> i));
    await store.put("key", values[0] as string);
    let isWriting = true;
    const reading = Promise.all([store, other].map(async (store) => {
      let reads = 0;
      for (; isWriting || reads < 2; reads++) {
        const value = await store.get("key") ?? "nothing";
        assert(values.includes(value), `${value.length} of ${value[0]}`);
      }
      return reads;
    }));
    for (let round = 0; round < 12; round++) {
      await (round % 2 ? store : other).put("key", values[round % values.length] as string);
    }
    isWriting = false;
    await reading;
  }),
];
