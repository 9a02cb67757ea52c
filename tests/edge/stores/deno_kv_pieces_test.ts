/** denoKvStore() stages what is large, and removes what is abandoned, with other processes in between at each step. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { denoKvStore } from "../../../edge/stores/deno_kv_store.ts";
import type { StoreChange } from "../../../src/store/store.ts";
import { put, remove } from "../../../src/store/writes.ts";
import { contentOf, testClock } from "../../store/store_case.ts";
import { around, contentAfter, direct, heldBy, HOUR_MS, piecesOf, staged, sweep } from "./kv_support.ts";

Deno.test("denoKvStore() writes again what was taken for abandoned", async () => {
  // It is staged by 18 commits, and adopted by the next one.
  for (const number of [2, 3, 12, 18, 19, 20]) {
    using kv = await Deno.openKv(":memory:");
    const clock = testClock();
    const sweeper = denoKvStore(kv, { clock });
    let hasSwept = false;
    /** Before one of its commits an hour goes by, and another process sweeps. */
    const slow = around(kv, {
      async commit(commit, current) {
        if (current === number) {
          clock.advance(HOUR_MS + 1);
          await sweep(sweeper);
          hasSwept = true;
        }
        return await commit();
      },
    });
    assert(await denoKvStore(slow, { clock }).commit(staged));
    assertEquals(hasSwept, number < 20, `${number}`);
    if (hasSwept) await remove(sweeper, "swept");
    assertEquals(await contentOf(sweeper), contentAfter(staged));
    assertEquals(await heldBy(kv), { entry: 2, piece: piecesOf(staged) });
  }
});

Deno.test("denoKvStore() leaves alone what another process may still be staging", async () => {
  using kv = await Deno.openKv(":memory:");
  const clock = testClock();
  const { promise: isHeld, resolve: hold } = Promise.withResolvers<void>();
  const { promise: go, resolve: letGo } = Promise.withResolvers<void>();
  const slow = around(kv, {
    async commit(commit, current) {
      if (current === 4) {
        hold();
        await go;
      }
      return await commit();
    },
  });
  const committing = denoKvStore(slow, { clock }).commit(staged);
  await isHeld;
  clock.advance(HOUR_MS - 1);
  await sweep(denoKvStore(kv, { clock }), 2);
  assertEquals(await heldBy(kv), { entry: 1, mark: 1, piece: 36 });
  letGo();
  assert(await committing);
  assertEquals(await heldBy(kv), { entry: 3, piece: piecesOf(staged) });
});

Deno.test("denoKvStore() sweeps a little at a time, the oldest first", async () => {
  using kv = await Deno.openKv(":memory:");
  const clock = testClock();
  for (let dead = 0; dead < 10; dead++) {
    const ending = Promise.withResolvers<void>();
    const dying = around(kv, {
      commit(commit, current) {
        if (current < 3) return commit();
        ending.resolve();
        return new Promise<never>(() => {});
      },
    });
    void denoKvStore(dying, { clock }).commit(staged);
    await ending.promise;
    clock.advance(1000);
  }
  assertEquals(await heldBy(kv), { mark: 10, piece: 240 });
  clock.advance(HOUR_MS - 5500);
  const store = denoKvStore(kv, { clock });
  // The first commit sweeps, and then one in 64.
  for (const [mark, i] of [[6, 0], [5, 1], [5, 2]] as const) {
    await sweep(store);
    assertEquals(await heldBy(kv), { entry: 1, mark, piece: mark * 24 }, `sweep ${i}`);
  }
  clock.advance(10_000);
  await sweep(store, 2);
  assertEquals(await heldBy(kv), { entry: 1 });
});

Deno.test("denoKvStore() removes at once what it has staged for a commit that fails or comes too late", async () => {
  const prefix = "\0".repeat(100);
  // They have 320 pieces, and the longest keys.
  const changes = Array.from({ length: 64 }, (_, i) => ({
    key: `${i}`.padStart(400, "~"),
    value: "x".repeat(2 ** 18 - 400),
    expected: null,
  }));
  const [first] = changes as [StoreChange];
  for (const number of [2, 14, 27, 28]) {
    using kv = await Deno.openKv(":memory:");
    const failing = around(kv, {
      commit: (commit, current) => current === number ? Promise.reject(new Error("Refused")) : commit(),
    });
    await assertRejects(() => denoKvStore(failing, { prefix }).commit(changes), Error, "Refused");
    assertEquals(await heldBy(kv, prefix), {}, `${number}`);
    const slow = around(kv, {
      async commit(commit, current) {
        if (current === number) await put(denoKvStore(kv, { prefix }), first.key, "1");
        return await commit();
      },
    });
    assertEquals(await denoKvStore(slow, { prefix }).commit(changes), false);
    assertEquals(await heldBy(kv, prefix), { entry: 1 }, `${number}`);
  }
});

Deno.test("denoKvStore() reads again what is replaced between an entry and its pieces", async () => {
  using kv = await Deno.openKv(":memory:");
  const store = denoKvStore(kv);
  await store.commit(direct);
  const raced = around(kv, {
    // The first read is that of the entries, the second and third ones those of pieces.
    async read(number) {
      if (number === 3) await store.commit(staged);
    },
  });
  const values = await denoKvStore(raced).getMany(["a", "b", "c"]);
  assert(values[0] === staged[0]?.value);
  assertEquals([values[1], values[2]?.length], [undefined, 10_000]);
});

Deno.test("denoKvStore() says of which value a part is missing, and writes over it", async () => {
  using kv = await Deno.openKv(":memory:");
  const store = denoKvStore(kv);
  const value = "x".repeat(200_000);
  for (const over of [[{ key: "key", value: "y" }], [{ key: "key", expected: value, value: "y" }]]) {
    await store.commit([{ key: "key", value }]);
    for await (const { key } of kv.list({ prefix: ["globus", 2, "piece"] })) {
      await kv.delete(key);
      break;
    }
    await assertRejects(
      () => store.getMany(["none", "key"]),
      Error,
      "Cannot read from Deno KV: A part of the value of 'key' is missing",
    );
    assertEquals(await store.commit([{ key: "key", expected: "x", value: "z" }]), false);
    assert(await store.commit(over));
    assertEquals(await store.get("key"), "y");
    assertEquals(await heldBy(kv), { entry: 1 });
  }
});
