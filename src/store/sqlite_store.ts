/**
 * A store in a SQLite file, for Deno, Node 22.13 or newer, and Bun.
 *
 * ## Values that survive the process
 *
 * ```ts
 * import { sqliteStore } from "@edge-compute/globus/sqlite-store";
 *
 * export async function main(): Promise<void> {
 *   await using store = sqliteStore("results.sqlite");
 *   await store.commit([{ key: "greeting", value: "hello" }]);
 *   for (const key of await store.list("")) console.log(key, await store.get(key));
 * }
 * ```
 *
 * Plain JavaScript on Node 22 has no `await using`: there, use `const`, and call `store.close()` at the end.
 *
 * As the `store` of a client it keeps raw results, registered functions and calls with a key; as that of a handler of
 * `./edge`, deliveries and batches.
 *
 * ## What is in the file
 *
 * A table `entries` with `key`, `value` (a text, or its UTF-8 where it has a NUL) and `expires_at_ms` (`NULL` for never),
 * which any tool for SQLite reads. Beside the file are its write-ahead log (`-wal`) and that log's index (`-shm`) while
 * processes use it. To copy a store, copy all three while no process uses it, or use SQLite's `VACUUM INTO`.
 *
 * @module
 */
import { statfs } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { checkKeys, checkOneOf } from "../base/check.ts";
import { createSqliteStore, type SqliteStore } from "./create_sqlite_store.ts";
export type { SqliteStore } from "./create_sqlite_store.ts";
export type { Store, StoreChange, StoreListOptions } from "./store.ts";

/** Longer than any process of ours holds it. */
const LOCK_TIMEOUT_MS = 30_000;

/** What {@linkcode sqliteStore} takes beside the file. */
export interface SqliteStoreOptions {
  /**
   * When a commit resolves: `"full"` once it is on the disk, so that it outlasts a loss of power, or `"normal"` once it
   * outlasts the end of the process, which takes a fraction of the time. With `"normal"` the last commits may be
   * missing after a loss of power, each as a whole, the latest first.
   *
   * @default {"full"}
   */
  synchronous?: "full" | "normal";
  /**
   * Tells the time.
   * @default {the runtime's}
   */
  clock?: { nowMs(): number };
}

/**
 * A store in a SQLite file of this machine, which any number of processes may share, on Deno, Node and Bun at the same
 * time.
 *
 * The first call opens the file, and makes it where it is not there; its directory has to exist. What is made is
 * readable by its owner alone. Each call rejects for as long as the file cannot be opened, and the next one tries again.
 *
 * Commits that wait at the same time share one transaction, so that many at once cost little more than one. Where another
 * process holds the lock, calls wait for it, up to 30 s; the event loop goes on meanwhile. The disk itself is waited for
 * in the event loop: a millisecond or a few for each transaction. A process that is stopped (SIGSTOP, a debugger) inside a
 * transaction has the lock until it goes on or ends.
 *
 * The file must be on a disk of this machine. Network file systems, such as home directories of clusters (NFS, Lustre,
 * GPFS, SMB and others), are refused on Linux: several machines would damage the file. For several machines use a store
 * on a server.
 *
 * When a call rejects, the message names the file and what is in the way: a directory that does not exist, a read-only or
 * full disk, a file that is not a store of this package, or one in another format. Reading needs the right to write, too,
 * to the file and its directory. The directory that older versions of this package kept their values in is not read.
 * Where the file is removed or replaced while it is open, a commit rejects some milliseconds later, and the call after it
 * opens what is there then.
 *
 * @example Shared by all processes of a portal
 * ```ts
 * import { sqliteStore } from "@edge-compute/globus/sqlite-store";
 *
 * const store = sqliteStore(new URL("./portal.sqlite", import.meta.url));
 * ```
 *
 * @param file Where the values are: the path of a file as a string, or its `file:` URL as a `URL`. There is no
 * `":memory:"`: use `memoryStore()`.
 * @param options Durability and clock.
 * @throws {TypeError} If `file` is empty, `":memory:"`, a URL as a text or no `file:` URL, or an option is unknown or of
 * the wrong type.
 */
export function sqliteStore(file: string | URL, options: SqliteStoreOptions = {}): SqliteStore {
  if (file === undefined) throw new TypeError("Cannot use sqliteStore() without 'file'");
  if (file === "") throw new TypeError("Cannot use sqliteStore(): 'file' is empty");
  if (file === ":memory:") {
    throw new TypeError(
      "Cannot use sqliteStore() with ':memory:': use memoryStore(), which keeps values in memory",
    );
  }
  if (typeof file === "string" && file.startsWith("file:")) {
    throw new TypeError(
      `Cannot use sqliteStore() with the text '${file}': pass new URL(…), or the path of a file`,
    );
  }
  checkKeys(options, "sqliteStore()", "synchronous clock");
  const { synchronous = "full", clock = { nowMs: () => Date.now() } } = options;
  checkOneOf(synchronous, "synchronous", ["full", "normal"]);
  const path = resolve(typeof file === "string" ? file : fileURLToPath(file));
  return createSqliteStore({
    path,
    synchronous,
    clock,
    statFileSystem: statfs,
    lockTimeoutMs: LOCK_TIMEOUT_MS,
  });
}
