// deno-lint-ignore-file require-await -- an async function turns what is thrown into a rejection
import { checkKeys, checkNumber } from "../base/check.ts";
import { checkedStore } from "./checked_store.ts";
import type { Store, StoreChange } from "./store.ts";

const DEFAULT_MAX_BYTES = 64 * 2 ** 20;
const BYTES_PER_UNIT = 2;
/** About what a map's entry and the two strings take beside their text. */
const BYTES_PER_VALUE = 100;

/** What {@linkcode memoryStore} takes. */
export interface MemoryStoreOptions {
  /**
   * How much it holds at most, in bytes: two for each UTF-16 unit of keys and values, and 100 for each value. That is
   * an estimate from above, as engines keep text of Latin letters alone in half of it.
   *
   * @default {67108864} 64 MiB, three results of the largest size
   */
  maxBytes?: number;
  /**
   * Tells the time.
   * @default {the runtime's}
   */
  clock?: { nowMs(): number };
}

interface Entry {
  value: string;
  bytes: number;
  expiresAtMs: number;
}

/**
 * A store in the memory of one process, which ends with it: what a client uses unless it is given another.
 *
 * It is bounded. Where a value needs room, expired values go first, then those that were neither read nor written
 * for the longest time. A raw result that goes this way is lost once the service has forgotten it: to hold more than
 * `maxBytes` for certain, use a store on disk, such as `sqliteStore` of `@edge-compute/globus/sqlite-store`.
 *
 * A commit rejects with a `RangeError` where its values alone are larger than `maxBytes`, and leaves what is there as it
 * is: nothing is dropped to make room for what cannot be kept.
 *
 * @example
 * ```ts
 * import { memoryStore } from "@edge-compute/globus";
 *
 * const store = memoryStore({ maxBytes: 256 * 2 ** 20 });
 * await store.commit([{ key: "greeting", value: "hello", expiresInMs: 60_000 }]);
 * await store.get("greeting"); // "hello"
 * ```
 *
 * @throws {TypeError} If an option is unknown, or of the wrong type.
 * @throws {RangeError} If `maxBytes` is less than 1.
 */
export function memoryStore(options: MemoryStoreOptions = {}): Store {
  checkKeys(options, "memoryStore()", "maxBytes clock");
  const { maxBytes = DEFAULT_MAX_BYTES, clock = { nowMs: () => Date.now() } } = options;
  checkNumber(maxBytes, "maxBytes", 1, Infinity, false);
  return checkedStore(createMemoryStore(clock, maxBytes));
}

/** The same without checks, for a client that has no store of its caller's: what it asks for is in order. */
export function createMemoryStore(clock: { nowMs(): number }, maxBytes: number = DEFAULT_MAX_BYTES): Store {
  /** The least recently used first. */
  const entries = new Map<string, Entry>();
  /** Goes on where it stopped: each new one would have to step over all that was ever removed. */
  let oldest = entries.entries();
  let heldBytes = 0;
  let writesSinceSweep = 0;

  /** The entry that stands. */
  function find(key: string): Entry | undefined {
    const entry = entries.get(key);
    return entry && !isGone(entry) ? entry : undefined;
  }

  /** Puts an entry, or nothing, in the place of what is there: it becomes the most recently used. */
  function put(key: string, entry: Entry | undefined): void {
    const old = entries.get(key);
    if (old) remove(key, old);
    if (entry === undefined) return;
    entries.set(key, entry);
    heldBytes += entry.bytes;
  }

  function read(key: string): string | undefined {
    const entry = find(key);
    put(key, entry);
    return entry?.value;
  }

  /** Removes what has been in use least, where there is more than there may be. */
  function makeRoom(): void {
    if (heldBytes <= maxBytes) return;
    // A sweep looks at each entry, so it waits for as many writes: a write costs the same, on average, at any size.
    if (writesSinceSweep >= entries.size) {
      writesSinceSweep = 0;
      for (const [key, entry] of entries) if (isGone(entry)) remove(key, entry);
    }
    while (heldBytes > maxBytes) {
      const { value: first } = oldest.next();
      if (first) remove(...first);
      else oldest = entries.entries();
    }
  }

  function remove(key: string, entry: Entry): void {
    entries.delete(key);
    heldBytes -= entry.bytes;
  }

  const isGone = (entry: Entry) => entry.expiresAtMs <= clock.nowMs();

  function entryOf({ key, value, expiresInMs = Infinity }: StoreChange): Entry | undefined {
    if (typeof value !== "string") return undefined;
    const bytes = BYTES_PER_VALUE + BYTES_PER_UNIT * (key.length + value.length);
    return { value, bytes, expiresAtMs: clock.nowMs() + expiresInMs };
  }

  // Nothing waits between reading and writing, so each call is of one moment.
  return {
    get: async (key) => read(key),
    getMany: async (keys) => keys.map(read),
    async list(prefix, { after = "", limit } = {}) {
      const keys: string[] = [];
      for (const [key, entry] of entries) {
        if (key.startsWith(prefix) && key > after && !isGone(entry)) keys.push(key);
      }
      return keys.sort().slice(0, limit);
    },
    async commit(changes) {
      const written = changes.map(entryOf);
      const bytes = written.reduce((sum, entry) => sum + (entry?.bytes ?? 0), 0);
      if (bytes > maxBytes) {
        throw new RangeError(`Cannot keep ${bytes} bytes at once: the store holds ${maxBytes} ('maxBytes')`);
      }
      const isExpected = ({ key, expected }: StoreChange) =>
        expected === undefined || (find(key)?.value ?? null) === expected;
      if (!changes.every(isExpected)) return false;
      changes.forEach(({ key, value }, i) => {
        if (written[i]) writesSinceSweep++;
        put(key, value === undefined ? find(key) : written[i]);
      });
      makeRoom();
      return true;
    },
  };
}
