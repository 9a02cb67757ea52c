/** denoKvStore() keeps all promises of a store, within the limits of Deno KV, and leaves nothing but what stands. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { denoKvStore } from "../../../edge/stores/deno_kv_store.ts";
import type { StoreChange } from "../../../src/store/store.ts";
import { compareAndSet, put, remove } from "../../../src/store/writes.ts";
import { keysOf, type StoreKind, testClock } from "../../store/store_case.ts";
import { storeCases } from "../../store/store_suite.ts";
import { around, heldBy } from "./kv_support.ts";

/** The kind of store that is in Deno KV; each has a prefix of its own. */
function kvStores(kv: Deno.Kv): StoreKind {
  const clock = testClock();
  let opened = 0;
  return {
    name: "denoKvStore",
    clock,
    open() {
      const prefix = `store ${opened++}`;
      return Promise.resolve({
        store: denoKvStore(kv, { clock, prefix }),
        reopen: () => Promise.resolve(denoKvStore(kv, { clock, prefix })),
        close: () => Promise.resolve(),
      });
    },
  };
}

for (const { name, run } of storeCases) {
  Deno.test(`denoKvStore() ${name}`, async () => {
    using kv = await Deno.openKv(":memory:");
    await run(kvStores(kv));
  });
}

Deno.test("denoKvStore() leaves nothing but the values that stand", async () => {
  using kv = await Deno.openKv(":memory:");
  const store = denoKvStore(kv);
  for (const length of [10, 5_000_000, 4096, 4097, 320_000, 320_001, 70_000, 16_000_000, 10, 3_000_000]) {
    const value = "x".repeat(length);
    await store.commit([{ key: "key", value }, { key: "small", value: "1" }]);
    const held = { entry: 2, ...(length > 4096 ? { piece: Math.ceil(length / 64_000) } : {}) };
    assertEquals(await heldBy(kv), held);
    assertEquals(await compareAndSet(store, "key", "other", "y".repeat(2_000_000)), false);
    assert(
      await store.commit([{ key: "key", expected: value }, { key: "small", expected: "1", value: "1" }]),
    );
    assertEquals(await heldBy(kv), held);
  }
  await remove(store, "key", "small");
  assertEquals(await heldBy(kv), {});
});

/** The longest keys and the longest prefix there are, of bytes that Deno KV writes as two. */
const PREFIX = "\0".repeat(100);
const longKey = (i: number) => `${i}`.padStart(400, "~");
const changesOf = (lengths: readonly number[]): StoreChange[] =>
  lengths.map((length, i) => ({ key: longKey(i), value: "x".repeat(length) }));

Deno.test("denoKvStore() makes the largest commits that there are of each kind", async () => {
  using kv = await Deno.openKv(":memory:");
  const store = denoKvStore(kv, { prefix: PREFIX });
  const kinds: readonly StoreChange[][] = [
    // As much as is written at once, of many pieces or of few; as much as may stand in entries.
    changesOf(Array(64).fill(5000)),
    changesOf([...Array(63).fill(4096), 320_000]),
    changesOf([...Array(14).fill(4096), ...Array(50).fill(6400)]),
    changesOf(Array(64).fill(4096)),
    // Each of 64 values has several pieces; all are in one value.
    changesOf(Array(64).fill(2 ** 18 - 400)),
    changesOf([...Array(63).fill(0), 2 ** 24 - 64 * 400]),
    Array.from({ length: 64 }, (_, i) => ({ key: longKey(i), value: null })),
  ];
  // Each of 64 values that are replaced has pieces, which are marked.
  for (const before of [kinds[0], kinds[4]] as [StoreChange[], StoreChange[]]) {
    for (const [i, after] of kinds.entries()) {
      assert(await store.commit(before));
      assert(await store.commit(after), `${i}`);
      const [first, last] = [longKey(0), longKey(63)];
      assertEquals(
        (await store.getMany([first, last])).map((value) => value?.length),
        [after[0], after[63]].map((change) => change?.value?.length),
      );
    }
  }
  assertEquals(await heldBy(kv, PREFIX), {});
});

Deno.test("denoKvStore() keeps to its prefix", async () => {
  using kv = await Deno.openKv(":memory:");
  const prefixes = ["a", "b", "", "\uffff", "x".repeat(100)];
  for (const prefix of prefixes) await put(denoKvStore(kv, { prefix }), longKey(0), prefix);
  for (const prefix of prefixes) {
    const store = denoKvStore(kv, { prefix });
    assertEquals(await store.get(longKey(0)), prefix);
    assertEquals((await keysOf(store)).length, 1);
  }
  assertThrows(() => denoKvStore(kv, { prefix: "\u20ac".repeat(34) }), RangeError, "'prefix'");
});

