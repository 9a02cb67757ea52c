import { assert, assertEquals } from "@std/assert";
import { compareAndSet, put, remove } from "../../src/store/writes.ts";
import { seeded } from "./seeded.ts";
import { commitAll, contentOf, keysOf, pairOf, type StoreCase, storeCase } from "./store_case.ts";

/** About where stores begin to split values, in bytes, and where a row or a commit ends. */
const LIMITS: readonly number[] = [0, 4096, 64_000, 65_536, 512_000, 819_200, 2 ** 20, 2 ** 21];

const LONG = "p".repeat(399);
const PRINTABLE = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i));

/** Keys that an engine may take for something else, or for one another. */
const ODD_KEYS: readonly string[] = [
  ...PRINTABLE,
  "../../etc/passwd",
  "..",
  "a/b",
  "a\\b",
  "a%2fb",
  "%u20ac",
  "CON",
  "nul.txt",
  "trailing. ",
  " leading",
  "key",
  "KEY",
  "Key",
  "__proto__",
  "constructor",
  "toString",
  "null",
  "undefined",
  "a_b",
  "aXb",
  "a%b",
  "a*b",
  "a?b",
  "a[b]b",
  "'; drop table store; --",
  '"quoted"',
  "1",
  "01",
  "1.0",
  "1e0",
  "~~",
  "~~~",
  ...PRINTABLE.map((last) => LONG + last),
  "x".repeat(254),
  "x".repeat(255),
  "x".repeat(256),
  "x".repeat(399),
  "x".repeat(400),
  "X".repeat(400),
].filter((key, i, keys) => keys.indexOf(key) === i);

const PREFIXES = ["", " ", "~", "~~", "a", "a_", "a%", "a*", "a?", "a[", "__", "..", "'", "x", "X", "K", "k"]
  .concat(LONG, `${LONG}~`, "x".repeat(255), "x".repeat(400), "p".repeat(400), "none");

