/**
 * The file store with each call of the file system held back until the test lets it go: processes that stop at
 * every point, and go on or not, and several that take turns in orders which a seed decides.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { createFileStore } from "../../src/store/create_file_store.ts";
import { type FileSystem, systemFiles } from "../../src/store/file_system.ts";
import { fileStore } from "../../src/store/file_store.ts";
import type { Store } from "../../src/store/store.ts";
import { directories, tree } from "./file_store_support.ts";
import { type Call, isLinearizable, record } from "./linearizable.ts";
import { type Random, seeded } from "./seeded.ts";
import { storms } from "../support/storm_length.ts";
import { type TestClock, testClock } from "./store_case.ts";

/**
 * A file system whose calls wait for `gate`, and tell it when they are done. With `random`, listing a directory is torn, as POSIX allows it: what
 * comes or goes meanwhile is in the list or not.
 */
function gated(gate: () => Promise<(() => void) | void>, random?: Random): FileSystem {
  const files = Object.fromEntries(
    Object.entries(systemFiles).map(([name, call]) => [name, async (...args: unknown[]) => {
      const end = await gate();
      try {
        return await (call as (...args: unknown[]) => Promise<unknown>)(...args);
      } finally {
        end?.();
      }
    }]),
  ) as unknown as FileSystem;
  if (!random) return files;
  return {
    ...files,
    async readDirectory(path) {
      const before = await files.readDirectory(path);
      const after = await files.readDirectory(path).catch(() => []);
      const both = new Map([...before, ...after].map((entry) => [entry.name, entry]));
      const isIn = (entries: typeof before, name: string) => entries.some((entry) => entry.name === name);
      return [...both.values()].filter(({ name }) =>
        (isIn(before, name) && isIn(after, name)) || random() < 0.5
      );
    },
  };
}

/** A store as a process of its own has it. */
function storeOn(directory: string, files: FileSystem, clock: TestClock): Store {
  return createFileStore({ directory, clock, isDurable: false, files });
}

const PRIORS: Record<string, (store: Store, clock: TestClock) => Promise<void>> = {
  "nothing": () => Promise.resolve(),
  "a value": (store) => store.put("key", "old"),
  "an expired value": async (store, clock) => {
    await store.put("key", "gone", { expiresInMs: 1 });
    clock.advance(1);
  },
};

for (const [prior, prepare] of Object.entries(PRIORS)) {
  Deno.test(`fileStore() holds up nobody and loses nothing where a process stops at any point, after ${prior}`, async () => {
    await using made = await directories();
    const initial = prior === "a value" ? "old" : undefined;
    const stopped: Omit<Call, "begin" | "end">[] = [
      { do: "put", value: "new" },
      { do: "set", expected: initial, value: "new" },
      { do: "delete" },
    ];
    let points = 0;
    for (const call of stopped) {
      for (const others of ["write", "delete", "delete twice"]) {
        for (let stopAt = 1, isStopped = true; isStopped; stopAt++, points++) {
          const directory = join(made.path, `${call.do} ${others} ${stopAt}`);
          const clock = testClock();
          await prepare(fileStore(directory, { clock }), clock);
          let gateCalls = 0;
          let wake = () => {};
          let onStop = () => {};
          const hasStopped = new Promise<void>((resolve) => onStop = resolve);
          const gate = () => {
            if (++gateCalls !== stopAt) return Promise.resolve();
            onStop();
            return new Promise<void>((resolve) => wake = resolve);
          };
          const calls: Call[] = [];
          let step = 0;
          const nowStep = () => ++step;
          const first = record(calls, storeOn(directory, gated(gate), clock), call, nowStep);
          await Promise.race([first, hasStopped]);
          isStopped = gateCalls >= stopAt;

          const store = fileStore(directory, { clock });
          await record(calls, store, { do: "get" }, nowStep);
          const seen = calls.at(-1)?.result as string | undefined;
          await record(calls, store, { do: "set", expected: seen, value: "b" }, nowStep);
          assertEquals(calls.at(-1)?.result, true);
          if (others !== "write") await record(calls, store, { do: "delete" }, nowStep);
          await record(calls, store, { do: "set", expected: "b", value: "c" }, nowStep);
          if (others === "delete twice") {
            await record(calls, store, { do: "put", value: "c" }, nowStep);
            await record(calls, store, { do: "delete" }, nowStep);
          }
          await record(calls, store, { do: "put", value: "d" }, nowStep);
          await record(calls, store, { do: "get" }, nowStep);
          assert(isLinearizable(calls, initial), `stopped at ${stopAt}: ${JSON.stringify(calls)}`);

          wake();
          await first;
          await record(calls, store, { do: "get" }, nowStep);
          assert(isLinearizable(calls, initial), `went on from ${stopAt}: ${JSON.stringify(calls)}`);
          await store.put("key", "last");
          assertEquals((await tree(directory)).filter((path) => path.includes("k-key")).length, 2);
        }
      }
    }
    assert(points > 50, `${points} points`);
  });
}

/** About as many as one has, so that the changes fall into it. */
const CALLS_OF_A_SCHEDULE = 150;

/** Lets several processes make calls of one key, one call of the file system at a time. */
async function runSchedule(directory: string, seed: number, processes: number): Promise<Call[]> {
  const random = seeded(seed);
  const isTorn = seed % 3 > 0;
  const hasDeletes = seed % 2 > 0;
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const clock = testClock();
  const waiting: { id: number; go: (end: () => void) => void }[] = [];
  let isBusy = false;
  let steps = 0;
  const nowStep = () => ++steps;
  const calls: Call[] = [];
  let running = processes;

  async function process(id: number): Promise<void> {
    const gate = () => new Promise<() => void>((go) => waiting.push({ id, go }));
    const store = storeOn(directory, gated(gate, isTorn ? random : undefined), clock);
    for (let n = 0; n < 3; n++) {
      const value = `${id}.${n}`;
      const what = pick(
        hasDeletes ? ["set", "set", "delete", "put"] as const : ["set", "set", "set", "put"] as const,
      );
      let expected: string | undefined;
      if (what === "set") {
        expected = (await record(calls, store, { do: "get" }, nowStep)).result as string | undefined;
      }
      await record(calls, store, { do: what, value, expected }, nowStep);
    }
  }

  const all = Promise.all(Array.from({ length: processes }, (_, id) => process(id).finally(() => running--)));
  // The first in rank goes on until it is put last, a few times in all: the others sleep meanwhile, and wake up in
  // another world.
  const ranks = Array.from({ length: processes }, (_, id) => id);
  const changes = new Set(Array.from({ length: 6 }, () => Math.floor(random() * CALLS_OF_A_SCHEDULE)));
  for (let made = 0; running > 0;) {
    // Whatever the last call has set going comes to its next call.
    await setImmediate();
    if (isBusy || waiting.length === 0) continue;
    const rankOf = ({ id }: { id: number }) => ranks.indexOf(id);
    const next = waiting.reduce((best, other) => rankOf(other) < rankOf(best) ? other : best);
    waiting.splice(waiting.indexOf(next), 1);
    if (changes.has(made++)) ranks.push(...ranks.splice(rankOf(next), 1));
    isBusy = true;
    next.go(() => isBusy = false);
  }
  await all;
  return calls;
}

Deno.test("fileStore() is linearizable in any order of the file system's calls", async () => {
  await using made = await directories();
  for (let seed = 1; seed <= storms(20, 60); seed++) {
    const calls = await runSchedule(join(made.path, `${seed}`), seed, 3 + seed % 2);
    assert(isLinearizable(calls), `seed ${seed}: ${JSON.stringify(calls, null, 1)}`);
  }
});
