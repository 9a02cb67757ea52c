/**
 * What every store promises, as cases that run anywhere: they use neither `Deno` nor files, and no time passes but
 * on the clock that the store is made with.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import type { Store } from "../../src/store/store.ts";
import { concurrencyCases } from "./concurrency_cases.ts";
import { increment } from "./counter.ts";
import { sizeCases } from "./size_cases.ts";
import { keysOf, type StoreCase, storeCase } from "./store_case.ts";
import { command, follow } from "./store_model.ts";

const ODD_KEYS: readonly string[] = [
  "",
  " ",
  ".",
  "..",
  "../../etc/passwd",
  "/",
  "a/b",
  "a\\b",
  "a%2fb",
  "%",
  "%u20ac",
  "CON",
  "nul.txt",
  "trailing. ",
  "key",
  "KEY",
  "Key",
  "\0",
  "a\0b",
  "line\nfeed",
  "__proto__",
  "constructor",
  "\u20ac",
  "\u00e9",
  "e\u0301",
  "\u{1f9ea}",
  "\ud83e",
  "\uddea",
  "\uddea\ud83e",
  "\uffff",
  "k-x",
  "h-x",
  "x".repeat(197),
  "x".repeat(198),
  "x".repeat(199),
  "x".repeat(255),
  "x".repeat(256),
  "\u20ac".repeat(5000),
  "X".repeat(100_000),
];

/** The promises of {@linkcode Store}. */
export const storeCases: readonly StoreCase[] = [
  storeCase("gives back what was put, and nothing for what was not", async ({ store }) => {
    assertEquals(await store.get("a"), undefined);
    await store.put("a", "1");
    await store.put("b", "");
    assertEquals([await store.get("a"), await store.get("b"), await store.get("c")], ["1", "", undefined]);
    await store.put("a", "2");
    assertEquals(await store.get("a"), "2");
  }),

  storeCase("removes, and removes nothing where there is nothing", async ({ store }) => {
    await store.delete("a");
    for (let round = 0; round < 3; round++) {
      await store.put("a", `${round}`);
      await store.delete("a");
      await store.delete("a");
      assertEquals([await store.get("a"), await keysOf(store)], [undefined, []]);
    }
  }),

  storeCase("writes by compareAndSet only over what is expected", async ({ store }) => {
    assertEquals(await store.compareAndSet("a", "0", "1"), false);
    assertEquals(await store.get("a"), undefined);
    assertEquals(await store.compareAndSet("a", undefined, "1"), true);
    assertEquals(await store.compareAndSet("a", undefined, "2"), false);
    assertEquals(await store.compareAndSet("a", "2", "3"), false);
    assertEquals(await store.get("a"), "1");
    assertEquals(await store.compareAndSet("a", "1", "1"), true);
    assertEquals(await store.compareAndSet("a", "1", ""), true);
    assertEquals(await store.compareAndSet("a", undefined, "2"), false);
    assertEquals(await store.compareAndSet("a", "", "2"), true);
    await store.delete("a");
    assertEquals(await store.compareAndSet("a", "2", "3"), false);
    assertEquals(await store.compareAndSet("a", undefined, "3"), true);
    assertEquals(await store.get("a"), "3");
  }),

  storeCase("has no value any more once it has expired", async ({ store }, { clock }) => {
    await store.put("a", "1", { expiresInMs: 1000 });
    await store.put("b", "1", { expiresInMs: 1001 });
    await store.put("c", "1", { expiresInMs: 0 });
    await store.put("d", "1", { expiresInMs: Infinity });
    assertEquals(await store.compareAndSet("e", undefined, "1", { expiresInMs: 1000 }), true);
    assertEquals([await store.get("a"), await store.get("c"), await store.get("e")], ["1", undefined, "1"]);
    clock.advance(999);
    assertEquals(await keysOf(store), ["a", "b", "d", "e"]);
    clock.advance(1);
    assertEquals([await store.get("a"), await store.get("b")], [undefined, "1"]);
    assertEquals(await keysOf(store), ["b", "d"]);
    assertEquals(await store.compareAndSet("a", "1", "2"), false);
    assertEquals(await store.compareAndSet("a", undefined, "2"), true);
    await store.delete("e");
    clock.advance(1e12);
    assertEquals(await keysOf(store), ["a", "d"]);
  }),

  storeCase("ends an expiry with the value that had it", async ({ store }, { clock }) => {
    await store.put("a", "1", { expiresInMs: 10 });
    await store.put("a", "2");
    await store.put("b", "1", { expiresInMs: 10 });
    await store.compareAndSet("b", "1", "2");
    await store.put("c", "1");
    await store.put("c", "2", { expiresInMs: 10 });
    clock.advance(10);
    assertEquals([await store.get("a"), await store.get("b"), await store.get("c")], ["2", "2", undefined]);
  }),

  storeCase(
    "has nothing where a claim was given back, whenever the clock is set back",
    async ({ store }, { clock }) => {
      await store.put("put", "1", { expiresInMs: 0 });
      await store.put("claim", "mine", { expiresInMs: 60_000 });
      assert(await store.compareAndSet("claim", "mine", "", { expiresInMs: 0 }));
      clock.step(-3_600_000);
      assertEquals([await store.get("put"), await store.get("claim")], [undefined, undefined]);
      assertEquals(await keysOf(store), []);
      assert(await store.compareAndSet("claim", undefined, "another", { expiresInMs: 60_000 }));
    },
  ),
  storeCase("gives a claim back by a compareAndSet that expires at once", async ({ store }) => {
    assert(await store.compareAndSet("claim", undefined, "mine", { expiresInMs: 60_000 }));
    assertEquals(await store.compareAndSet("claim", "other", "", { expiresInMs: 0 }), false);
    assertEquals(await store.get("claim"), "mine");
    assert(await store.compareAndSet("claim", "mine", "", { expiresInMs: 0 }));
    assertEquals([await store.get("claim"), await keysOf(store)], [undefined, []]);
    assert(await store.compareAndSet("claim", undefined, "other"));
  }),

  storeCase("refuses a negative expiry, and leaves what is there", async ({ store }) => {
    await store.put("a", "1");
    for (const expiresInMs of [-1, NaN]) {
      await assertRejects(() => store.put("a", "2", { expiresInMs }), RangeError, "expiresInMs");
      const set = () => store.compareAndSet("a", "1", "2", { expiresInMs });
      await assertRejects(set, RangeError, "expiresInMs");
    }
    assertEquals(await store.get("a"), "1");
  }),

  storeCase("lists by prefix, in the order of UTF-16 units", async ({ store }) => {
    const keys = ["b", "a/2", "a/10", "a/", "a", "B", "a0", "", "a/\uffff", "a/\u{1f9ea}", "a/Z", "a/\u00e9"];
    await Promise.all(keys.map((key) => store.put(key, "1")));
    assertEquals(await keysOf(store), [...keys].sort());
    assertEquals(
      await keysOf(store, "a/"),
      ["a/", "a/10", "a/2", "a/Z", "a/\u00e9", "a/\u{1f9ea}", "a/\uffff"],
    );
    assertEquals(await keysOf(store, "a/1"), ["a/10"]);
    assertEquals(await keysOf(store, "c"), []);
  }),

  storeCase("goes on listing while what is listed is removed and written", async ({ store }) => {
    const keys = Array.from({ length: 100 }, (_, i) => `k/${String(i).padStart(3, "0")}`);
    await Promise.all(keys.map((key) => store.put(key, "1")));
    const seen: string[] = [];
    for await (const key of store.list("k/")) {
      seen.push(key);
      await store.delete(key);
      await store.put(`other/${key}`, "1");
    }
    assertEquals(seen, keys);
    assertEquals((await keysOf(store)).length, 100);
    for await (const key of store.list("other/")) {
      assertEquals(key, "other/k/000");
      break;
    }
  }),

  storeCase("keeps odd keys apart", async ({ store, reopen }) => {
    await Promise.all(ODD_KEYS.map((key, i) => store.put(key, `${i}`)));
    for (const [i, key] of ODD_KEYS.entries()) assertEquals(await store.get(key), `${i}`);
    const other = await reopen?.() ?? store;
    assertEquals(await keysOf(other), [...ODD_KEYS].sort());
    assertEquals(await keysOf(other, "x"), ODD_KEYS.filter((key) => key.startsWith("x")).sort());
    assertEquals(await keysOf(other, "X".repeat(500)), ["X".repeat(100_000)]);
    for (const [i, key] of ODD_KEYS.entries()) {
      assertEquals(await other.compareAndSet(key, `${i}`, key), true);
      assertEquals(await other.get(key), key);
      await store.delete(key);
    }
    assertEquals(await keysOf(store), []);
  }),

  storeCase("keeps any value as it is", async ({ store, reopen }) => {
    const values = [
      "",
      "\ufeffx",
      "\r\n",
      "\0",
      "\u20ac\u{1f9ea}",
      "\ud83e",
      "a\uddea",
      "\ufffd",
      "\uffff",
      '{"bytes":1}\n',
    ];
    const other = await reopen?.() ?? store;
    for (const value of values) {
      await store.put("a", value);
      assertEquals(await other.get("a"), value);
      assertEquals(await other.compareAndSet("a", value, value), true);
    }
  }),

  storeCase("takes values of 12 MB", async ({ store, reopen }) => {
    const value = "0123456789ab".repeat(1e6);
    await store.put("a", value);
    const other = await reopen?.() ?? store;
    assert(await other.get("a") === value);
    assert(!await other.compareAndSet("a", `${value.slice(1)}x`, "1"));
    assert(await other.compareAndSet("a", value, "small"));
    assertEquals(await store.get("a"), "small");
  }),

  storeCase("lets one of 100 compareAndSet win", async ({ store, reopen }, { clock }) => {
    const stores = [store, await reopen?.() ?? store];
    await store.put("expired", "0", { expiresInMs: 1 });
    await store.put("there", "0");
    await store.put("deleted", "0");
    await store.delete("deleted");
    clock.advance(1);
    for (
      const [key, expected] of [["new", undefined], ["deleted", undefined], ["expired", undefined], [
        "there",
        "0",
      ]]
    ) {
      const wins = await Promise.all(
        Array.from(
          { length: 100 },
          (_, i) => (stores[i % 2] as Store).compareAndSet(key as string, expected, `by ${i}`),
        ),
      );
      assertEquals(wins.filter(Boolean).length, 1, key);
      assertEquals(await store.get(key as string), `by ${wins.indexOf(true)}`);
    }
  }),

  storeCase("loses no increment of a counter", async ({ store, reopen }) => {
    const stores = [store, await reopen?.() ?? store];
    await Promise.all(Array.from({ length: 8 }, async (_, i) => {
      for (let n = 0; n < 10; n++) await increment(stores[i % 2] as Store, "n");
    }));
    assertEquals(await store.get("n"), "80");
  }),

  storeCase("keeps what was last put of many puts and deletes at once", async ({ store }) => {
    await Promise.all(Array.from({ length: 200 }, (_, i) => store.put(`k${i % 50}`, `${i}`)));
    await Promise.all(Array.from({ length: 25 }, (_, i) => store.delete(`k${i}`)));
    const keys = await keysOf(store);
    assertEquals(keys.length, 25);
    for (const key of keys) assertEquals(await store.get(key), `${150 + Number(key.slice(1))}`);
  }),

  storeCase("is there for whoever opens it next", async ({ store, reopen }, { clock }) => {
    if (!reopen) return;
    const other = await reopen();
    await store.put("a", "1");
    await store.put("b", "1", { expiresInMs: 10 });
    await other.put("c", "1");
    assertEquals([await other.get("a"), await other.get("b"), await store.get("c")], ["1", "1", "1"]);
    await other.delete("a");
    clock.advance(10);
    const third = await reopen();
    assertEquals(await keysOf(third), ["c"]);
    assertEquals([await store.get("a"), await third.get("b")], [undefined, undefined]);
  }),

  {
    name: "does as a map does, whatever it is asked",
    run: (kind) =>
      fc.assert(
        fc.asyncProperty(fc.array(command, { maxLength: 40 }), (commands) => follow(kind, commands)),
        {
          numRuns: 60,
          seed: 20261123,
        },
      ),
  },

  ...sizeCases,
  ...concurrencyCases,
];
