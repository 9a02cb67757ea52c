/** fileStore() is one store for processes of Deno and Node that write at once, and are killed. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { fileStore } from "../../src/store/file_store.ts";
import { increment } from "./counter.ts";
import { directories, tree } from "./file_store_support.ts";
import { seeded } from "./seeded.ts";
import { type Runtime, startStoreProcess } from "./start_store_process.ts";
import { keysOf } from "./store_case.ts";
import { storms } from "../support/storm_length.ts";
import { checkAfterCrash, DONE_PER_ROUND } from "./store_round.ts";

Deno.test("fileStore() is one store for processes of Deno and Node that write at the same time", async () => {
  await using made = await directories();
  const rounds = storms(8, 20);
  const runtimes: Runtime[] = ["deno", "node", "deno", "node"];
  const printed = await Promise.all(
    runtimes.map((runtime, i) =>
      startStoreProcess(runtime, ["file", made.path, `p${i}`, `${rounds}`, "claims"])
    ),
  );
  assertEquals(printed, runtimes.map(() => `${".".repeat(DONE_PER_ROUND * rounds)}done`));
  const store = fileStore(made.path);
  assertEquals(await store.get("counter"), `${runtimes.length * rounds}`);
  assertEquals(await store.get("claimed"), `${runtimes.length * rounds}`);
  const own = runtimes.flatMap((_, i) => [`own/p${i}/${rounds - 2}`, `own/p${i}/${rounds - 1}`]);
  assertEquals(await keysOf(store, "own/"), own.sort());
  for (const key of ["counter", "shared", "removed"]) await store.put(key, "1");
  const versions = (await tree(made.path)).filter((path) => /-\d+$/.test(path) && !path.includes("own"));
  assertEquals(versions.length, 4, versions.join("\n"));
});

Deno.test("fileStore() has whole values and holds up nobody after processes were killed", async () => {
  await using made = await directories();
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = seeded(seed);
  const store = fileStore(made.path);
  let counter = 0;
  for (let batch = 0; batch < storms(2, 6); batch++) {
    const runtimes: Runtime[] = ["deno", "deno", "node"];
    const names = runtimes.map((_, i) => `b${batch}p${i}`);
    const printed = await Promise.all(runtimes.map((runtime, i) => {
      const killAfter = 1 + Math.floor(random() * 60);
      return startStoreProcess(runtime, ["file", made.path, names[i] as string, "1000"], killAfter);
    }));
    for (const dots of printed) assertMatch(dots, /^\.+$/, `seed ${seed}`);
    const done = Object.fromEntries(printed.map((dots, i) => [names[i], dots.length]));
    counter = await checkAfterCrash(store, { done, counter }).catch((cause) => {
      throw new Error(`The seed is ${seed}: ${cause}`, { cause });
    });
  }
  for (let i = 0; i < 20; i++) await increment(store, "counter");
  const versions = (await tree(made.path)).filter((path) => /k-counter\/./.test(path));
  assert(versions.length < 20, versions.join("\n"));
  for (const key of await keysOf(store)) await store.delete(key);
  assertEquals(await keysOf(store), []);
});
