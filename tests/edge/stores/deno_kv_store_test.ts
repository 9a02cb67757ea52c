/** denoKvStore() keeps all promises of a store, also for several processes that are killed. */
import { compareAndSet, put, remove } from "../../../src/store/writes.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "node:path";
import type { DenoKvLike } from "../../../edge/stores/deno_kv_like.ts";
import { denoKvStore } from "../../../edge/stores/deno_kv_store.ts";
import { directories } from "../../support/directories.ts";
import { seeded } from "../../store/seeded.ts";
import { startStoreProcess } from "../../store/start_store_process.ts";
import { keysOf, type StoreKind, testClock } from "../../store/store_case.ts";
import { checkAfterCrash, DONE_PER_ROUND } from "../../store/store_round.ts";
import { storeCases } from "../../store/store_suite.ts";
import { storms } from "../../support/storm_length.ts";

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

/** What a store has in Deno KV, by the kind of key, and how large it is at most. */
async function heldBy(kv: Deno.Kv, prefix = "globus"): Promise<Record<string, number>> {
  const held: Record<string, number> = {};
  for await (const { key: [, kind] } of kv.list({ prefix: [prefix] })) {
    held[kind as string] = (held[kind as string] ?? 0) + 1;
  }
  return held;
}

Deno.test("denoKvStore() leaves nothing but the values that stand", async () => {
  using kv = await Deno.openKv(":memory:");
  const store = denoKvStore(kv);
  for (const length of [10, 5_000_000, 70_000, 700_000, 10, 3_000_000]) {
    await put(store, "key", "x".repeat(length));
    const pieces = length > 4096 ? { piece: Math.ceil((length + 1) / 64_000) } : {};
    assertEquals(await heldBy(kv), { entry: 1, ...pieces });
    assertEquals(await compareAndSet(store, "key", "other", "y".repeat(2_000_000)), false);
    await assertRejects(() => put(store, "key", "x".repeat(57_700_000)), RangeError, "57600000");
    assertEquals(await heldBy(kv), { entry: 1, ...pieces });
  }
  await remove(store, "key");
  assertEquals(await heldBy(kv), {});
});

Deno.test("denoKvStore() keeps to its prefix", async () => {
  using kv = await Deno.openKv(":memory:");
  const prefixes = ["a", "b", "", "\uffff", "x".repeat(100)];
  for (const prefix of prefixes) await denoKvStore(kv, { prefix }).put("\0".repeat(799), prefix);
  for (const prefix of prefixes) {
    const store = denoKvStore(kv, { prefix });
    assertEquals(await store.get("\0".repeat(799)), prefix);
    assertEquals((await keysOf(store)).length, 1);
  }
  assertThrows(() => denoKvStore(kv, { prefix: "\u20ac".repeat(34) }), RangeError, "'prefix'");
});

/** A database whose process ends before its commit with this number: it never comes back. */
function endingAt(kv: Deno.Kv, last: number): { kv: DenoKvLike; hasEnded: Promise<void> } {
  let commits = 0;
  let end = () => {};
  const hasEnded = new Promise<void>((resolve) => end = resolve);
  const atomic = () => {
    const made = kv.atomic();
    const commit = made.commit.bind(made);
    return Object.assign(made, {
      commit() {
        if (++commits !== last) return commit();
        end();
        return new Promise<never>(() => {});
      },
    });
  };
  const { get, getMany, list } = kv;
  return {
    kv: { get: get.bind(kv), getMany: getMany.bind(kv), list: list.bind(kv), atomic } as DenoKvLike,
    hasEnded,
  };
}

Deno.test("denoKvStore() removes what a process left that ended in the middle of a write", async () => {
  for (let last = 1; last <= 4; last++) {
    using kv = await Deno.openKv(":memory:");
    const clock = testClock();
    const store = denoKvStore(kv, { clock });
    await put(store, "key", "old");
    const ending = endingAt(kv, last);
    void denoKvStore(ending.kv, { clock }).put("key", "x".repeat(1_500_000));
    await ending.hasEnded;
    assertEquals(await store.get("key"), "old");
    const left = await heldBy(kv);
    assertEquals([left.mark ?? 0, (left.piece ?? 0) > 0], last === 1 ? [0, false] : [1, true]);
    for (let i = 0; i < 70; i++) await put(store, "key", `${i}`);
    assertEquals(await heldBy(kv), left, "somebody may still be writing");
    clock.advance(60 * 60 * 1000 + 1);
    for (let i = 0; i < 70; i++) await put(store, "key", `${i}`);
    assertEquals(await heldBy(kv), { entry: 1 });
  }
});

