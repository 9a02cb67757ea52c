/** fileStore() keeps all promises of a store, leaves nothing behind, and opens few files. */
import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { readdir, readFile, rmdir, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { createFileStore } from "../../src/store/create_file_store.ts";
import { fileStore } from "../../src/store/file_store.ts";
import { type FileSystem, systemFiles } from "../../src/store/file_system.ts";
import { ROOT, runOnNode } from "../support/run.ts";
import { increment } from "./counter.ts";
import { directories, fileStores, tree } from "./file_store_support.ts";
import { keysOf, testClock } from "./store_case.ts";
import { storeCases } from "./store_suite.ts";

for (const { name, run } of storeCases) {
  Deno.test(`fileStore() ${name}`, async () => {
    await using kind = await fileStores();
    await run(kind);
  });
}

Deno.test("fileStore() and memoryStore() keep all promises on Node too", async () => {
  await using made = await directories();
  const config = join(made.path, "tsconfig.json");
  const paths = { "@std/assert": [fileURLToPath(new URL("tests/support/assert.ts", ROOT))] };
  await writeFile(config, JSON.stringify({ compilerOptions: { paths } }));
  const args = ["--tsconfig", config, "tests/store/run_store_suite.ts"];
  const { code, stdout, stderr } = await runOnNode(args);
  assertEquals({ code, stdout, stderr }, {
    code: 0,
    stdout: `${storeCases.length * 2} cases passed\n`,
    stderr: "",
  });
});

Deno.test("fileStore() keeps all promises with 'durable'", async () => {
  await using kind = await fileStores({ durable: true });
  for (const { run } of storeCases.slice(0, 6)) await run(kind);
});

Deno.test("fileStore() writes for its owner alone, into a directory that it makes", async () => {
  await using made = await directories();
  const directory = join(made.path, "not", "yet");
  const store = fileStore(pathToFileURL(directory));
  assertEquals([await store.get("a"), await keysOf(store)], [undefined, []]);
  assertEquals(await tree(made.path), []);
  await store.put("a", "1");
  await store.put("a", "2");
  for (const path of ["not", ...(await tree(made.path))]) {
    const { mode } = await stat(join(made.path, path));
    assertEquals((mode & 0o777).toString(8), /-\d+$/.test(path) ? "600" : "700", path);
  }
});

Deno.test("fileStore() writes what its documentation says", async () => {
  await using made = await directories();
  const clock = testClock();
  const store = fileStore(made.path, { clock });
  await store.put("results/42", "{}");
  await store.put("results/42", "{\n}", { expiresInMs: 5 });
  const [path] = (await tree(made.path)).filter((path) => path.endsWith("-2"));
  assert(path?.match(/^v2\/g-results%2f\/[0-9a-f]\/k-results%2f42\/[0-9a-f]{32}-2$/), path);
  const text = await readFile(join(made.path, path as string), "utf8");
  assertEquals(text, `{"bytes":3,"expiresAtMs":${clock.nowMs() + 5},"key":"results/42"}\n{\n}`);
});

Deno.test("fileStore() leaves nothing but the values that stand", async () => {
  await using made = await directories();
  const clock = testClock();
  const store = fileStore(made.path, { clock });
  for (let i = 0; i < 100; i++) {
    await increment(store, "counter");
    await store.put(`deleted ${i}`, "1");
    await store.delete(`deleted ${i}`);
    await store.put(`expired ${i}`, "1", { expiresInMs: 1 });
    clock.advance(1);
  }
  const expired = (await tree(made.path)).filter((path) => path.includes("expired") && path.endsWith("-1"));
  assert(expired.length < 70, `${expired.length} expired values`);
  for (let i = 0; i < 200; i++) await increment(store, "counter");
  const paths = (await tree(made.path)).filter((path) => /\/[kh]-/.test(path));
  assertEquals(paths.map((path) => path.replace(/\w{32}/, "…").slice("v2/g-/0/".length)), [
    "k-counter",
    "k-counter/…-300",
  ]);
  assertEquals(await readdir(join(made.path, "v2", "staging")), []);
});

Deno.test("fileStore() sweeps what killed processes left, and nothing that is young or not its own", async () => {
  await using made = await directories();
  const store = fileStore(made.path);
  await store.put("a", "1");
  const staging = join(made.path, "v2", "staging");
  const [key] = (await tree(made.path)).filter((path) => path.endsWith("k-a"));
  const id = "0123456789abcdef".repeat(2);
  const old = [join(staging, `s-${id}`), join(made.path, key as string, `t-${id}`)];
  const kept = [join(staging, "notes.txt"), join(staging, `s-${id.replace("0", "f")}`)];
  for (const path of [...old, ...kept]) await writeFile(path, "half a val");
  const anHourAgo = Date.now() / 1000 - 3600;
  for (const path of [...old, kept[0] as string]) await utimes(path, anHourAgo, anHourAgo);
  for (let i = 0; i < 100; i++) await store.put(`b${i}`, "1");
  const left = await tree(made.path);
  for (const path of old) assert(!left.some((name) => path.endsWith(name)), path);
  for (const path of kept) assert(left.some((name) => path.endsWith(name)), path);
  assertEquals(await store.get("a"), "1");
});

Deno.test("fileStore() names a directory that cannot be used", async () => {
  await using made = await directories();
  const file = join(made.path, "file");
  await writeFile(file, "");
  for (const directory of [file, join(file, "below"), "/proc/globus/store"]) {
    const store = fileStore(directory);
    const text = `Cannot write to the file store in '${directory}': E`;
    const { cause } = await assertRejects(() => store.put("a", "1"), Error, text);
    assertInstanceOf(cause, Error);
    await assertRejects(() => store.compareAndSet("a", undefined, "1"), Error, text);
    if (directory.startsWith("/proc")) continue;
    await assertRejects(() => store.get("a"), Error, `Cannot read from the file store in '${directory}': E`);
    await assertRejects(() => keysOf(store), Error, `Cannot read from the file store in '${directory}': E`);
  }
  assertThrows(() => fileStore(""), TypeError, "'directory' is empty");
  assertThrows(() => fileStore(new URL("https://example.org/")), TypeError);
});

Deno.test("fileStore() tells of a value that a loss of power damaged, and writes over it", async () => {
  for (const damage of ["", '{"bytes":', '{"bytes":5,"key":"a"}\n123']) {
    await using made = await directories();
    const store = fileStore(made.path);
    await store.put("a", "12345");
    const [path] = (await tree(made.path)).filter((path) => path.endsWith("-1"));
    await writeFile(join(made.path, path as string), damage);
    await assertRejects(() => store.get("a"), Error, "damaged");
    await assertRejects(() => store.compareAndSet("a", undefined, "1"), Error, "damaged");
    assertEquals(await keysOf(store), ["a"]);
    await store.put("a", "2");
    assertEquals(await store.get("a"), "2");
  }
});

/** The system's file system, of which a test sees each call before it is made, and when it is over. */
function watched(
  before: (call: string, ...paths: string[]) => Promise<void> | void,
  after: () => void = () => {},
): FileSystem {
  return Object.fromEntries(
    Object.entries(systemFiles).map(([name, call]) => [name, async (...args: string[]) => {
      await before(name, ...args);
      try {
        return await (call as (...args: string[]) => Promise<unknown>)(...args);
      } finally {
        after();
      }
    }]),
  ) as unknown as FileSystem;
}

Deno.test("fileStore() opens few files at once", async () => {
  await using made = await directories();
  let open = 0;
  let most = 0;
  const files = watched(() => void (most = Math.max(most, ++open)), () => void open--);
  const store = createFileStore({ directory: made.path, clock: testClock(), isDurable: false, files });
  const keys = Array.from({ length: 300 }, (_, i) => `k${1e4 + i}`);
  await Promise.all(keys.map((key) => store.put(key, key)));
  assertEquals(await Promise.all(keys.map((key) => store.get(key))), keys);
  assertEquals(await keysOf(store), keys);
  assert(most > 1 && most <= 64, `${most} calls of the file system at once`);
  assertEquals(open, 0);
});

Deno.test("fileStore() lists by prefix without a look at other keys", async () => {
  await using made = await directories();
  const read: string[] = [];
  const files = watched((call, path) => void (call.startsWith("read") && read.push(path as string)));
  const parts = { directory: made.path, clock: testClock(), isDurable: false, files };
  const store = createFileStore(parts);
  const keys = ["a/open/1", "a/open/2", "a/closed/", "a/", "a", "a/o", "b/open/1", `a/${"x".repeat(300)}/1`];
  for (const key of keys) {
    for (let i = 0; i < 20; i++) await store.put(`${key}${i}`, "1");
  }
  const expected: [prefix: string, groups: string[], most: number][] = [
    ["a/open/", ["g-a%2fopen%2f"], 110],
    ["a/o", ["g-a%2fopen%2f", "g-a%2f"], 160],
    ["a/open/10", ["g-a%2fopen%2f"], 26],
    ["a", ["g-a%2fopen%2f", "g-a%2fclosed%2f", "g-a%2f", "g-"], 330],
    ["b/open/1/", ["g-b%2fopen%2f"], 26],
    ["c/", [], 2],
  ];
  for (const [prefix, groups, most] of expected) {
    read.length = 0;
    const all = keys.flatMap((key) => Array.from({ length: 20 }, (_, i) => `${key}${i}`));
    assertEquals(await keysOf(store, prefix), all.filter((key) => key.startsWith(prefix)).sort());
    const inShort = read.map((path) => path.slice(made.path.length).split("/")[2]);
    const seen = new Set(inShort.filter((group) => group !== undefined && group !== "h-long"));
    assertEquals([...seen].sort(), groups.sort(), prefix);
    const count = inShort.filter((group) => group !== "h-long").length;
    assert(count <= most, `${prefix}: ${count}`);
  }
});

Deno.test("fileStore() removes directories that have been empty for a while, and misses none of them", async () => {
  await using made = await directories();
  const store = fileStore(made.path);
  const groups = async () => (await tree(made.path)).filter((path) => /g-gone%2f/.test(path));
  for (let i = 0; i < 20; i++) {
    await store.put(`gone/${i}`, "1");
    await store.delete(`gone/${i}`);
  }
  const left = await groups();
  assert(left.length > 5, `${left.length}`);
  for (let i = 0; i < 100; i++) await store.put("a", `${i}`);
  assertEquals(await groups(), left);
  const anHourAgo = Date.now() / 1000 - 3600;
  for (const path of left) await utimes(join(made.path, path), anHourAgo, anHourAgo);
  for (let i = 0; i < 100; i++) await store.put("a", `${i}`);
  const empty = await groups();
  assert(empty.length <= 1, empty.join());
  await store.put("gone/1", "2");
  assertEquals(await keysOf(store, "gone/"), ["gone/1"]);
});

Deno.test("fileStore() writes a first key while somebody removes the empty directory that it goes into", async () => {
  await using made = await directories();
  const removed: string[] = [];
  const files = watched(async (call, _, path = "") => {
    if (call !== "rename" || !path.endsWith("k-a%2fb") || removed.length === 5) return;
    const shard = dirname(path);
    if (await rmdir(shard).then(() => true, () => false)) removed.push(shard);
  });
  const store = createFileStore({ directory: made.path, clock: testClock(), isDurable: true, files });
  await store.put("a/b", "1");
  await store.delete("a/b");
  assert(await store.compareAndSet("a/b", undefined, "2"));
  assertEquals([await store.get("a/b"), removed.length], ["2", 5]);
});
