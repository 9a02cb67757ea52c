import { closeSync, openSync } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import type { DatabaseSync } from "node:sqlite";
import { messageOf } from "../base/narrow.ts";
import { codeOf, isMissing, isTaken } from "../base/system_error.ts";
import { prepareStatements, type SqliteStatements } from "./sqlite_statements.ts";
import { checkFileSystem, type StatFileSystem } from "./network_file_system.ts";
import { watchPlace } from "./watch_place.ts";

/** "GlbC": tells our files from other applications' in the header, where `file` and SQLite's tools show it. */
const APPLICATION_ID = 0x476c6243;
/** Of what is in the file. Another number means that another version of this package has made it. */
const FORMAT = 1;
const MAX_WAIT_MS = 20;

/**
 * A rowid table, as its rows are large: with values of 27 kB a table WITHOUT ROWID takes twice as long to write and to
 * read, as each value has a part among the keys. The time of expiry comes before the value, so that it is read without it.
 */
const SCHEMA = `
  CREATE TABLE entries (key TEXT PRIMARY KEY NOT NULL, expires_at_ms REAL, value ANY NOT NULL) STRICT;
  CREATE INDEX entries_by_expiry ON entries (expires_at_ms) WHERE expires_at_ms IS NOT NULL;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${FORMAT};
`;

/** A file that is open, and what a store asks of it. */
export interface OpenSqliteFile {
  db: DatabaseSync;
  statements: SqliteStatements;
  /** Whether its path still leads to it. */
  isInPlace(): boolean;
}

/** How a file is opened. */
export interface SqliteFileOptions {
  path: string;
  synchronous: "full" | "normal";
  statFileSystem: StatFileSystem;
  /** How long a call waits for a lock that another process holds. */
  lockTimeoutMs: number;
}

/**
 * Opens the database, and makes it where there is none.
 *
 * @throws {Error} If that cannot be; the message says what is in the way, and does not name the path.
 */
export async function openSqliteFile(options: SqliteFileOptions): Promise<OpenSqliteFile> {
  const { path, synchronous, statFileSystem, lockTimeoutMs } = options;
  const { DatabaseSync } = loadSqlite();
  await checkPlace(path, statFileSystem);
  const db = new DatabaseSync(path);
  try {
    await untilUnlocked(() => setUp(db, synchronous), lockTimeoutMs);
    const statements = await untilUnlocked(() => prepareStatements(db), lockTimeoutMs);
    return { db, statements, isInPlace: watchPlace(path) };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Everything in it may be repeated. */
function setUp(db: DatabaseSync, synchronous: string): void {
  // SQLite would stop the event loop while it waits.
  db.exec("PRAGMA busy_timeout = 0");
  // Before anything is changed: the file may be another application's.
  const isNew = checkIdentity(db);
  const { journal_mode: mode } = row(db, "PRAGMA journal_mode = WAL");
  if (mode !== "wal") {
    throw new Error(`the file system does not allow SQLite's write-ahead log (got '${mode}')`);
  }
  db.exec(`PRAGMA synchronous = ${synchronous.toUpperCase()}`);
  db.exec(`PRAGMA journal_size_limit = ${64 * 2 ** 20}`);
  if (!isNew) return;
  inTransaction(db, () => {
    // Another process may have been faster.
    if (checkIdentity(db)) db.exec(SCHEMA);
  });
}

/** Whether there is nothing in the file yet. */
function checkIdentity(db: DatabaseSync): boolean {
  const { application_id: application } = row(db, "PRAGMA application_id");
  const { user_version: format } = row(db, "PRAGMA user_version");
  if (application === APPLICATION_ID) {
    if (format === FORMAT) return false;
    throw new Error(
      `it has format ${format}, and this version of the package reads format ${FORMAT}: use the version that made ` +
        "it, or give the path of a new file",
    );
  }
  const { tables } = row(db, "SELECT count(*) AS tables FROM sqlite_schema");
  if (application === 0 && format === 0 && tables === 0) return true;
  throw new Error("it is a SQLite database of another application: give the path of a new file");
}

function row(db: DatabaseSync, sql: string): Record<string, unknown> {
  return db.prepare(sql).get() ?? {};
}

function inTransaction(db: DatabaseSync, work: () => void): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    work();
    db.exec("COMMIT");
  } catch (error) {
    rollBack(db);
    throw error;
  }
}

