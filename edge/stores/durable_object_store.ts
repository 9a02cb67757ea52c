import { checkKeys } from "../../src/base/check.ts";
import type { Store } from "../../mod.ts";
import { fromOld, type StoreOptions } from "../../src/store/from_old.ts";
import { expiryOf } from "../../src/base/expiry.ts";
import { idOf, idRange, isCut } from "./key_id.ts";
import { keysInOrder } from "./keys_in_order.ts";
import { decodeBody, encodeBody, joined, piecesOf, type RecordBody } from "./record_body.ts";

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

/** A row of SQLite in a Durable Object holds 2 MB, the rest of it included. */
const MAX_PIECE_BYTES = 2 ** 20;
const IDS_PER_PAGE = 500;
/** One would do for as many as are written. */
const SWEPT_PER_WRITE = 2;

const SCHEMA = [
  `create table if not exists globus_entry (
    number integer primary key, id blob not null unique, expires_at_ms real, pieces integer not null, body blob not null
  )`,
  `create index if not exists globus_entry_expiry on globus_entry (expires_at_ms) where expires_at_ms is not null`,
  `create table if not exists globus_piece (
    entry integer not null references globus_entry on delete cascade, place integer not null, bytes blob not null,
    primary key (entry, place)
  ) without rowid`,
];

/**
 * A store in the SQLite database of a Durable Object, for Cloudflare Workers. Its tables are called `globus_entry`
 * and `globus_piece`; the object may have others beside them.
 *
 * Large values are split, as a row holds 2 MB. What has expired is removed with later writes, two values with each.
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
  const { clock = { nowMs: () => Date.now() } } = options;
  const { sql } = storage;
  attempt("set up", () => storage.transactionSync(() => SCHEMA.forEach((statement) => sql.exec(statement))));

  function read(id: Uint8Array<ArrayBuffer>): RecordBody | undefined {
    const [row] = sql.exec(
      "select number, pieces, body from globus_entry where id = ? and (expires_at_ms is null or expires_at_ms > ?)",
      id,
      clock.nowMs(),
    ).toArray();
    if (row === undefined) return undefined;
    const pieces = [new Uint8Array(row.body as ArrayBuffer)];
    if (row.pieces !== 1) {
      const rows = sql.exec(
        "select bytes from globus_piece where entry = ? order by place",
        row.number as number,
      );
      for (const { bytes } of rows.toArray()) pieces.push(new Uint8Array(bytes as ArrayBuffer));
    }
    return decodeBody(joined(pieces));
  }

  function write(id: Uint8Array<ArrayBuffer>, body: Uint8Array<ArrayBuffer>, expiresAtMs: number): void {
    const [first, ...rest] = piecesOf(body, MAX_PIECE_BYTES);
    const [row] = sql.exec(
      `insert into globus_entry (id, expires_at_ms, pieces, body) values (?1, ?2, ?3, ?4) on conflict (id)
        do update set expires_at_ms = ?2, pieces = ?3, body = ?4 returning number`,
      id,
      expiresAtMs === Infinity ? null : expiresAtMs,
      1 + rest.length,
      first as Uint8Array<ArrayBuffer>,
    ).toArray();
    const number = row?.number as number;
    sql.exec("delete from globus_piece where entry = ?", number);
    for (const [place, bytes] of rest.entries()) {
      sql.exec("insert into globus_piece (entry, place, bytes) values (?, ?, ?)", number, place, bytes);
    }
    sql.exec(
      `delete from globus_entry where number in
        (select number from globus_entry where expires_at_ms <= ? order by expires_at_ms limit ${SWEPT_PER_WRITE})`,
      clock.nowMs(),
    );
  }

  async function change(
    key: string,
    value: string,
    options: StoreOptions,
    isWanted: (id: Uint8Array<ArrayBuffer>) => boolean,
  ): Promise<boolean> {
    const expiresAtMs = expiryOf(options, clock.nowMs());
    const id = await idOf(key);
    const body = encodeBody(isCut(id) ? { key, value } : { value });
    return attempt("write to", () =>
      storage.transactionSync(() => {
        const isWritten = isWanted(id);
        if (isWritten) write(id, body, expiresAtMs);
        return isWritten;
      }));
  }

  async function* idsOf(prefix: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const { start, end } = idRange(prefix);
    let from = start;
    for (let comparison = ">=";; comparison = ">") {
      const rows = attempt("read from", () =>
        sql.exec(
          `select id from globus_entry where id ${comparison} ? and id < ?
            and (expires_at_ms is null or expires_at_ms > ?) order by id limit ${IDS_PER_PAGE}`,
          from,
          end,
          clock.nowMs(),
        ).toArray());
      const ids = rows.map(({ id }) => new Uint8Array(id as ArrayBuffer));
      yield* ids;
      if (ids.length < IDS_PER_PAGE) return;
      from = ids.at(-1) as Uint8Array<ArrayBuffer>;
    }
  }

  return fromOld({
    async get(key) {
      const id = await idOf(key);
      return attempt("read from", () => read(id))?.value;
    },
    async put(key, value, options = {}) {
      await change(key, value, options, () => true);
    },
    async delete(key) {
      const id = await idOf(key);
      attempt("write to", () => sql.exec("delete from globus_entry where id = ?", id));
    },
    list: (prefix) =>
      keysInOrder(
        idsOf(prefix),
        prefix,
        (id) => attempt("read from", () => read(id as Uint8Array<ArrayBuffer>))?.key,
      ),
    compareAndSet: (key, expected, value, options = {}) =>
      change(key, value, options, (id) => read(id)?.value === expected),
  });
}

function attempt<T>(action: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Cannot ${action} the database of the Durable Object: ${detail}`, { cause });
  }
}
