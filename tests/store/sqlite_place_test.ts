/** sqliteStore() tells when its path is no place for a file, or no longer leads to it; and a user's clock may fail. */
import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { mkdir, rename, rm, stat, symlink } from "node:fs/promises";
import { sqliteStore } from "../../src/store/sqlite_store.ts";
import type { Store } from "../../src/store/store.ts";
import { put } from "../../src/store/writes.ts";
import { directories } from "../support/directories.ts";
import { until } from "../support/until.ts";

const ENDS = ["", "-wal", "-shm"];

/** Commits until one is rejected, and returns why. */
async function untilRejected(store: Store): Promise<string> {
  let problem = "";
  await until("a rejection", async () => {
    const [one, other] = await Promise.allSettled(["b", "c"].map((key) => put(store, key, "1")));
    assertEquals(one?.status, other?.status); // They are in one transaction.
    if (one?.status === "rejected") problem = one.reason.message;
    return problem !== "";
  });
  return problem;
}

Deno.test("sqliteStore() takes no text for a file that means something else to SQLite", () => {
  assertThrows(() => sqliteStore(":memory:"), TypeError, "use memoryStore()");
  assertThrows(() => sqliteStore("file:///tmp/store.sqlite"), TypeError, "pass new URL(…)");
});

Deno.test("sqliteStore() makes no file where a link leads to nothing", async () => {
  await using made = await directories();
  const link = `${made.path}/link`;
  const target = `${made.path}/real/store.sqlite`;
  await mkdir(`${made.path}/real`);
  await symlink(target, link);
  await using store = sqliteStore(link);
  await assertRejects(() => put(store, "a", "1"), Error, "it is a link to a file that does not exist");
  await assertRejects(() => stat(target));

  await using direct = sqliteStore(target);
  await put(direct, "a", "1");
  assertEquals(await store.get("a"), "1");
});

Deno.test("sqliteStore() resolves no commit of a file that was removed, and opens the next one", async () => {
  await using made = await directories();
  const path = `${made.path}/store.sqlite`;
  await using store = sqliteStore(path);
  await put(store, "a", "1");
  for (const end of ENDS) await rm(path + end);
  assertEquals(
    await untilRejected(store),
    `Cannot write to the SQLite file '${path}': it was removed or replaced while it was open, and what was written ` +
      "may be lost with it",
  );
  await using other = sqliteStore(path);
  await put(other, "d", "1");
  await put(store, "e", "1");
  assertEquals([await store.list(""), await other.list("")], [["d", "e"], ["d", "e"]]);
});

Deno.test("sqliteStore() resolves no commit of a file that was replaced", async () => {
  await using made = await directories();
  const path = `${made.path}/store.sqlite`;
  {
    await using copy = sqliteStore(`${path}.copy`);
    await put(copy, "copied", "1");
  }
  await using store = sqliteStore(path);
  await put(store, "a", "1");
  for (const end of ENDS) await rm(path + end);
  await rename(`${path}.copy`, path);
  assertStringIncludes(await untilRejected(store), "it was removed or replaced");
  await put(store, "a", "3");
  assertEquals(await store.list(""), ["a", "copied"]);
});

Deno.test("sqliteStore() goes on after a clock of the user's that has failed", async () => {
  await using made = await directories();
  let isBroken = false;
  const nowMs = () => {
    if (isBroken) throw new Error("no time");
    return Date.now();
  };
  await using store = sqliteStore(`${made.path}/store.sqlite`, { clock: { nowMs } });
  await put(store, "a", "1");
  isBroken = true;
  for (const one of await Promise.allSettled([put(store, "a", "2"), put(store, "b", "2")])) {
    assertEquals(one.status === "rejected" && /no time$/.test(one.reason.message), true);
  }
  isBroken = false;
  assertEquals(await store.getMany(["a", "b"]), ["1", undefined]);
  await put(store, "a", "3");
  assertEquals(await store.get("a"), "3");
});
