/**
 * denoKvStore() makes commits whole or not at all where its process ends, its connection breaks, or another process is in
 * between, at each commit of Deno KV that is part of one; and what is left is removed.
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { denoKvStore } from "../../../edge/stores/deno_kv_store.ts";
import type { StoreChange } from "../../../src/store/store.ts";
import { put, remove } from "../../../src/store/writes.ts";
import { seeded } from "../../store/seeded.ts";
import { startStoreProcess } from "../../store/start_store_process.ts";
import { contentOf, keysOf, testClock } from "../../store/store_case.ts";
import { checkAfterCrash } from "../../store/store_round.ts";
import { directories } from "../../support/directories.ts";
import { storms } from "../../support/storm_length.ts";
import { around, heldBy, sweep } from "./kv_support.ts";

const HOUR_MS = 60 * 60 * 1000;

/** Commits of which each is written in another way, and that replace one another. */
const small: readonly StoreChange[] = [
  { key: "a", value: "small" },
  { key: "b", value: "small" },
  { key: "c", value: null },
];
const direct: readonly StoreChange[] = [
  { key: "a", value: "d".repeat(100_000) },
  { key: "b", value: "d".repeat(90_000) },
  { key: "c", value: "d" },
];
/** Of 211 pieces, which are written 12 at a time. */
const staged: readonly StoreChange[] = [
  { key: "a", value: "s".repeat(13_440_000) },
  { key: "b", value: null },
  { key: "c", value: "s".repeat(10_000) },
];
const WAYS = { small, direct, staged };

const contentAfter = (changes: readonly StoreChange[]) =>
  changes.flatMap(({ key, value }) => typeof value === "string" ? [[key, value] as [string, string]] : []);

const piecesOf = (changes: readonly StoreChange[]) =>
  contentAfter(changes).map(([, value]) => value.length > 4096 ? Math.ceil(value.length / 64_000) : 0)
    .reduce((sum, count) => sum + count, 0);

/** Holds what stands against what was before and what was to come; gives what it is. */
async function whichOf(
  kv: Deno.Kv,
  ...candidates: (readonly StoreChange[])[]
): Promise<readonly StoreChange[]> {
  const content = JSON.stringify(await contentOf(denoKvStore(kv)));
  const found = candidates.find((changes) => JSON.stringify(contentAfter(changes)) === content);
  if (!found) throw new Error(`A commit is there in parts: ${content.replaceAll(/(.)\1{50,}/g, "$1…")}`);
  return found;
}

/** Holds what Deno KV has once it has been swept, an hour later, against what stands. */
async function checkSwept(kv: Deno.Kv, standing: readonly StoreChange[], message: string): Promise<void> {
  const nowMs = () => Date.now() + HOUR_MS + 1000;
  await sweep(denoKvStore(kv, { clock: { nowMs } }));
  const pieces = piecesOf(standing);
  assertEquals(
    await heldBy(kv),
    { entry: contentAfter(standing).length + 1, ...(pieces ? { piece: pieces } : {}) },
    message,
  );
  await remove(denoKvStore(kv), "swept");
  assertEquals(await whichOf(kv, standing), standing, message);
}

for (const [from, before] of Object.entries(WAYS)) {
  for (const [to, after] of Object.entries(WAYS)) {
    if (from === to) continue;
    const name = `from ${from} to ${to}`;

    /** Makes the commit with something around one of its commits, then around the next one, until there is none. */
    const atEach = async (
      run: (kv: Deno.Kv, number: number) => Promise<{ isOver: boolean; seen: readonly StoreChange[] }>,
    ) => {
      const outcomes: boolean[] = [];
      for (let number = 1;; number++) {
        using kv = await Deno.openKv(":memory:");
        await denoKvStore(kv).commit(before);
        const { isOver, seen } = await run(kv, number);
        if (isOver) return outcomes;
        outcomes.push(seen === after);
        await checkSwept(kv, seen, `${name}, ${number}`);
      }
    };

    Deno.test(`denoKvStore() removes what a process left that ended in a commit ${name}`, async () => {
      const outcomes = await atEach(async (kv, number) => {
        const { promise, resolve } = Promise.withResolvers<boolean>();
        const ending = around(kv, {
          commit(commit, current) {
            if (current !== number) return commit();
            resolve(false);
            return new Promise<never>(() => {});
          },
        });
        void denoKvStore(ending).commit(after).then(() => resolve(true));
        return { isOver: await promise, seen: await whichOf(kv, before, after) };
      });
      assert(outcomes.length > 0 && outcomes[0] === false);
      assertEquals(outcomes, outcomes.toSorted(), "once it is made it stays so");
    });

    Deno.test(`denoKvStore() rejects, made or not, where an answer is lost in a commit ${name}`, async () => {
      const outcomes = await atEach(async (kv, number) => {
        let isOver = true;
        const lossy = around(kv, {
          async commit(commit, current) {
            const result = await commit();
            if (current < number) return result;
            isOver = false;
            throw new Error("The connection was lost");
          },
        });
        const isMade = await denoKvStore(lossy).commit(after).catch((error: Error) => error);
        if (isMade instanceof Error) {
          assertEquals(isMade.message, "Cannot write to Deno KV: The connection was lost");
        }
        const seen = await whichOf(kv, before, after);
        if (isMade === true) assert(seen === after);
        return { isOver, seen };
      });
      assert(outcomes.at(-1) === true, "the last commits remove what has been replaced");
    });
  }
}

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
    assert(await whichOf(kv, staged) === staged);
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

Deno.test("denoKvStore() is one store for processes that write at the same time, and are killed", async () => {
  await using made = await directories();
  const path = join(made.path, "kv");
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = seeded(seed);
  const printed = await Promise.all(
    ["a", "b"].map((name) => startStoreProcess("deno", ["kv", path, name, "16", "turns"])),
  );
  assertEquals(printed, printed.map(() => `${".".repeat(16)}done`));
  {
    using kv = await Deno.openKv(path);
    assertEquals(await denoKvStore(kv).get("turns"), "32");
    await checkAfterCrash(denoKvStore(kv), { a: 16, b: 16 });
  }
  for (let batch = 0; batch < storms(2, 12); batch++) {
    const names = [`b${batch}p0`, `b${batch}p1`];
    const printed = await Promise.all(
      names.map((name) => {
        const kill = { dots: 1 + Math.floor(random() * 20), afterMs: random() * 30 };
        return startStoreProcess("deno", ["kv", path, name, "100000"], kill);
      }),
    );
    const acknowledged = Object.fromEntries(printed.map((dots, i) => [names[i], dots.length]));
    using kv = await Deno.openKv(path);
    await checkAfterCrash(denoKvStore(kv), acknowledged).catch((cause) => {
      throw new Error(`The seed is ${seed}: ${cause}`, { cause });
    });
  }
  using kv = await Deno.openKv(path);
  const later = denoKvStore(kv, { clock: { nowMs: () => Date.now() + HOUR_MS + 1000 } });
  await sweep(later, 4);
  await remove(later, ...await keysOf(later, "head/"));
  for (const key of await keysOf(later)) await remove(later, key);
  assertEquals(await heldBy(kv), {});
});
