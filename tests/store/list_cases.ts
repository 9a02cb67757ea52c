import { assert, assertEquals } from "@std/assert";
import { put, remove } from "../../src/store/writes.ts";
import { seeded } from "./seeded.ts";
import { commitAll, keysOf, pairOf, type StoreCase, storeCase } from "./store_case.ts";
import { together } from "./together.ts";

const numbered = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${prefix}${String(i).padStart(4, "0")}`);

/** What a store promises of lists. */
export const listCases: readonly StoreCase[] = [
  storeCase("lists by prefix, after a key, and so many", async (opened) => {
    const [store, other] = await pairOf(opened);
    const keys = [
      "b",
      "a/2",
      "a/10",
      "a/",
      "a",
      "B",
      "a0",
      "~",
      " ",
      "a/Z",
      "a/z",
      "a/~",
      "a/ ",
      "a.b",
      "a-b",
    ];
    await commitAll(store, keys.map((key) => ({ key, value: "1" })));
    const sorted = [...keys].sort();
    assertEquals(await other.list(""), sorted);
    assertEquals(await other.list("a/"), ["a/", "a/ ", "a/10", "a/2", "a/Z", "a/z", "a/~"]);
    assertEquals(await other.list("a/1"), ["a/10"]);
    assertEquals(await other.list("c"), []);
    for (const prefix of ["", "a", "a/", "a/1", "~", "c"]) {
      for (const after of ["", " ", "A", "a", "a/", "a/1", "a/10", "a/~", "a0", "b", "c", "~", "~~"]) {
        for (const limit of [1, 2, 5, 1000]) {
          assertEquals(
            await other.list(prefix, { after, limit }),
            sorted.filter((key) => key.startsWith(prefix) && key > after).slice(0, limit),
            JSON.stringify({ prefix, after, limit }),
          );
        }
      }
    }
  }),

  storeCase("lists 1,000 keys at most, and goes on after the last of them", async (opened) => {
    const [store, other] = await pairOf(opened);
    const keys = numbered("k/", 2100);
    await commitAll(store, ["a", ...keys, "l"].map((key) => ({ key, value: "1" })));
    assertEquals(await other.list("k/"), keys.slice(0, 1000));
    assertEquals(await other.list("k/", { limit: 1000, after: "k/0999" }), keys.slice(1000, 2000));
    assertEquals(await other.list("k/", { after: "k/1999" }), keys.slice(2000));
    assertEquals(await keysOf(other, "k/"), keys);
    assertEquals((await other.list("")).length, 1000);
  }),

  storeCase("has each key that stays in its pages, while others are written and removed", async (opened) => {
    const [store, other] = await pairOf(opened);
    const random = seeded(5);
    const keys = numbered("k/", 600);
    const staying = keys.filter((_, i) => i % 3 === 0);
    await commitAll(store, keys.map((key) => ({ key, value: "1" })));
    let isListing = true;
    const write = async (goesOn: () => boolean) => {
      while (isListing && goesOn()) {
        const changes = keys.filter((_, i) => i % 3 && random() < 0.05).slice(0, 64)
          .map((key) => ({ key, value: random() < 0.5 ? null : "2" }));
        await other.commit(changes);
      }
    };
    await together([write, async () => {
      for (let round = 0; round < 3; round++) {
        const seen: string[] = [];
        for (let page = [""]; page.length > 0; seen.push(...page)) {
          page = await store.list("k/", { after: page.at(-1) as string, limit: 37 });
          assert(page.length <= 37);
        }
        assertEquals(seen, [...new Set(seen)].sort());
        assertEquals(seen.filter((key) => staying.includes(key)), staying);
        assertEquals(seen.filter((key) => !keys.includes(key)), []);
      }
      isListing = false;
    }]);
  }),

  storeCase("goes on listing while what is listed is removed", async ({ store }) => {
    const keys = numbered("k/", 100);
    await commitAll(store, keys.map((key) => ({ key, value: "1" })));
    const seen: string[] = [];
    for (let page = [""]; page.length > 0; seen.push(...page)) {
      page = await store.list("k/", { after: page.at(-1) as string, limit: 9 });
      await remove(store, ...page);
      await store.commit(page.map((key) => ({ key: `other/${key}`, value: "1" })));
    }
    assertEquals(seen, keys);
    assertEquals(await keysOf(store), keys.map((key) => `other/${key}`));
  }),

  storeCase("fills a list with what stands, however much has expired", async (opened, { clock }) => {
    const [store, other] = await pairOf(opened);
    const keys = numbered("k/", 1500);
    await commitAll(
      store,
      keys.map((key, i) => ({ key, value: "1", ...(i % 300 < 290 ? { expiresInMs: 1000 } : {}) })),
    );
    assertEquals((await other.list("k/")).length, 1000);
    clock.advance(1000);
    const left = keys.filter((_, i) => i % 300 >= 290);
    assertEquals(await other.list("k/"), left);
    assertEquals(await other.list("k/", { limit: 15 }), left.slice(0, 15));
    assertEquals(await store.list("k/", { limit: 15, after: left[14] as string }), left.slice(15, 30));
    await put(other, "k/0000", "2");
    assertEquals(await store.list("k/", { limit: 2 }), ["k/0000", left[0] as string]);
  }),
];
