import type { Store, StoreChange } from "../../mod.ts";
import { checkedStore } from "../../src/store/checked_store.ts";
import { checkKeys } from "../../src/base/check.ts";
import { messageOf } from "../../src/base/narrow.ts";
import { systemClock } from "../../src/base/clock.ts";
import type { DenoKvEntryLike, DenoKvLike } from "./deno_kv_like.ts";
import { at, type KvPlace, repeat } from "./kv_commit.ts";
import { commitChanges } from "./kv_changes.ts";
import { findEntries, readEntry, withoutExpired } from "./kv_entry.ts";
import { sweepPieces } from "./kv_pieces.ts";

/** What {@linkcode denoKvStore} takes beside the database. */
export interface DenoKvStoreOptions {
  /**
   * Tells the time.
   * @default {the runtime's}
   */
  clock?: { nowMs(): number };
  /**
   * The first part of all keys that the store uses, up to 100 bytes.
   * @default {"globus"}
   */
  prefix?: string;
}

const MAX_PREFIX_BYTES = 100;
const ENTRIES_PER_PAGE = 200;
const COMMITS_PER_SWEEP = 64;
/** After each printable character of ASCII. */
const LAST = "\x7f";

/**
 * A store in Deno KV, for Deno Deploy, and for Deno on a server.
 *
 * Values of more than 4,096 bytes are split, as Deno KV takes 65,536 in one; what is too much for one of its commits is
 * written under names of its own first, and one commit puts all of it in place of the old values. Deno KV removes what
 * has expired by itself.
 *
 * A call rejects where other processes change the same keys for 30 seconds on end.
 *
 * @example
 * ```ts
 * import { type DenoKvLike, denoKvStore } from "@edge-compute/globus/edge";
 *
 * // await remember(await Deno.openKv())
 * export async function remember(kv: DenoKvLike): Promise<void> {
 *   const value = new Date().toISOString();
 *   await denoKvStore(kv).commit([{ key: "last-run", value, expiresInMs: 86_400_000 }]);
 * }
 * ```
 *
 * @param kv What `Deno.openKv()` gives.
 * @param options Clock and prefix.
 * @throws {TypeError} If there is no `kv`, or an option is unknown or of the wrong type.
 * @throws {RangeError} If `prefix` is too long.
 */
export function denoKvStore(kv: DenoKvLike, options: DenoKvStoreOptions = {}): Store {
  if (kv === undefined) {
    throw new TypeError("Cannot use denoKvStore() without 'kv': pass an open Deno KV");
  }
  checkKeys(options, "denoKvStore()", "clock prefix");
  if (typeof (options.prefix ?? "") !== "string") {
    throw new TypeError("Cannot use 'prefix': it must be a text");
  }
  const { clock = systemClock, prefix = "globus" } = options;
  if (new TextEncoder().encode(prefix).length > MAX_PREFIX_BYTES) {
    throw new RangeError(`Cannot make a store as 'prefix' must have at most ${MAX_PREFIX_BYTES} bytes`);
  }
  const place: KvPlace = { kv, prefix, clock };
  let commitsUntilSweep = 1;

  const read = (keys: readonly string[]) => attempt("read from", () => readValues(place, keys));

  return checkedStore({
    get: async (key) => (await read([key]))[0],
    getMany: read,
    list: (prefix, { after = "", limit = 0 } = {}) =>
      attempt("read from", () => listKeys(place, prefix, after, limit)),
    async commit(changes: readonly StoreChange[]) {
      const isMade = await attempt("write to", () => commitChanges(place, changes));
      if (--commitsUntilSweep === 0) {
        commitsUntilSweep = COMMITS_PER_SWEEP;
        // What cannot be removed now can be later, and the commit is made.
        await sweepPieces(place).catch(() => {});
      }
      return isMade;
    },
  });
}

async function readValues(place: KvPlace, keys: readonly string[]): Promise<(string | undefined)[]> {
  let lost: string | undefined;
  return await repeat(async () => {
    const values: (string | undefined)[] = [];
    for (const { entry } of await findEntries(place, keys.map((key) => at(place, "entry", key)))) {
      const value = entry === null ? undefined : await readEntry(place, entry);
      if (entry?.pieces && value === undefined) {
        // Pieces go after another entry has taken the place of theirs, so that it cannot stand there still.
        const name = `${entry.pieces.id} ${entry.pieces.first}`;
        if (name === lost) throw new Error(`A part of the value of '${keys[values.length]}' is missing`);
        lost = name;
        return undefined;
      }
      values.push(value);
    }
    return values;
  }, "The values change each time they are read");
}

async function listKeys(place: KvPlace, prefix: string, after: string, limit: number): Promise<string[]> {
  const first = after < prefix ? prefix : `${after}\0`;
  const end = prefix + LAST;
  const keys: string[] = [];
  if (first >= end) return keys;
  const selector = { start: at(place, "entry", first), end: at(place, "entry", end) };
  let page: DenoKvEntryLike[] = [];
  for await (const entry of place.kv.list(selector, { batchSize: Math.min(limit, ENTRIES_PER_PAGE) })) {
    page.push(entry);
    if (page.length + keys.length < limit && page.length < ENTRIES_PER_PAGE) continue;
    await add();
    if (keys.length === limit) return keys;
  }
  await add();
  return keys;

  async function add(): Promise<void> {
    for (const { key, entry } of await withoutExpired(place, page)) {
      if (entry) keys.push(key.at(-1) as string);
    }
    page = [];
  }
}

async function attempt<T>(action: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new Error(`Cannot ${action} Deno KV: ${messageOf(cause)}`, { cause });
  }
}
