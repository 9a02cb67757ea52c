import { assert, assertEquals } from "@std/assert";
import { seeded } from "./seeded.ts";
import { keysOf, type StoreCase, storeCase } from "./store_case.ts";

/** About where stores begin to split values, in bytes, and where a row or a commit ends. */
const LIMITS: readonly number[] = [0, 4096, 64_000, 65_536, 512_000, 819_200, 2 ** 20, 2 ** 21];

/** What a store promises of values, keys and numbers of keys beyond its own limits. */
export const sizeCases: readonly StoreCase[] = [
  storeCase("keeps values of any length, in place of one another", async ({ store, reopen }) => {
    const other = await reopen?.() ?? store;
    const random = seeded(7);
    const values = LIMITS.flatMap((limit) => [
      ...[-1, 0, 1, 2].map((more) => "x".repeat(Math.max(0, limit + more))),
      "\u20ac".repeat(limit / 3),
      `\ud83e${"y".repeat(limit / 2)}`,
    ]).map((value) => ({ value, order: random() })).sort((a, b) => a.order - b.order);
    let standing: string | undefined;
    for (const { value } of values) {
      assert(await store.compareAndSet("key", standing, value), `${standing?.length} to ${value.length}`);
      assert(await other.get("key") === value, `${value.length} of ${value.charCodeAt(0)}`);
      standing = value;
    }
    await store.delete("key");
    assertEquals([await other.get("key"), await keysOf(other)], [undefined, []]);
  }),

  storeCase("tells long keys apart that begin alike, and has them in order", async ({ store, reopen }) => {
    const begin = "p".repeat(5000);
    const keys = [
      ...["", "b", "a", "\ud83e", "\uffff", "\u{1f9ea}", "a\0", `a${begin}`].map((end) => begin + end),
      ...[798, 799, 800, 801, 832, 833].map((length) => begin.slice(0, length)),
      ...[266, 267, 268, 1000].map((length) => "\u20ac".repeat(length)),
      ...[398, 399, 400, 1000, 1001].map((length) => "\0".repeat(length)),
      ...[267, 1000].map((length) => "\uddea".repeat(length)),
    ];
    await Promise.all(keys.map((key, i) => store.put(key, `${i}`)));
    const other = await reopen?.() ?? store;
    for (const [i, key] of keys.entries()) assertEquals(await other.get(key), `${i}`);
    const prefixes = ["", "p", begin, `${begin}a`, "\u20ac".repeat(267), "\0".repeat(400), "\ud83e", "q"];
    for (const prefix of prefixes) {
      const expected = keys.filter((key) => key.startsWith(prefix)).sort();
      assertEquals(await keysOf(other, prefix), expected, `${prefix.slice(0, 10)}, ${prefix.length} long`);
    }
    await Promise.all(keys.map((key) => store.delete(key)));
    assertEquals(await keysOf(other), []);
  }),

  storeCase("lists more keys than it reads at once, while others go", async ({ store }) => {
    const keys = Array.from({ length: 1100 }, (_, i) => `k/${String(i).padStart(4, "0")}`);
    await Promise.all(["a", ...keys, "l"].map((key) => store.put(key, "1")));
    assertEquals(await keysOf(store, "k/"), keys);
    const seen: string[] = [];
    for await (const key of store.list("k/")) {
      seen.push(key);
      const next = keys[keys.indexOf(key) + 1];
      if (Number(key.slice(2)) % 4 === 0 && next) await store.delete(next);
    }
    // One that is removed as late as this may be there, and none of the others is missing.
    const left = keys.filter((_, i) => i % 4 !== 1);
    assertEquals(seen.filter((key) => left.includes(key)), left);
    assertEquals(seen, [...new Set(seen)].sort());
    assertEquals(await keysOf(store, "k/"), left);
  }),

  storeCase("keeps what is large and gone out of the way of what comes", async ({ store }, { clock }) => {
    for (let round = 0; round < 4; round++) {
      const value = `${round}`.repeat(900_000);
      await store.put("key", value, { expiresInMs: 10 });
      assert(await store.get("key") === value);
      clock.advance(10);
      assertEquals([await store.get("key"), await keysOf(store)], [undefined, []]);
      if (round % 2) assert(await store.compareAndSet("key", undefined, "small"));
      else await store.delete("key");
    }
    assertEquals(await store.get("key"), "small");
  }),
];
