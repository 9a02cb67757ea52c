/**
 * denoKvStore() makes commits whole or not at all where its process ends, its connection breaks, or another process is in
 * between, at each commit of Deno KV that is part of one; and what is left is removed.
 */
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { denoKvStore } from "../../../edge/stores/deno_kv_store.ts";
import type { StoreChange } from "../../../src/store/store.ts";
import { remove } from "../../../src/store/writes.ts";
import { seeded } from "../../store/seeded.ts";
import { startStoreProcess } from "../../store/start_store_process.ts";
import { contentOf, keysOf } from "../../store/store_case.ts";
import { checkAfterCrash } from "../../store/store_round.ts";
import { directories } from "../../support/directories.ts";
import { storms } from "../../support/storm_length.ts";
import {
  around,
  contentAfter,
  direct,
  heldBy,
  HOUR_MS,
  piecesOf,
  small,
  staged,
  sweep,
} from "./kv_support.ts";

const WAYS = { small, direct, staged };

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
