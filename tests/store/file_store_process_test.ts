import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { fileStore } from "../../src/store/file_store.ts";
import { ROOT } from "../support/run.ts";
import { increment } from "./counter.ts";
import { directories, tree } from "./file_store_support.ts";
import { seeded } from "./seeded.ts";
import { keysOf } from "./store_suite.ts";

const SCRIPT = fileURLToPath(new URL("file_store_process.ts", import.meta.url));
/** What a process prints in one round. */
const DOTS = 5;

type Runtime = "deno" | "node";

/** Starts a process, and kills it once it has printed so many dots; returns what it printed until its end. */
async function start(runtime: Runtime, args: readonly string[], killAfter = Infinity): Promise<string> {
  const [program, ...first] = runtime === "deno"
    ? [Deno.execPath(), "run", "-A", "--quiet", SCRIPT]
    : ["node", "--import", new URL("node_modules/tsx/dist/loader.mjs", ROOT).href, SCRIPT];
  const child = new Deno.Command(program as string, {
    args: [...first, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let printed = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    printed += text;
    if (printed.length >= killAfter) child.kill("SIGKILL");
  }
  await child.status;
  return printed;
}

Deno.test("fileStore() is one store for processes of Deno and Node that write at the same time", async () => {
  await using made = await directories();
  const rounds = 20;
  const runtimes: Runtime[] = ["deno", "node", "deno", "node"];
  const printed = await Promise.all(
    runtimes.map((runtime, i) => start(runtime, [made.path, `p${i}`, `${rounds}`, "claims"])),
  );
  assertEquals(printed, runtimes.map(() => `${".".repeat(DOTS * rounds)}done`));
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
  const random = seeded(20261123);
  const store = fileStore(made.path);
  let increments = 0;
  let kills = 0;
  for (let batch = 0; batch < 6; batch++) {
    const runtimes: Runtime[] = ["deno", "deno", "node"];
    const printed = await Promise.all(runtimes.map((runtime, i) => {
      const killAfter = 1 + Math.floor(random() * 60);
      return start(runtime, [made.path, `b${batch}p${i}`, "1000"], killAfter);
    }));
    for (const [i, dots] of printed.entries()) {
      assert(/^\.+$/.test(dots), dots);
      kills++;
      increments += Math.ceil(dots.length / DOTS);
      const last = Math.floor((dots.length - 3) / DOTS);
      const value = await store.get(`own/b${batch}p${i}/${last}`);
      if (last >= 0) assertEquals(value, `${last}:${"x".repeat(last)}.`);
      assertEquals(await store.get(`own/b${batch}p${i}/${last - 3}`), undefined);
    }
    const counter = Number(await store.get("counter"));
    assert(
      counter >= increments && counter <= increments + kills,
      `${increments} of ${counter}, ${kills} kills`,
    );
    for await (const key of store.list("")) {
      const value = await store.get(key) as string;
      if (key === "counter") continue;
      assertEquals(value.length, value.indexOf(":") + 2 + Number.parseInt(value), key);
      assert(await store.compareAndSet(key, value, value), key);
    }
  }
  for (let i = 0; i < 20; i++) await increment(store, "counter");
  const versions = (await tree(made.path)).filter((path) => /k-counter\/./.test(path));
  assert(versions.length < 20, versions.join("\n"));
  for (const key of await keysOf(store)) await store.delete(key);
  assertEquals(await keysOf(store), []);
});
