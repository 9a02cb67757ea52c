import { assert, assertEquals } from "@std/assert";
import type { Store, StoreChange } from "../../src/store/store.ts";
import { put } from "../../src/store/writes.ts";
import { seeded } from "./seeded.ts";
import { contentOf, keysOf, pairOf, type StoreCase, storeCase } from "./store_case.ts";

/** What may stand under a key, what may be expected there, and what may be written. */
const STANDING = [undefined, "", "1"] as const;
const EXPECTED = [undefined, null, "", "1", "2"] as const;
const WRITTEN = [undefined, null, "", "3"] as const;

/** One way to change a key, and what comes of it. */
interface Form {
  standing: string | undefined;
  change: Omit<StoreChange, "key">;
  isMade: boolean;
  after: string | undefined;
}

const FORMS: readonly Form[] = STANDING.flatMap((standing) =>
  EXPECTED.flatMap((expected) =>
    WRITTEN.flatMap((value) => {
      if (expected === undefined && value === undefined) return [];
      const change = {
        ...(expected === undefined ? {} : { expected }),
        ...(value === undefined ? {} : { value }),
      };
      const isMade = expected === undefined || (standing ?? null) === expected;
      const after = isMade && value !== undefined ? value ?? undefined : standing;
      return [{ standing, change, isMade, after }];
    })
  )
);

const setUp = (forms: readonly Form[]): StoreChange[] =>
  forms.map(({ standing }, i) => ({ key: `key ${i}`, value: standing ?? null }));
const changesOf = (forms: readonly Form[]): StoreChange[] =>
  forms.map(({ change }, i) => ({ key: `key ${i}`, ...change }));
const valuesOf = (store: Store, forms: readonly Form[]) =>
  Promise.all(forms.map((_, i) => store.get(`key ${i}`)));

