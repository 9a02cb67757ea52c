import { DatabaseSync } from "node:sqlite";
import type { StoreChange } from "../../mod.ts";

/** What `node:sqlite` does without a store: the same table, log and statements. */
export function openBareSqlite(path: string) {
  const db = new DatabaseSync(path);
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE entries (key TEXT PRIMARY KEY NOT NULL, expires_at_ms REAL, value ANY NOT NULL) STRICT;
    CREATE INDEX entries_by_expiry ON entries (expires_at_ms) WHERE expires_at_ms IS NOT NULL;
  `);
  const stands = "(expires_at_ms IS NULL OR expires_at_ms > ?)";
  const compare = db.prepare(`SELECT value = ? AS isSame FROM entries WHERE key = ? AND ${stands}`);
  const write = db.prepare(
    `INSERT INTO entries (key, expires_at_ms, value) VALUES (?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET expires_at_ms = excluded.expires_at_ms, value = excluded.value`,
  );
  const remove = db.prepare("DELETE FROM entries WHERE key = ?");
  return {
    compare,
    write,
    list: db.prepare(`SELECT key FROM entries WHERE key >= ? AND key < ? AND ${stands} ORDER BY key LIMIT ?`),
    read: db.prepare(
      `SELECT key, value FROM entries WHERE key IN (${Array(10).fill("?").join()}) AND ${stands}`,
    ),
    /** Makes the changes of a commit, in a transaction. */
    commit(changes: readonly StoreChange[]) {
      for (const { key, expected } of changes) {
        if (expected === undefined) continue;
        const isSame = compare.get(expected ?? "", key, Date.now())?.isSame;
        if (isSame !== (expected === null ? undefined : 1)) throw new Error(`'${key}' has another value`);
      }
      for (const { key, value, expiresInMs } of changes) {
        if (value === null) remove.run(key);
        else if (value !== undefined) {
          write.run(key, expiresInMs === undefined ? null : Date.now() + expiresInMs, value);
        }
      }
    },
    transaction(work: () => void) {
      db.exec("BEGIN IMMEDIATE");
      work();
      db.exec("COMMIT");
    },
    close: () => db.close(),
  };
}
