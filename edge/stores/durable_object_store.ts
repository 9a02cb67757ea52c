// deno-lint-ignore-file require-await -- an async function turns what is thrown into a rejection
import { messageOf } from "../../src/base/narrow.ts";
import { systemClock } from "../../src/base/clock.ts";
import { checkedStore } from "../../src/store/checked_store.ts";
import type { Store, StoreChange } from "../../mod.ts";
import { checkKeys } from "../../src/base/check.ts";

/** What a statement can be given, and what rows hold. */
export type SqlValue = ArrayBuffer | string | number | null;

/** The rows that a statement gave. */
export interface SqlCursorLike {
  /** All of them. */
  toArray(): Record<string, SqlValue>[];
}

/** The part of a Durable Object's storage that the store uses: `ctx.storage` of one with SQLite. */
export interface DurableObjectStorageLike {
  /** Its database. */
  readonly sql: {
    /** Runs a statement. */
    exec(query: string, ...bindings: (SqlValue | Uint8Array<ArrayBuffer>)[]): SqlCursorLike;
  };
  /** Runs statements that happen together or not at all. */
  transactionSync<T>(work: () => T): T;
}

/** What {@linkcode durableObjectStore} takes beside the storage. */
export interface DurableObjectStoreOptions {
  /**
   * Tells the time.
   * @default {the runtime's}
   */
  clock?: { nowMs(): number };
}

/** At most 1.5 MiB of UTF-8: a row of SQLite in a Durable Object holds 2 MB, the rest of it included. */
const UNITS_PER_PIECE = 2 ** 19;
/** One would do for as many as are written. */
const SWEPT_PER_CHANGE = 2;
/** After each printable character of ASCII. */
const LAST = "\x7f";

/** The first piece of a value has the expiry. Another form of the table would get the next number in its name. */
const SCHEMA = [
  `create table if not exists globus_store_2 (
    key text not null, place integer not null, piece text not null, expires_at_ms real, primary key (key, place)
  )`,
  `create index if not exists globus_store_2_expiry on globus_store_2 (expires_at_ms)
    where expires_at_ms is not null`,
];

/**
 * A store in the SQLite database of a Durable Object, for Cloudflare Workers. Its table is called `globus_store_2`; the
 * object may have others beside it.
 *
 * Large values are split, as a row holds 2 MB. What has expired is removed with later commits, two values for each
 * change.
 *
 * @example
 * ```ts
 * import { type DurableObjectStorageLike, durableObjectStore } from "@edge-compute/globus/edge";
 *
 * // As a Durable Object has it: class Edge extends DurableObject { #store = durableObjectStore(this.ctx.storage) … }
 * export async function lastRun(ctx: { storage: DurableObjectStorageLike }): Promise<string | undefined> {
 *   return await durableObjectStore(ctx.storage).get("last-run");
 * }
 * ```
 *
 * @param storage The object's storage. The class has to be among the `new_sqlite_classes` of its Worker.
 * @param options The clock.
 * @throws {TypeError} If there is no `storage`, or an option is unknown.
 * @throws {Error} If the database cannot be set up; each call rejects with one where it fails, or is full.
 */
export function durableObjectStore(
  storage: DurableObjectStorageLike,
  options: DurableObjectStoreOptions = {},
): Store {
  if (storage === undefined) {
    throw new TypeError(
      "Cannot use durableObjectStore() without 'storage': pass ctx.storage of the Durable Object",
    );
  }
  checkKeys(options, "durableObjectStore()", "clock");
  const { clock = systemClock } = options;
  const { sql } = storage;
  transaction("set up", () => SCHEMA.forEach((statement) => sql.exec(statement)));

  /** Removes what has expired when it is looked at, so that it does not come back when the clock is set back. */
  function read(key: string): string | undefined {
    const rows = sql.exec(
      "select piece, expires_at_ms from globus_store_2 where key = ? order by place",
      key,
    ).toArray();
    if (rows[0] === undefined) return undefined;
    if (!isGone(rows[0])) return rows.map(({ piece }) => piece).join("");
    remove(key);
    return undefined;
  }

  function list(prefix: string, after: string, limit: number): string[] {
    const keys: string[] = [];
    for (let last = after;;) {
      const wanted = limit - keys.length;
      const rows = sql.exec(
        `select key, expires_at_ms from globus_store_2
          where key > ? and key >= ? and key < ? and place = 0 order by key limit ?`,
        last,
        prefix,
        prefix + LAST,
        wanted,
      ).toArray();
      for (const row of rows) {
        last = row.key as string;
        if (isGone(row)) remove(last);
        else keys.push(last);
      }
      if (rows.length < wanted || keys.length === limit) return keys;
    }
  }

  function write({ key, value, expiresInMs }: StoreChange): void {
    if (value === undefined) return;
    remove(key);
    if (value === null) return;
    const expiresAtMs = expiresInMs === undefined ? null : clock.nowMs() + expiresInMs;
    for (const [place, piece] of piecesOf(value).entries()) {
      sql.exec(
        "insert into globus_store_2 (key, place, piece, expires_at_ms) values (?, ?, ?, ?)",
        key,
        place,
        piece,
        place === 0 ? expiresAtMs : null,
      );
    }
  }

  const remove = (key: string) => sql.exec("delete from globus_store_2 where key = ?", key);

  const isGone = ({ expires_at_ms: atMs }: Record<string, SqlValue>) =>
    typeof atMs === "number" && atMs <= clock.nowMs();

  function sweep(limit: number): void {
    const rows = sql.exec(
      "select key from globus_store_2 where expires_at_ms <= ? order by expires_at_ms limit ?",
      clock.nowMs(),
      limit,
    ).toArray();
    for (const { key } of rows) remove(key as string);
  }

  function transaction<T>(action: string, work: () => T): T {
    try {
      return storage.transactionSync(work);
    } catch (cause) {
      const detail = messageOf(cause);
      const wayOut = /SQLITE_FULL|is full/i.test(detail)
        ? ". Remove what is not needed any more, or use another Durable Object"
        : "";
      throw new Error(`Cannot ${action} the database of the Durable Object: ${detail}${wayOut}`, { cause });
    }
  }

  return checkedStore({
    get: async (key) => transaction("read from", () => read(key)),
    getMany: async (keys) => transaction("read from", () => keys.map(read)),
    list: async (prefix, { after = "", limit = 0 } = {}) =>
      transaction("read from", () => list(prefix, after, limit)),
    commit: async (changes) =>
      transaction("write to", () => {
        const isExpected = ({ key, expected }: StoreChange) =>
          expected === undefined || (read(key) ?? null) === expected;
        if (!changes.every(isExpected)) return false;
        changes.forEach(write);
        sweep(SWEPT_PER_CHANGE * changes.length);
        return true;
      }),
  });
}

/** Cuts a text where no character is halved; one empty piece of none. */
function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  for (let start = 0; start === 0 || start < text.length;) {
    let end = start + UNITS_PER_PIECE;
    const isHalf = (text.charCodeAt(end) & 0xfc00) === 0xdc00;
    if (isHalf) end--;
    pieces.push(text.slice(start, end));
    start = end;
  }
  return pieces;
}
