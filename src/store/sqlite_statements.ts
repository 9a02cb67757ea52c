import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { StoreChange } from "./store.ts";

/** Sorts after each character that a key may have. */
const AFTER_ALL = "\x7f";
/** Sorts before each character that a key may have. */
const BEFORE_ALL = "\x01";

const STANDS = "(expires_at_ms IS NULL OR expires_at_ms > ?)";

/** What a store asks of its database. Each call is one moment, and a lock that is met is thrown. */
export type SqliteStatements = ReturnType<typeof prepareStatements>;

/** Prepares all of them. */
export function prepareStatements(db: DatabaseSync) {
  const get = db.prepare(`SELECT value FROM entries WHERE key = ? AND ${STANDS}`);
  const list = db.prepare(
    `SELECT key FROM entries WHERE key >= ? AND key < ? AND ${STANDS} ORDER BY key LIMIT ?`,
  );
  const compare = db.prepare(`SELECT value = ? AS isSame FROM entries WHERE key = ? AND ${STANDS}`);
  const remove = db.prepare("DELETE FROM entries WHERE key = ?");
  const sweep = db.prepare(
    "DELETE FROM entries WHERE rowid IN (SELECT rowid FROM entries WHERE expires_at_ms <= ? LIMIT ?)",
  );
  /** By the number of keys. */
  const getMany: StatementSync[] = [];
  /** By the number of rows: one run of many takes two thirds of the time of many runs. */
  const write: StatementSync[] = [];

  const holds = ({ key, expected }: StoreChange, nowMs: number): boolean => {
    if (expected === undefined) return true;
    const found = compare.get(kept(expected ?? ""), key, nowMs);
    return expected === null ? found === undefined : found?.isSame === 1;
  };

  return {
    get(key: string, nowMs: number): string | undefined {
      const found = get.get(key, nowMs);
      return found && textOf(found.value);
    },

    getMany(keys: readonly string[], nowMs: number): (string | undefined)[] {
      const marks = keys.map(() => "?").join();
      const statement = getMany[keys.length] ??= db.prepare(
        `SELECT key, value FROM entries WHERE key IN (${marks}) AND ${STANDS}`,
      );
      const found = new Map(statement.all(...keys, nowMs).map(({ key, value }) => [key, textOf(value)]));
      return keys.map((key) => found.get(key));
    },

    list(prefix: string, after: string, limit: number, nowMs: number): string[] {
      const first = after < prefix ? prefix : after + BEFORE_ALL;
      return list.all(first, prefix + AFTER_ALL, nowMs, limit).map(({ key }) => key as string);
    },

    /** Makes the changes in the transaction that is open, if all holds that they expect. */
    apply(changes: readonly StoreChange[], nowMs: number): boolean {
      if (!changes.every((change) => holds(change, nowMs))) return false;
      const cells: (string | number | Uint8Array | null)[] = [];
      for (const { key, value, expiresInMs } of changes) {
        if (value === null) remove.run(key);
        else if (value !== undefined) {
          cells.push(key, expiresInMs === undefined ? null : nowMs + expiresInMs, kept(value));
        }
      }
      const rows = cells.length / 3;
      if (rows > 0) (write[rows] ??= prepareWrite(db, rows)).run(...cells);
      return true;
    },

    /** Removes what has expired, so many at most. */
    sweep(nowMs: number, limit: number): void {
      sweep.run(nowMs, limit);
    },
  };
}

function prepareWrite(db: DatabaseSync, rows: number): StatementSync {
  return db.prepare(
    `INSERT INTO entries (key, expires_at_ms, value) VALUES ${Array(rows).fill("(?, ?, ?)").join()}
     ON CONFLICT (key) DO UPDATE SET expires_at_ms = excluded.expires_at_ms, value = excluded.value`,
  );
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** As it is in the file: Deno and Node end a text that they read at its first NUL, so one that has any is bytes. */
function kept(value: string): string | Uint8Array {
  return value.includes("\0") ? encoder.encode(value) : value;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : decoder.decode(value as Uint8Array);
}