Deno.test("denoKvStore() has nothing back that was seen to have expired", async () => {
  using kv = await Deno.openKv(":memory:");
  const clock = testClock();
  const store = denoKvStore(kv, { clock });
  const keys = Array.from({ length: 60 }, (_, i) => `${i}`.padStart(2, "0"));
  const see: Record<string, () => Promise<unknown>> = {
    get: () => Promise.all(keys.map((key) => store.get(key))),
    getMany: () =>
      Promise.all([0, 10, 20, 30, 40, 50].map((first) => store.getMany(keys.slice(first, first + 10)))),
    list: () => store.list(""),
    commit: () =>
      store.commit([...keys.map((key) => ({ key, expected: null })), { key: "a", expected: "1" }]),
  };
  for (const [how, call] of Object.entries(see)) {
    const value = how.repeat(2000);
    await store.commit(keys.map((key) => ({ key, value, expiresInMs: 1000 })));
    clock.advance(1000);
    await call();
    assertEquals(await heldBy(kv), {}, how);
    clock.step(-1000);
    assertEquals(await store.getMany(keys.slice(0, 10)), Array(10).fill(undefined), how);
  }
});

Deno.test("denoKvStore() keeps what is written while what has expired is removed", async () => {
  using kv = await Deno.openKv(":memory:");
  const clock = testClock();
  const other = denoKvStore(kv, { clock });
  let hasWritten = false;
  const raced = around(kv, {
    async commit(commit) {
      if (!hasWritten) {
        hasWritten = true;
        await put(other, "b", "new");
      }
      return await commit();
    },
  });
  await other.commit(["a", "b", "c"].map((key) => ({ key, value: "old", expiresInMs: 10 })));
  clock.advance(10);
  const store = denoKvStore(raced, { clock });
  assertEquals(await store.getMany(["a", "b", "c"]), [undefined, undefined, undefined]);
  clock.step(-10);
  assertEquals(await store.getMany(["a", "b", "c"]), [undefined, "new", undefined]);
});

Deno.test("denoKvStore() has Deno KV remove entries after they expire, and their pieces after them", async () => {
  using kv = await Deno.openKv(":memory:");
  const set: [string, number | undefined][] = [];
  const noted = around(kv, {});
  const { atomic } = noted;
  noted.atomic = () => {
    const made = atomic();
    const write = made.set.bind(made);
    return Object.assign(made, {
      set(...[key, value, options]: Parameters<typeof write>) {
        set.push([`${key[2]}`, options?.expireIn]);
        return write(key, value, options);
      },
    });
  };
  const store = denoKvStore(noted);
  await store.commit([
    { key: "a", value: "1", expiresInMs: 1 },
    { key: "b", value: "x".repeat(5000), expiresInMs: 1000 },
    { key: "c", value: "1", expiresInMs: Number.MAX_SAFE_INTEGER },
    { key: "d", value: "1" },
  ]);
  assertEquals(set.sort(), [
    ["entry", undefined],
    ["entry", undefined],
    ["entry", 60_001],
    ["entry", 61_000],
    ["piece", 3_661_000],
  ]);
});

Deno.test("denoKvStore() ends after 30 seconds in which others were always quicker", async () => {
  using kv = await Deno.openKv(":memory:");
  const { now } = performance;
  let seconds = 0;
  try {
    performance.now = () => seconds++ * 1000;
    const refused = denoKvStore(around(kv, { commit: () => Promise.resolve({ ok: false }) }));
    await assertRejects(() => put(refused, "a", "1"), Error, "Cannot write to Deno KV: Others change");
    const locked = denoKvStore(
      around(kv, { commit: () => Promise.reject(new TypeError("database is locked")) }),
    );
    await assertRejects(
      () => put(locked, "a", "1"),
      Error,
      "Cannot write to Deno KV: The database is locked",
    );
    assert(seconds > 60 && seconds < 70, `${seconds}`);
  } finally {
    performance.now = now;
  }
  const failing = denoKvStore(around(kv, { commit: () => Promise.reject(new Error("disk is full")) }));
  await assertRejects(() => put(failing, "a", "1"), Error, "Cannot write to Deno KV: disk is full");
  assertEquals(await heldBy(kv), {});
});
