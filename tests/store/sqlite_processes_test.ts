/** sqliteStore() is one store for processes of Deno and Node that write at once, and are killed at any moment. */
import { assertEquals, assertMatch } from "@std/assert";
import { sqliteStore } from "../../src/store/sqlite_store.ts";
import { directories } from "../support/directories.ts";
import { storms } from "../support/storm_length.ts";
import { seeded } from "./seeded.ts";
import { type Runtime, startStoreProcess } from "./start_store_process.ts";
import { keysOf } from "./store_case.ts";
import { checkAfterCrash } from "./store_round.ts";

const RUNTIMES: readonly Runtime[] = ["deno", "node", "deno", "node"];

Deno.test("sqliteStore() is one store for processes of Deno and Node that write at the same time", async () => {
  await using made = await directories();
  const path = `${made.path}/store.sqlite`;
  const rounds = storms(8, 30);
  const printed = await Promise.all(
    RUNTIMES.map((runtime, i) => startStoreProcess(runtime, ["sqlite", path, `p${i}`, `${rounds}`, "turns"])),
  );
  assertEquals(printed, RUNTIMES.map(() => `${".".repeat(rounds)}done`));
  await using store = sqliteStore(path);
  assertEquals(await store.get("turns"), `${RUNTIMES.length * rounds}`);
  await checkAfterCrash(store, Object.fromEntries(RUNTIMES.map((_, i) => [`p${i}`, rounds])));
});

Deno.test("sqliteStore() loses no increment of four processes", async () => {
  await using made = await directories();
  const path = `${made.path}/store.sqlite`;
  const each = storms(60, 300);
  await Promise.all(
    RUNTIMES.map((runtime, i) =>
      startStoreProcess(runtime, ["sqlite", path, `p${i}`, `${each}`, "increments"])
    ),
  );
  await using store = sqliteStore(path);
  assertEquals(await store.get("increments"), `${RUNTIMES.length * each}`);
});

Deno.test("sqliteStore() has each commit whole or not at all after processes were killed", async () => {
  await using made = await directories();
  const path = `${made.path}/store.sqlite`;
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = seeded(seed);
  await using store = sqliteStore(path);
  for (let batch = 0; batch < storms(3, 12); batch++) {
    const runtimes: Runtime[] = ["deno", "deno", "node"];
    const names = runtimes.map((_, i) => `b${batch}p${i}`);
    const printed = await Promise.all(runtimes.map((runtime, i) => {
      const kill = { dots: 1 + Math.floor(random() * 30), afterMs: random() * 30 };
      return startStoreProcess(runtime, ["sqlite", path, names[i] as string, "1000"], kill);
    }));
    for (const dots of printed) assertMatch(dots, /^\.+$/, `seed ${seed}`);
    const acknowledged = Object.fromEntries(printed.map((dots, i) => [names[i], dots.length]));
    await checkAfterCrash(store, acknowledged).catch((cause) => {
      throw new Error(`The seed is ${seed}: ${cause}`, { cause });
    });
  }
  for (const key of await keysOf(store)) await store.commit([{ key, value: null }]);
  assertEquals(await keysOf(store), []);
});