/** What a store promises of keys and values of each size. */
export const sizeCases: readonly StoreCase[] = [
  storeCase("keeps odd keys apart, and has them in the order of their bytes", async (opened) => {
    const [store, other] = await pairOf(opened);
    await commitAll(store, ODD_KEYS.map((key, i) => ({ key, value: `${i}` })));
    for (const [i, key] of ODD_KEYS.entries()) assertEquals(await other.get(key), `${i}`, key);
    const sorted = [...ODD_KEYS].sort();
    for (const prefix of PREFIXES) {
      const expected = sorted.filter((key) => key.startsWith(prefix));
      assertEquals(await other.list(prefix), expected, prefix);
      for (const after of ["a", "a_b", "~", LONG, expected[0] ?? "", expected.at(-1) ?? ""]) {
        const rest = expected.filter((key) => key > after).slice(0, 3);
        assertEquals(await other.list(prefix, { after, limit: 3 }), rest, `${prefix} after ${after}`);
      }
    }
    for (const [i, key] of ODD_KEYS.entries()) {
      assert(await compareAndSet(other, key, `${i}`, key), key);
      assertEquals(await store.get(key), key);
      await remove(store, key);
      assertEquals(await other.get(key), undefined);
    }
    assertEquals(await keysOf(store), []);
  }),

  storeCase("keeps each value as it is", async (opened) => {
    const [store, other] = await pairOf(opened);
    const values = [
      "",
      "\ufeffx",
      "x\ufeff",
      "\r\n",
      "\r",
      "\0",
      "a\0b",
      "\u20ac\u{1f9ea}",
      "\ufffd",
      "\uffff",
    ]
      .concat(
        "e\u0301",
        "\u00e9",
        "null",
        "1e3",
        " 1 ",
        '{"bytes":1}\n',
        "\u2028",
        "\u{10ffff}",
        "__proto__",
      );
    for (const value of values) {
      await put(store, "a", value);
      assertEquals([await other.get("a"), await other.getMany(["a"])], [value, [value]]);
      for (const another of values) {
        assertEquals(await other.commit([{ key: "a", expected: another }]), another === value);
      }
    }
    await store.commit(values.map((value, i) => ({ key: `${i}`.padStart(2, "0"), value })));
    assertEquals((await contentOf(other)).map(([, value]) => value), [...values, values.at(-1)]);
  }),

  storeCase("keeps values of any length, in place of one another", async (opened) => {
    const [store, other] = await pairOf(opened);
    const random = seeded(7);
    const values = LIMITS.flatMap((limit) => [
      ...[-1, 0, 1, 2].map((more) => "x".repeat(Math.max(0, limit + more))),
      "\u20ac".repeat(limit / 3),
      `${"y".repeat(limit / 2)}\u{1f9ea}`,
      // Wherever bytes or UTF-16 units are cut, a pair is cut.
      ...["", "x", "xx", "xxx"].map((begin) => begin + "\u{1f9ea}".repeat(limit / 4)),
    ]).map((value) => ({ value, order: random() })).sort((a, b) => a.order - b.order);
    let standing: string | undefined;
    for (const { value } of values) {
      assert(
        await compareAndSet(store, "key", standing, value),
        `${standing?.length} to ${value.length}`,
      );
      assert(await other.get("key") === value, `${value.length} of ${value.codePointAt(0)}`);
      standing = value;
    }
    await remove(store, "key");
    assertEquals([await other.get("key"), await keysOf(other)], [undefined, []]);
  }),

  storeCase("takes values of 10 MiB", async (opened) => {
    const [store, other] = await pairOf(opened);
    const value = "0123456789abcdef".repeat(10 * 2 ** 16);
    await put(store, "a", value);
    assert(await other.get("a") === value);
    assert((await other.getMany(["b", "a"]))[1] === value);
    assert(!await other.commit([{ key: "a", expected: `${value.slice(1, 2 ** 20)}x`, value: "1" }]));
    // What is expected counts too, so a value of this size is replaced by a small one.
    assert(await other.commit([{ key: "a", expected: value, value: "small" }]));
    assertEquals(await store.get("a"), "small");
  }),

  storeCase("replaces many values of different sizes in one commit", async (opened) => {
    const [store, other] = await pairOf(opened);
    const random = seeded(11);
    const keys = Array.from({ length: 20 }, (_, i) => `key ${i}`.padEnd(8));
    const standing: Record<string, string | undefined> = {};
    for (let round = 0; round < 12; round++) {
      const changes = keys.filter(() => random() < 0.7).map((key, i) => {
        const length = Math.floor(random() * 3) === 0 ? random() * 300_000 : random() * 5000;
        const value = random() < 0.2 ? null : `${round}.${i} `.repeat(Math.floor(length / 4));
        return { key, value, expected: standing[key] ?? null };
      });
      assert(await (round % 2 ? store : other).commit(changes), `round ${round}`);
      for (const { key, value } of changes) standing[key] = value ?? undefined;
      for (const half of [keys.slice(0, 10), keys.slice(10)]) {
        const values = await (round % 2 ? other : store).getMany(half);
        for (const [i, key] of half.entries()) assert(values[i] === standing[key], `${key}, round ${round}`);
      }
    }
    assertEquals(await keysOf(other), keys.filter((key) => standing[key] !== undefined).sort());
  }),

  storeCase("keeps what is large and gone out of the way of what comes", async ({ store }, { clock }) => {
    for (let round = 0; round < 4; round++) {
      const value = `${round}`.repeat(900_000);
      await put(store, "key", value, { expiresInMs: 10 });
      assert(await store.get("key") === value);
      clock.advance(10);
      assertEquals([await store.get("key"), await keysOf(store)], [undefined, []]);
      if (round % 2) assert(await compareAndSet(store, "key", undefined, "small"));
      else await remove(store, "key");
    }
    assertEquals(await store.get("key"), "small");
  }),
];
