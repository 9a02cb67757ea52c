/** sqliteStore() waits for the locks of other processes without stopping the event loop, and not for ever. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { statfs } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createSqliteStore } from "../../src/store/create_sqlite_store.ts";
import { sqliteStore } from "../../src/store/sqlite_store.ts";
import { put } from "../../src/store/writes.ts";
import { directories } from "../support/directories.ts";

const HOLDER = fileURLToPath(new URL("hold_lock.ts", import.meta.url));
const HELD_MS = 1_500;
/** A pause of the event loop that a user would not notice. */
const MAX_GAP_MS = 20;
/** What else the machine does makes gaps too; a wait that stops the event loop makes one each time. */
const ATTEMPTS = 10;

/** Another process that holds the lock until it is released. */
async function holdLock(path: string, ...mode: string[]): Promise<{ release(): Promise<void> }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", HOLDER, path, ...mode],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  assertEquals(new TextDecoder().decode(value), "held");
  return {
    async release() {
      await child.stdin.close();
      await child.status;
      await reader.cancel();
    },
  };
}

/** How long the event loop stood still at most in a time. */
async function longestGapMs(durationMs: number): Promise<number> {
  const startMs = performance.now();
  let longestMs = 0;
  for (let lastMs = startMs; lastMs < startMs + durationMs;) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
  }
  return longestMs;
}

Deno.test("sqliteStore() waits for a lock while the event loop goes on", async () => {
  await using made = await directories();
  const path = `${made.path}/store.sqlite`;
  await using store = sqliteStore(path);
  await put(store, "a", "1");
  const gaps: number[][] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const lock = await holdLock(path);
    let isMade = false;
    const writing = Promise.all([put(store, "a", "2"), put(store, "b", "2")]).then(() => isMade = true);
    const whileHeldMs = await longestGapMs(HELD_MS);
    assert(!isMade);
    assertEquals(await store.get("a"), attempt === 0 ? "1" : "2"); // Reads wait for no writer.
    const controlMs = await longestGapMs(HELD_MS / 5);
    await lock.release();
    await writing;
    assertEquals(await store.getMany(["a", "b"]), ["2", "2"]);
    gaps.push([whileHeldMs, controlMs]);
    if (whileHeldMs <= MAX_GAP_MS) return;
  }
  throw new Error(`The event loop stood still in each attempt (while held, control): ${gaps.join("; ")}`);
});

Deno.test("sqliteStore() lets a write in while reads follow one another", async () => {
  await using made = await directories();
  await using store = sqliteStore(`${made.path}/store.sqlite`);
  await put(store, "a", "1");
  let isMade = false;
  const writing = put(store, "a", "2").then(() => isMade = true);
  // No read waits for anything: without a turn of the event loop between them this goes on for ever.
  for (let reads = 0; !isMade; reads++) {
    await store.get("a");
    if (reads > 1e6) throw new Error("The write is kept out");
  }
  await writing;
});

Deno.test("sqliteStore() opens a file, and reads, once its lock is released", async () => {
  await using made = await directories();
  const path = `${made.path}/store.sqlite`;
  for (const isNew of [true, false]) {
    const lock = await holdLock(path, "exclusive");
    await using store = sqliteStore(path);
    let isDone = false;
    const calls = Promise.all([store.get("a"), put(store, "b", "1")]).then(([value]) => {
      isDone = true;
      return value;
    });
    await longestGapMs(100);
    assert(!isDone);
    await lock.release();
    assertEquals(await calls, isNew ? undefined : "1");
    assertEquals(await store.get("b"), "1");
    await put(store, "a", "1");
  }
});

Deno.test("sqliteStore() names the file whose lock is not released, and goes on when it is", async () => {
  await using made = await directories();
  const path = `${made.path}/store.sqlite`;
  const store = createSqliteStore({
    path,
    synchronous: "full",
    clock: { nowMs: () => Date.now() },
    statFileSystem: statfs,
    lockTimeoutMs: 100,
  });
  await put(store, "a", "1");
  const lock = await holdLock(path);
  await assertRejects(
    () => put(store, "a", "2"),
    Error,
    `Cannot write to the SQLite file '${path}': another process has held its lock for 0.1 s: end that process, or ` +
      "its transaction",
  );
  await lock.release();
  assertEquals(await store.get("a"), "1");
  await put(store, "a", "3");
  assertEquals(await store.get("a"), "3");
  await store.close();
});