/** After some failures SQLite has done so itself. */
export function rollBack(db: DatabaseSync): void {
  try {
    db.exec("ROLLBACK");
  } catch {
    // No transaction is open any more.
  }
}

/** Looks at the place first, as SQLite says "unable to open database file" to all that is wrong with it. */
async function checkPlace(path: string, statFileSystem: StatFileSystem): Promise<void> {
  const directory = dirname(path);
  const found = await stat(path).catch((cause) => {
    if (isMissing(cause)) return undefined;
    if (codeOf(cause) === "ENOTDIR") throw new Error(`'${directory}' is not a directory`, { cause });
    throw cause;
  });
  if (found?.isDirectory()) throw new Error(await whyNoDirectory(path));
  if (!found && !await exists(directory)) {
    throw new Error(`the directory '${directory}' does not exist: make it first`);
  }
  await checkFileSystem(found ? path : directory, statFileSystem);
  if (found) return;
  try {
    // SQLite would make it readable by all, and gives its log the same mode. Only a file that is new is ever opened
    // here, and in one go: the close of another descriptor ends the locks that this process has on the file by then.
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if (!isTaken(error)) throw error;
    // SQLite would follow the link, and make a file whose mode and file system nothing has looked at.
    if (!await exists(path)) {
      throw new Error("it is a link to a file that does not exist: give the path of that file", {
        cause: error,
      });
    }
  }
}

async function whyNoDirectory(path: string): Promise<string> {
  return await exists(join(path, "v2"))
    ? "it is a directory that an older version of this package kept its values in, which are not read: give the " +
      "path of a new file, and remove the directory when you need it no more"
    : "it is a directory: give the path of a file in it";
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(() => true, () => false);
}

/**
 * Runs SQL as soon as no other process holds the lock, and leaves the event loop free meanwhile.
 *
 * @throws {Error} If that takes too long.
 */
export async function untilUnlocked<T>(work: () => T, timeoutMs: number): Promise<T> {
  const startedAtMs = performance.now();
  for (let tries = 0;; tries++) {
    try {
      return work();
    } catch (error) {
      if (!isLocked(error)) throw error;
      if (performance.now() - startedAtMs > timeoutMs) throw lockedTooLong(timeoutMs, error);
    }
    await backOff(tries);
  }
}

/** What is said of a lock that stays. */
export function lockedTooLong(timeoutMs: number, cause: unknown): Error {
  return new Error(
    `another process has held its lock for ${timeoutMs / 1000} s: end that process, or its transaction`,
    { cause },
  );
}

/** Short at first, and never the same for two processes. */
export function backOff(tries: number): Promise<void> {
  const waitMs = Math.min(MAX_WAIT_MS, 2 ** tries) * (0.5 + Math.random() / 2);
  return new Promise((resolve) => setTimeout(resolve, waitMs));
}

/** By SQLite's own text, the one thing that Deno, Node and Bun all give. */
export function isLocked(error: unknown): boolean {
  return error instanceof Error && /^(database is locked|locking protocol)/.test(error.message);
}

/** Whether a write has met the end of the disk. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("database or disk is full");
}

/** What is wrong, where SQLite's text does not say what to do. */
export function describe(error: unknown): string {
  const message = messageOf(error);
  if (isDiskFull(error)) return "the disk is full";
  if (message.startsWith("file is not a database")) {
    return "it is not a SQLite database: give the path of a new file";
  }
  if (/^(unable to open database file|attempt to write a readonly database)/.test(message)) {
    return "this process may not write it or its directory, or the file system is read-only";
  }
  return message;
}

type Sqlite = typeof import("node:sqlite");
let sqlite: Sqlite | undefined;

/**
 * Loads SQLite when it is needed: an import would fail on older versions of Node before they can be named.
 *
 * Node 22 prints a warning that SQLite is experimental, also when a user runs a command of ours. The parts that are used
 * here are the same in all later versions. That one warning is held back, and no other.
 */
function loadSqlite(): Sqlite {
  if (sqlite) return sqlite;
  const emitWarning = process.emitWarning;
  process.emitWarning = ((warning: string | Error, ...rest: []) => {
    if (!String(warning).startsWith("SQLite is an experimental feature")) {
      emitWarning.call(process, warning, ...rest);
    }
  }) as typeof process.emitWarning;
  try {
    sqlite = process.getBuiltinModule?.("node:sqlite") as Sqlite | undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
  if (sqlite) return sqlite;
  throw new Error(`it needs Node 22.13 or newer, and this is Node ${process.versions.node}`);
}
