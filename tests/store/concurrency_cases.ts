import { assert, assertEquals } from "@std/assert";
import type { Store, StoreChange } from "../../src/store/store.ts";
import { compareAndSet, put, remove } from "../../src/store/writes.ts";
import { increment } from "./counter.ts";
import { seeded } from "./seeded.ts";
import { contentOf, pairOf, type StoreCase, storeCase } from "./store_case.ts";
import { together } from "./together.ts";

/** What a store promises to several callers at once. */
export const concurrencyCases: readonly StoreCase[] = [
  storeCase("shows each commit of 64 changes whole or not at all", async (opened) => {
    const stores = await pairOf(opened);
    const [store] = stores;
    const number = (i: number) => `${i}`.padStart(2, "0");
    const always = Array.from({ length: 36 }, (_, i) => `always ${number(i)}`);
    const even = Array.from({ length: 14 }, (_, i) => `even ${number(i)}`);
    const checked = Array.from({ length: 14 }, (_, i) => `checked ${number(i)}`);
    const random = seeded(17);
    const valueOf = (version: number, i: number) =>
      `${version} ${"x".repeat(i % 9 === 0 ? (version * 7919) % 20_000 : i)}`;
    const changesTo = (version: number): StoreChange[] => {
      const changes = [
        ...always.map((key, i) => ({
          key,
          value: valueOf(version, i),
          ...(i % 2 ? {} : { expected: version === 1 ? null : valueOf(version - 1, i) }),
        })),
        ...even.map((key, i) => ({ key, value: version % 2 ? null : valueOf(version, i) })),
        ...checked.map((key, i) => ({ key, expected: i % 2 ? null : "1" })),
      ];
      return changes.map((change) => ({ change, order: random() }))
        .sort((a, b) => a.order - b.order).map(({ change }) => change);
    };
    await store.commit(checked.filter((_, i) => i % 2 === 0).map((key) => ({ key, value: "1" })));
    assert(await store.commit(changesTo(1)));
    const asked = [0, 1, 17, 27, 35].map((i) => always[i] as string)
      .concat([0, 7, 13].map((i) => even[i] as string), checked[0] as string, checked[13] as string);
    const last = 25;

    const write = async (store: Store, goesOn: () => boolean) => {
      for (let version = 1; version < last && goesOn();) {
        // Each writer goes on from what it sees: one of those that meet wins.
        version = Number((await store.get(always[0] as string) as string).split(" ")[0]);
        if (version < last) await store.commit(changesTo(version + 1));
      }
    };
    const read = async (store: Store, goesOn: () => boolean) => {
      let version = 0;
      while (version < last && goesOn()) {
        const values = await store.getMany(asked);
        const now = Number(values[0]?.split(" ")[0]);
        const expected = asked.map((key) => {
          const [kind, digits] = key.split(" ");
          if (kind === "checked") return Number(digits) % 2 ? undefined : "1";
          return kind === "even" && now % 2 ? undefined : valueOf(now, Number(digits));
        });
        assertEquals(values.map((value) => value?.slice(0, 9)), expected.map((value) => value?.slice(0, 9)));
        assert(values.every((value, i) => value === expected[i]), `version ${now}`);
        assert(now >= version, `version ${now} after ${version}`);
        version = now;
      }
    };
    await together([
      ...stores.map((store) => (goesOn: () => boolean) => write(store, goesOn)),
      ...stores.map((store) => (goesOn: () => boolean) => read(store, goesOn)),
    ]);
    assertEquals((await contentOf(stores[1])).length, always.length + checked.length / 2);
  }),

  storeCase("lets one win of two commits that each check what the other one writes", async (opened) => {
    const stores = await pairOf(opened);
    for (let round = 0; round < 4; round++) {
      await Promise.all(Array.from({ length: 25 }, async (_, i) => {
        const [one, two] = [`${i} one`, `${i} two`] as [string, string];
        const [first, second] = (i + round) % 3 ? stores : [stores[0], stores[0]];
        await first.commit([{ key: one, value: "free" }, { key: two, value: i % 2 ? "free" : null }]);
        const isFree = { [one]: "free", [two]: i % 2 ? "free" : null };
        const take = (store: Store, mine: string, other: string) =>
          store.commit([
            { key: other, expected: isFree[other] as string | null },
            { key: mine, value: "taken" },
          ]);
        const wins = await Promise.all([take(first, one, two), take(second, two, one)]);
        assertEquals(wins.filter(Boolean).length, 1, `${i}: ${wins}`);
        const expected = wins[0] ? ["taken", isFree[two] ?? undefined] : [isFree[one], "taken"];
        assertEquals(await second.getMany([one, two]), expected as (string | undefined)[]);
      }));
    }
  }),

  storeCase("lets no write come between what a commit checks and what it writes", async (opened) => {
    const stores = await pairOf(opened);
    for (let round = 0; round < 4; round++) {
      await Promise.all(Array.from({ length: 25 }, async (_, i) => {
        const [checked, written] = [`${i} checked`, `${i} written`] as [string, string];
        await stores[0].commit([{ key: checked, value: "0" }, { key: written, value: "0" }]);
        const [first, second] = (i + round) % 2 ? stores : [stores[1], stores[0]];
        // If the first is made, it is before the second one, which overwrites both.
        await Promise.all([
          first.commit([{ key: checked, expected: "0" }, { key: written, value: "first" }]),
          second.commit([{ key: checked, value: "1" }, { key: written, value: "second" }]),
        ]);
        assertEquals(await stores[i % 2]?.getMany([checked, written]), ["1", "second"]);
      }));
    }
  }),

  storeCase("lets one win of 100 that want the same keys", async (opened, { clock }) => {
    const [store, other] = await pairOf(opened);
    const forms = [["new", null], ["removed", null], ["expired", null], ["there", "0"]] as const;
    await store.commit([
      { key: "expired", value: "0", expiresInMs: 1 },
      { key: "there", value: "0" },
      { key: "removed", value: "0" },
    ]);
    await remove(store, "removed");
    clock.advance(1);
    for (const [key, expected] of forms) {
      const wins = await Promise.all(Array.from({ length: 100 }, (_, i) =>
        (i % 2 ? store : other).commit([
          { key, expected, value: `by ${i}` },
          { key: `log of ${key}`, value: `by ${i}` },
          { key: `${key} by ${i}`, value: "1" },
        ])));
      assertEquals(wins.filter(Boolean).length, 1, key);
      const winner = `by ${wins.indexOf(true)}`;
      assertEquals(await store.getMany([key, `log of ${key}`]), [winner, winner]);
      assertEquals(await other.list(`${key} by `), [`${key} ${winner}`]);
    }
  }),

  storeCase("loses no increment of counters, one or several at a time", async (opened) => {
    const stores = await pairOf(opened);
    await Promise.all(Array.from({ length: 8 }, async (_, i) => {
      const store = stores[i % 2] as Store;
      for (let n = 0; n < 10; n++) {
        if (i < 4) await increment(store, "one");
        else await incrementAll(store, ["one", "two", "three"]);
      }
    }));
    assertEquals(await stores[1].getMany(["one", "two", "three"]), ["80", "40", "40"]);
  }),

  storeCase("keeps the sum of what is moved from key to key", async (opened) => {
    const stores = await pairOf(opened);
    const keys = Array.from({ length: 10 }, (_, i) => `account ${i}`);
    await stores[0].commit(keys.map((key) => ({ key, value: "100" })));
    const random = seeded(23);
    let moving = 4;
    const sumOf = (values: readonly (string | undefined)[]) =>
      values.reduce((sum, value) => sum + Number(value), 0);
    await together([0, 1, 2, 3, 4, 5].map((caller) => async (goesOn) => {
      const store = stores[caller % 2] as Store;
      if (caller > 3) {
        while (moving > 0 && goesOn()) assertEquals(sumOf(await store.getMany(keys)), 1000);
        return;
      }
      for (let made = 0; made < 12 && goesOn();) {
        const from = Math.floor(random() * 10);
        const to = (from + 1 + Math.floor(random() * 9)) % 10;
        const [a, b] = [keys[from], keys[to]] as [string, string];
        const [inA, inB] = await store.getMany([a, b]) as [string, string];
        const isMade = await store.commit([
          { key: a, expected: inA, value: `${Number(inA) - 7}` },
          { key: b, expected: inB, value: `${Number(inB) + 7}` },
        ]);
        if (isMade) made++;
      }
      moving--;
    }));
    assertEquals(sumOf(await stores[1].getMany(keys)), 1000);
  }),

  storeCase("lets one of several large commits win, and gives all of it", async (opened) => {
    const [store, other] = await pairOf(opened);
    let standing: string | undefined;
    for (let round = 0; round < 3; round++) {
      const values = Array.from({ length: 6 }, (_, i) => `${round}.${i}`.repeat(400_000));
      const wins = await Promise.all(
        values.map((value, i) => compareAndSet(i % 2 ? store : other, "key", standing, value)),
      );
      assertEquals(wins.filter(Boolean).length, 1);
      standing = values[wins.indexOf(true)] as string;
      assert(await store.get("key") === standing);
    }
  }),

  storeCase("gives whole values of one commit to readers while they are replaced", async (opened) => {
    const [store, other] = await pairOf(opened);
    const values = ["a", "b", "c", "d"].map((letter, i) => letter.repeat(1_500_000 >> i));
    const write = (store: Store, value: string) =>
      store.commit([{ key: "one", value }, { key: "two", value: value.slice(1) }]);
    await write(store, values[0] as string);
    let isWriting = true;
    await together([
      ...[store, other].map((store) => async (goesOn: () => boolean) => {
        for (let reads = 0; (isWriting || reads < 2) && goesOn(); reads++) {
          const [one = "none", two = "none"] = await store.getMany(["one", "two"]);
          assert(values.includes(one), `${one.length} of ${one[0]}`);
          assert(two === one.slice(1), `${two.length} of ${two[0]} beside ${one.length} of ${one[0]}`);
          assert(values.includes(await store.get("one") ?? "none"));
        }
      }),
      async (goesOn) => {
        for (let round = 0; round < 12 && goesOn(); round++) {
          await write(round % 2 ? store : other, values[round % values.length] as string);
        }
        isWriting = false;
      },
    ]);
  }),

  storeCase("keeps what was last written of many writes at once", async (opened) => {
    const [store, other] = await pairOf(opened);
    // In one process, what is asked first need not be made first: what was answered is.
    await Promise.all(Array.from({ length: 50 }, async (_, i) => {
      for (let n = 0; n < 4; n++) await put(n % 2 ? store : other, `k${i}`, `${n}`);
      if (i < 25) await remove(store, `k${i}`);
    }));
    const left = Array.from({ length: 25 }, (_, i) => [`k${i + 25}`, "3"]);
    assertEquals(await contentOf(other), left as [string, string][]);
  }),
];

/** Adds one to each of the counters in one commit, as often as another caller is quicker. */
async function incrementAll(store: Store, keys: readonly string[]): Promise<void> {
  for (let attempt = 0; attempt < 10_000; attempt++) {
    const values = await store.getMany(keys);
    const changes = keys.map((key, i) => ({
      key,
      expected: values[i] ?? null,
      value: `${Number(values[i] ?? 0) + 1}`,
    }));
    if (await store.commit(changes)) return;
  }
  throw new Error("Cannot increment: another caller was always quicker");
}
