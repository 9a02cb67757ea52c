import { assert, assertEquals } from "@std/assert";
import type { StoreChange } from "../../src/store/store.ts";
import { compareAndSet, put, remove } from "../../src/store/writes.ts";
import { contentOf, keysOf, pairOf, type StoreCase, storeCase } from "./store_case.ts";

/** What a store promises of values that expire. */
export const expiryCases: readonly StoreCase[] = [
  storeCase("has no value any more once it has expired", async (opened, { clock }) => {
    const [store, other] = await pairOf(opened);
    await store.commit([
      { key: "a", value: "1", expiresInMs: 1000 },
      { key: "b", value: "1", expiresInMs: 1001 },
      { key: "c", value: "1", expiresInMs: Number.MAX_SAFE_INTEGER },
      { key: "d", value: "1" },
      { key: "e", value: "1", expected: null, expiresInMs: 1000 },
      { key: "f", value: "1", expiresInMs: 1 },
    ]);
    clock.advance(999);
    assertEquals(await keysOf(other), ["a", "b", "c", "d", "e"]);
    clock.advance(1);
    assertEquals(await keysOf(other), ["b", "c", "d"]);
    assertEquals(await other.getMany(["a", "b", "c", "e"]), [undefined, "1", "1", undefined]);
    assertEquals([await store.get("a"), await store.get("b")], [undefined, "1"]);
    clock.advance(1e12);
    assertEquals(await contentOf(store), [["c", "1"], ["d", "1"]]);
  }),

  storeCase("expects nothing where a value has expired", async (opened, { clock }) => {
    const [store, other] = await pairOf(opened);
    const keys = ["a", "b", "c", "d"];
    await store.commit(keys.map((key) => ({ key, value: "1", expiresInMs: 10 })));
    assert(await other.commit(keys.map((key) => ({ key, expected: "1" }))));
    clock.advance(10);
    assertEquals(await other.commit([{ key: "a", expected: "1" }]), false);
    assertEquals(await other.commit([{ key: "b", expected: "1", value: "2" }]), false);
    const changes: StoreChange[] = [
      { key: "a", expected: null },
      { key: "b", expected: null, value: "2" },
      { key: "c", expected: null, value: null },
      { key: "d", value: null },
    ];
    assertEquals(await other.commit([...changes, { key: "e", expected: "1" }]), false);
    assertEquals(await other.commit(changes), true);
    assertEquals(await contentOf(store), [["b", "2"]]);
  }),

  storeCase("ends an expiry with the value that had it", async (opened, { clock }) => {
    const [store, other] = await pairOf(opened);
    await store.commit(["a", "b", "d", "e"].map((key) => ({ key, value: "1", expiresInMs: 10 })));
    await put(store, "c", "1");
    await other.commit([
      { key: "a", value: "2" },
      { key: "b", value: "1", expected: "1" },
      { key: "c", value: "2", expiresInMs: 10 },
      { key: "d", expected: "1" },
      { key: "e", value: "1", expiresInMs: 20 },
    ]);
    clock.advance(10);
    assertEquals(await contentOf(store), [["a", "2"], ["b", "1"], ["e", "1"]]);
    clock.advance(10);
    assertEquals(await contentOf(store), [["a", "2"], ["b", "1"]]);
  }),

  storeCase(
    "has nothing where a value was removed, also when the clock is set back",
    async (opened, kind) => {
      const { clock } = kind;
      const [store, other] = await pairOf(opened);
      await store.commit(["a", "b", "c", "d"].map((key) => ({ key, value: "1", expiresInMs: 60_000 })));
      await other.commit([{ key: "a", value: null }, { key: "b", value: null, expected: "1" }]);
      clock.advance(60_000);
      // What has expired is removed like what stands.
      await other.commit([{ key: "c", value: null }, { key: "d", value: null, expected: null }]);
      clock.step(-3_600_000);
      assertEquals(await contentOf(store), []);
      assertEquals(await store.getMany(["a", "b", "c", "d"]), [undefined, undefined, undefined, undefined]);
      assert(await compareAndSet(store, "b", undefined, "2", { expiresInMs: 1 }));
      clock.advance(1);
      assertEquals(await other.get("b"), undefined);
    },
  ),

  storeCase("replaces what has expired for good", async (opened, { clock }) => {
    const [store, other] = await pairOf(opened);
    for (let round = 0; round < 20; round++) {
      assert(await compareAndSet(store, "key", undefined, `${round}`, { expiresInMs: 5 }), `${round}`);
      await put(other, `another ${round}`, "1", { expiresInMs: 5 + round });
      clock.advance(4);
      assertEquals(await other.get("key"), `${round}`);
      clock.advance(1);
      assertEquals(await other.get("key"), undefined);
    }
    clock.advance(30);
    assertEquals(await keysOf(store), []);
    await remove(store, "key");
    assertEquals(await keysOf(other), []);
  }),
];
