/** sqliteStore() names what is wrong with its file, opens, closes and sweeps it, and makes it for its owner alone. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { sqliteStore } from "../../src/store/sqlite_store.ts";
import { put } from "../../src/store/writes.ts";
import { directories } from "../support/directories.ts";
import { ROOT } from "../support/run.ts";
import { commitAll, keysOf, testClock } from "./store_case.ts";

/** What a read and a write of the file are rejected with. */
async function problemOf(path: string): Promise<string> {
  await using store = sqliteStore(path);
  const problems = await Promise.all(
    [store.get("a"), put(store, "a", "1")].map((call) =>
      call.then(() => "no problem", (error: Error) => error.message)
    ),
  );
  assertEquals(problems[0]?.replace("read from", "write to"), problems[1]);
  assertStringIncludes(problems[1] as string, `Cannot write to the SQLite file '${path}': `);
  return (problems[1] as string).slice(`Cannot write to the SQLite file '${path}': `.length);
}

Deno.test("sqliteStore() names what is in the way of its file", async () => {
  await using made = await directories();
  const at = (name: string) => `${made.path}/${name}`;
  await mkdir(at("old/v2"), { recursive: true });
  await mkdir(at("directory"));
  await writeFile(at("text"), "no database at all\n".repeat(100));
  for (
    const [name, sql] of [["other", "CREATE TABLE a (b)"], ["newer", ""], [
      "version",
      "PRAGMA user_version = 1",
    ]]
  ) {
    if (name === "newer") {
      await using store = sqliteStore(at("newer"));
      await put(store, "a", "1");
    }
    const db = new DatabaseSync(at(name as string));
    db.exec(name === "newer" ? "PRAGMA user_version = 7" : sql as string);
    db.close();
  }
  const foreign = "it is a SQLite database of another application: give the path of a new file";
  assertEquals(
    await Promise.all(
      ["old", "directory", "none/store", "text/store", "text", "other", "version", "newer"].map((name) =>
        problemOf(at(name))
      ),
    ),
    [
      "it is a directory that an older version of this package kept its values in, which are not read: give the path " +
      "of a new file, and remove the directory when you need it no more",
      "it is a directory: give the path of a file in it",
      `the directory '${at("none")}' does not exist: make it first`,
      `'${at("text")}' is not a directory`,
      "it is not a SQLite database: give the path of a new file",
      foreign,
      foreign,
      "it has format 7, and this version of the package reads format 1: use the version that made it, or give the path " +
      "of a new file",
    ],
  );
  // Nothing of another application's was changed.
  const db = new DatabaseSync(at("other"));
  assertEquals({ ...db.prepare("PRAGMA journal_mode").get() }, { journal_mode: "delete" });
  db.close();
});

Deno.test("sqliteStore() opens its file with the next call once nothing is in the way", async () => {
  await using made = await directories();
  await using store = sqliteStore(pathToFileURL(`${made.path}/later/store.sqlite`));
  await assertRejects(() => put(store, "a", "1"), Error, "does not exist");
  await mkdir(`${made.path}/later`);
  await put(store, "a", "1");
  assertEquals(await store.get("a"), "1");
});

Deno.test("sqliteStore() makes files for their owner alone, whatever the umask is", async () => {
  await using made = await directories();
  const path = `${made.path}/store.sqlite`;
  const code = `
    import { stat } from "node:fs/promises";
    import { sqliteStore } from ${JSON.stringify(new URL("src/store/sqlite_store.ts", ROOT).href)};
    const store = sqliteStore(${JSON.stringify(path)});
    await store.commit([{ key: "a", value: "1" }]);
    const ends = ["", "-wal", "-shm"];
    const modes = await Promise.all(ends.map(async (end) => (await stat(${
    JSON.stringify(path)
  } + end)).mode & 0o777));
    console.log(modes.map((mode) => mode.toString(8)).join());`;
  const { stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", 'umask 000; exec "$0" eval --quiet "$1"', Deno.execPath(), code],
    cwd: ROOT,
  }).output();
  assertEquals(new TextDecoder().decode(stdout), "600,600,600\n", new TextDecoder().decode(stderr));
});

Deno.test("sqliteStore() rejects after its end, which waits for what is under way", async () => {
  await using made = await directories();
  const path = `${made.path}/store.sqlite`;
  const store = sqliteStore(path);
  const writing = Promise.all(Array.from({ length: 50 }, (_, i) => put(store, `${i}`.padStart(2, "0"), "1")));
  const reading = store.list("");
  const closing = store.close();
  await assertRejects(
    () => store.get("a"),
    Error,
    `Cannot read from the SQLite file '${path}': the store is closed`,
  );
  await assertRejects(() => put(store, "a", "1"), Error, "the store is closed");
  await closing;
  await store.close();
  await Promise.all([writing, reading]);
  await assertRejects(() => stat(`${path}-wal`)); // It was in the file by then.
  await using again = sqliteStore(path);
  assertEquals((await again.list("")).length, 50);

  await sqliteStore(`${made.path}/unused.sqlite`).close();
  await assertRejects(() => stat(`${made.path}/unused.sqlite`));
});

Deno.test("sqliteStore() removes what has expired with later writes, a bounded number each time", async () => {
  await using made = await directories();
  const path = `${made.path}/store.sqlite`;
  const clock = testClock();
  await using store = sqliteStore(path, { clock });
  const expiring = Array.from({ length: 60 }, (_, i) => ({ key: `${i}`, value: "1", expiresInMs: 10 }));
  await store.commit(expiring);
  const db = new DatabaseSync(path);
  const rows = () => Number(db.prepare("SELECT count(*) AS n FROM entries").get()?.n);
  clock.advance(10);
  assertEquals([rows(), await keysOf(store)], [60, []]);
  // What was written counts as well: it is looked for now and then.
  const left: number[] = [];
  for (let commits = 0; commits < 100; commits++) {
    await put(store, "stays", `${commits}`);
    if (rows() !== left.at(-1)) left.push(rows());
  }
  assertEquals(left, [61, 1]);

  const many = Array.from({ length: 1_000 }, (_, i) => ({ key: `${i}`, value: "1", expiresInMs: 10 }));
  await commitAll(store, many);
  clock.advance(10);
  const removed: number[] = [];
  for (let commits = 0, before = rows(); commits < 600; commits++, before = rows()) {
    await put(store, "stays", `${commits}`);
    if (rows() < before) removed.push(before - rows());
  }
  assertEquals([rows(), new Set(removed.slice(0, -1))], [1, new Set([64])]);

  // A process that makes one commit does its part.
  await store.commit(expiring);
  clock.advance(10);
  await using other = sqliteStore(path, { clock });
  await put(other, "stays", "1");
  assertEquals(rows(), 1);
  db.close();
});
