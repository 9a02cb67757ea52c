import { checkKeys } from "../../src/base/check.ts";
import type { Store } from "../../mod.ts";
import { fromOld, type StoreOptions } from "../../src/store/from_old.ts";
import type { DenoKvLike } from "./deno_kv_like.ts";
import { expiryOf } from "../../src/base/expiry.ts";
import { idOf, idRange, isCut } from "./key_id.ts";
import { keysInOrder } from "./keys_in_order.ts";
import type { KvPlace } from "./kv_commit.ts";
import { changeEntry, type FoundEntry, type KvEntry, readEntry } from "./kv_entry.ts";
import { at, sweepPieces } from "./kv_pieces.ts";
import { encodeBody } from "./record_body.ts";

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
const IDS_PER_PAGE = 200;
const WRITES_PER_SWEEP = 64;
/** Deno KV removes nothing by its own clock that stands by another one. */
const CLOCK_SLACK_MS = 60_000;
/** It refuses times that are far off. */
const MAX_EXPIRE_IN_MS = 10 * 365 * 24 * 60 * 60 * 1000;

/**
 * A store in Deno KV, for Deno Deploy, and for Deno on a server.
 *
 * Values of more than 4,096 bytes are split, as Deno KV takes 65,536 in one; what is too much for one commit is written
 * under new names first, and one commit puts it in place of the old value. Deno KV removes what has expired by itself.
 *
 * `put` and `compareAndSet` reject with a `RangeError` where a value has more than 57,600,000 bytes.
 *
 * @example
 * ```ts
 * import { type DenoKvLike, denoKvStore } from "@edge-compute/globus/edge";
 *
 * // await remember(await Deno.openKv())
 * export async function remember(kv: DenoKvLike): Promise<void> {
 *   await denoKvStore(kv).put("last-run", new Date().toISOString(), { expiresInMs: 86_400_000 });
 * }
 * ```
 *
 * @param kv What `Deno.openKv()` gives.
 * @param options Clock and prefix.
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
  const { clock = { nowMs: () => Date.now() }, prefix = "globus" } = options;
  if (new TextEncoder().encode(prefix).length > MAX_PREFIX_BYTES) {
    throw new RangeError(`Cannot make a store as 'prefix' must have at most ${MAX_PREFIX_BYTES} bytes`);
  }
  const place: KvPlace = { kv, prefix, clock };
  const inOrder = createOrder();
  let writesUntilSweep = 1;

  /** Writes where `judge` lets it; removes where there is no value. */
  async function write(
    key: string,
    value: string | undefined,
    { expiresInMs = Infinity }: StoreOptions,
    judge: (found: FoundEntry) => Promise<boolean>,
  ): Promise<boolean> {
    const expiresAtMs = expiryOf({ expiresInMs }, clock.nowMs());
    const expireIn = expiresInMs > MAX_EXPIRE_IN_MS
      ? {}
      : { expireIn: Math.ceil(expiresInMs) + CLOCK_SLACK_MS };
    const isWritten = await inOrder(key, async () => {
      const long = isCut(await idOf(key)) ? { key } : {};
      const bytes = value === undefined ? undefined : encodeBody({ ...long, value });
      return await attempt(
        "write to",
        () => changeEntry(place, key, { bytes, expiresAtMs, ...expireIn, judge }),
      );
    });
    if (--writesUntilSweep === 0) {
      // What cannot be removed now can be later, and the write has succeeded.
      await sweepPieces(place).catch(ignore);
      writesUntilSweep = WRITES_PER_SWEEP;
    }
    return isWritten;
  }

  async function* idsOf(prefix: string): AsyncGenerator<Uint8Array> {
    const { start, end } = idRange(prefix);
    const selector = { start: at(place, "entry", start), end: at(place, "entry", end) };
    const entries = kv.list(selector, { batchSize: IDS_PER_PAGE })[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await attempt("read from", () => entries.next());
      if (done) return;
      if ((value.value as KvEntry).expiresAtMs > clock.nowMs()) yield value.key.at(-1) as Uint8Array;
    }
  }

  const read = (id: Uint8Array) => attempt("read from", () => readEntry(place, id));

  return fromOld({
    get: async (key) => (await read(await idOf(key)))?.value,
    async put(key, value, options = {}) {
      await write(key, value, options, () => Promise.resolve(true));
    },
    async delete(key) {
      await write(key, undefined, {}, ({ exists }) => Promise.resolve(exists));
    },
    list: (prefix) => keysInOrder(idsOf(prefix), prefix, async (id) => (await read(id))?.key),
    compareAndSet: (key, expected, value, options = {}) =>
      write(key, value, options, async (found) => (await found.read())?.value === expected),
  });
}

async function attempt<T>(action: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof RangeError) throw cause;
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Cannot ${action} Deno KV: ${detail}`, { cause });
  }
}

function ignore(): void {}

/** Does what is asked for under the same key one after the other, in the order in which it was asked for. */
function createOrder(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const lastOf = new Map<string, Promise<void>>();

  return function inOrder(key, work) {
    const result = lastOf.get(key)?.then(work) ?? work();
    const last: Promise<void> = result.then(end, end);
    lastOf.set(key, last);
    return result;

    function end(): void {
      if (lastOf.get(key) === last) lastOf.delete(key);
    }
  };
}