Deno.test("denoKvStore() writes again what was taken for abandoned", async () => {
  for (let last = 2; last <= 4; last++) {
    using kv = await Deno.openKv(":memory:");
    const clock = testClock();
    let commits = 0;
    let isSweeping = false;
    const sweeper = denoKvStore(kv, { clock });
    const { get, getMany, list } = kv;
    /** Before one of its commits an hour goes by, and somebody else sweeps. */
    const slow = {
      get: get.bind(kv),
      getMany: getMany.bind(kv),
      list: list.bind(kv),
      atomic() {
        const made = kv.atomic();
        const commit = made.commit.bind(made);
        return Object.assign(made, {
          async commit() {
            if (++commits === last && !isSweeping) {
              isSweeping = true;
              clock.advance(60 * 60 * 1000 + 1);
              for (let i = 0; i < 65; i++) await put(sweeper, "other", `${i}`);
            }
            return await commit();
          },
        });
      },
    } as DenoKvLike;
    const value = "x".repeat(1_500_000);
    await denoKvStore(slow, { clock }).put("key", value);
    assert(isSweeping);
    assert(await sweeper.get("key") === value);
    assertEquals(await heldBy(kv), { entry: 2, piece: 24 });
  }
});

Deno.test("denoKvStore() does not take away what a commit wrote whose answer was lost", async () => {
  using kv = await Deno.openKv(":memory:");
  const { get, getMany, list } = kv;
  let commits = 0;
  const lossy = {
    get: get.bind(kv),
    getMany: getMany.bind(kv),
    list: list.bind(kv),
    atomic() {
      const made = kv.atomic();
      const commit = made.commit.bind(made);
      return Object.assign(made, {
        async commit() {
          const result = await commit();
          if (++commits === 4) throw new Error("The connection was lost");
          return result;
        },
      });
    },
  } as DenoKvLike;
  const value = "x".repeat(1_500_000);
  await assertRejects(() => denoKvStore(lossy).put("key", value), Error, "Cannot write to Deno KV");
  assert(await denoKvStore(kv).get("key") === value);
  assertEquals(await heldBy(kv), { entry: 1, piece: 24 });
});

Deno.test("denoKvStore() tells of a value of which a part is missing, and writes over it", async () => {
  using kv = await Deno.openKv(":memory:");
  const store = denoKvStore(kv);
  await put(store, "key", "x".repeat(200_000));
  for await (const { key } of kv.list({ prefix: ["globus", "piece"] })) {
    await kv.delete(key);
    break;
  }
  await assertRejects(
    () => store.get("key"),
    Error,
    "Cannot read from Deno KV: A part of a value is missing",
  );
  await assertRejects(() => compareAndSet(store, "key", "x", "y"), Error, "Cannot write to Deno KV");
  await put(store, "key", "y");
  assertEquals(await store.get("key"), "y");
  assertEquals(await heldBy(kv), { entry: 1 });
});

Deno.test("denoKvStore() is one store for processes that write at the same time, and are killed", async () => {
  await using made = await directories();
  const path = join(made.path, "kv");
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = seeded(seed);
  const printed = await Promise.all(
    ["a", "b"].map((name) => startStoreProcess("deno", ["kv", path, name, "10", "claims"])),
  );
  assertEquals(printed, printed.map(() => `${".".repeat(DONE_PER_ROUND * 10)}done`));
  let counter = 20;
  {
    using kv = await Deno.openKv(path);
    assertEquals(await denoKvStore(kv).get("claimed"), `${counter}`);
    await denoKvStore(kv).delete("claimed");
  }
  for (let batch = 0; batch < storms(1, 3); batch++) {
    const names = [`b${batch}p0`, `b${batch}p1`];
    const printed = await Promise.all(
      names.map((name) =>
        startStoreProcess("deno", ["kv", path, name, "1000"], 1 + Math.floor(random() * 50))
      ),
    );
    const done = Object.fromEntries(printed.map((dots, i) => [names[i], dots.length]));
    using kv = await Deno.openKv(path);
    counter = await checkAfterCrash(denoKvStore(kv), { done, counter }).catch((cause) => {
      throw new Error(`The seed is ${seed}: ${cause}`, { cause });
    });
  }
  using kv = await Deno.openKv(path);
  const later = denoKvStore(kv, { clock: { nowMs: () => Date.now() + 60 * 60 * 1000 + 1 } });
  for (let i = 0; i < 200; i++) await put(later, "counter", "1");
  for (const key of await keysOf(later)) await later.delete(key);
  assertEquals(await heldBy(kv), {});
});