/** What a store promises of a commit that no other one meets. */
export const commitCases: readonly StoreCase[] = [
  storeCase("makes one change in each form by what stands there", async (opened) => {
    const [store, other] = await pairOf(opened);
    for (const form of FORMS) {
      const what = JSON.stringify(form);
      await store.commit(setUp([form]));
      assertEquals(await store.commit(changesOf([form])), form.isMade, what);
      assertEquals(await other.get("key 0"), form.after, what);
      assertEquals(await keysOf(other), form.after === undefined ? [] : ["key 0"], what);
    }
  }),

  storeCase("makes the changes that it was given, whatever their caller does with them", async (opened) => {
    const [store, other] = await pairOf(opened);
    const changes: StoreChange[] = [{ key: "a", value: "1" }, { key: "b", value: "1", expected: null }];
    const keys = ["a", "b"];
    const making = store.commit(changes);
    Object.assign(changes[0] as StoreChange, { key: "c", value: "2" });
    changes[1] = { key: "a", value: "3" };
    assertEquals(await making, true);
    const reading = other.getMany(keys);
    keys.reverse().push("c");
    assertEquals(await reading, ["1", "1"]);
    assertEquals(await keysOf(other), ["a", "b"]);
  }),

  storeCase("makes changes in all forms in one commit", async (opened) => {
    const [store, other] = await pairOf(opened);
    const forms = FORMS.filter(({ isMade }) => isMade);
    assert(forms.length <= 64);
    await store.commit(setUp(forms));
    assertEquals(await store.commit(changesOf(forms)), true);
    assertEquals(await valuesOf(other, forms), forms.map(({ after }) => after));
  }),

  storeCase("makes none of the changes where what one of them expects is not there", async (opened) => {
    const [store, other] = await pairOf(opened);
    const forms = FORMS.filter(({ isMade }) => isMade);
    await store.commit(setUp(forms));
    const before = await contentOf(other);
    for (const failing of FORMS.filter(({ isMade }) => !isMade)) {
      for (const position of [0, 20, forms.length]) {
        await other.commit([{ key: "failing", value: failing.standing ?? null }]);
        const changes = changesOf(forms);
        changes.splice(position, 0, { key: "failing", ...failing.change });
        const what = `${JSON.stringify(failing)} at ${position}`;
        assertEquals(await store.commit(changes), false, what);
        assertEquals(await other.get("failing"), failing.standing, what);
        await other.commit([{ key: "failing", value: null }]);
      }
    }
    assertEquals(await contentOf(other), before);
  }),

  storeCase("makes a commit of 64 changes, or none of it", async (opened) => {
    const [store, other] = await pairOf(opened);
    const key = (i: number) => `${i}`.padStart(2, "0");
    for (let i = 0; i < 64; i += 2) await put(store, key(i), "old");
    const before = await contentOf(store);
    const changes = Array.from({ length: 64 }, (_, i): StoreChange => {
      const expected = i % 2 ? null : "old";
      if (i % 8 === 0) return { key: key(i), expected };
      return { key: key(i), value: i % 8 === 2 ? null : `new ${i}`, expected };
    });
    for (const wrong of [0, 1, 2, 33, 62, 63]) {
      const broken = changes.map((change, i) => i === wrong ? { ...change, expected: "other" } : change);
      assertEquals(await store.commit(broken), false);
      assertEquals(await contentOf(other), before, `${wrong}`);
    }
    assertEquals(await store.commit(changes), true);
    const after = changes.flatMap(({ key, value = "old" }) => value === null ? [] : [[key, value]]);
    assertEquals(await contentOf(other), after as [string, string][]);
    assertEquals(await store.commit(changes), false);
  }),

  storeCase("only checks where nothing is written", async (opened) => {
    const [store, other] = await pairOf(opened);
    await store.commit([{ key: "a", value: "1" }, { key: "b", value: "" }]);
    assertEquals(
      await other.commit([{ key: "a", expected: "1" }, { key: "b", expected: "" }, {
        key: "c",
        expected: null,
      }]),
      true,
    );
    for (
      const wrong of [{ key: "a", expected: null }, { key: "b", expected: null }, {
        key: "c",
        expected: "",
      }]
    ) {
      assertEquals(await other.commit([wrong]), false, wrong.key);
      assertEquals(await other.commit([wrong, { key: "d", value: "1" }]), false, wrong.key);
      assertEquals(await other.commit([{ key: "d", value: "1" }, wrong]), false, wrong.key);
    }
    assertEquals(await contentOf(store), [["a", "1"], ["b", ""]]);
  }),

  storeCase("makes an empty commit, and reads no keys", async ({ store }) => {
    assertEquals([await store.commit([]), await store.getMany([]), await keysOf(store)], [true, [], []]);
  }),

  storeCase("takes an option that is undefined as one that is left out", async ({ store }) => {
    const changes = [{ key: "a", value: "1", expected: undefined, expiresInMs: undefined }];
    assertEquals(await store.commit(changes as unknown as StoreChange[]), true);
    const checks = [{ key: "a", value: undefined, expected: "1" }];
    assertEquals(await store.commit(checks as unknown as StoreChange[]), true);
    assertEquals(await store.get("a"), "1");
  }),

  storeCase("gives what is under 10 keys, in the order of the keys", async (opened) => {
    const [store, other] = await pairOf(opened);
    const random = seeded(3);
    const keys = Array.from({ length: 10 }, (_, i) => `key ${i}`);
    await store.commit(keys.filter((_, i) => i % 3).map((key) => ({ key, value: `of ${key}` })));
    const value = (key: string) => Number(key.slice(4)) % 3 ? `of ${key}` : undefined;
    for (let round = 0; round < 10; round++) {
      const asked = keys.map((key) => ({ key, order: random() })).sort((a, b) => a.order - b.order)
        .slice(0, 1 + round).map(({ key }) => key);
      assertEquals(await other.getMany(asked), asked.map(value));
    }
    assertEquals(await other.getMany(["key 1", "key 0", "key 1"]), ["of key 1", undefined, "of key 1"]);
  }),
];
