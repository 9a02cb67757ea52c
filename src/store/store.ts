/** One key of a commit: what must stand there, and what is to stand there from then on. */
export interface StoreChange {
  /** The key: 1 to 400 characters of printable ASCII, space to `~`. No other change of the commit has it. */
  key: string;
  /**
   * What stands there once the commit is made: a well-formed text, the empty one included, or `null` for nothing.
   *
   * @default {what stands there stays}
   */
  value?: string | null;
  /**
   * What has to stand there for the commit to be made, character for character, or `null` for nothing. A change that has
   * an `expected` and no `value` only checks its key.
   *
   * @default {anything}
   */
  expected?: string | null;
  /**
   * How long the value stands, in milliseconds: from 1 to `Number.MAX_SAFE_INTEGER`, and only beside a text
   * as `value`. Use it for what may be forgotten then, never as a lock: clocks differ, and can be set.
   *
   * @default {until it is changed}
   */
  expiresInMs?: number;
}

/** Which keys {@linkcode Store.list} gives. */
export interface StoreListOptions {
  /**
   * Only keys after this one, in the order of bytes, whether it is there or not: pass the last key of one list to get the
   * next.
   * @default {from the first}
   */
  after?: string;
  /**
   * How many keys at most, from 1 to 1,000. A list with fewer keys than that is the last one.
   * @default {1000}
   */
  limit?: number;
}

/**
 * Where raw results, registered functions and keyed calls are kept, and deliveries and batches of a handler: texts under
 * keys, which are changed many at a time or not at all.
 *
 * ## What a store promises
 *
 * - A commit is made whole or not at all, for each reader, in another process too, and when a process or the power fails
 *   in the middle of it. Its expectations are checked and its writes are made at one moment: no other commit comes
 *   between, not even one that writes only what this one checks.
 * - `getMany` sees one moment, and so each commit as a whole. `list` need not: a key that is written or removed meanwhile
 *   may be in it or not, but every other key is.
 * - Once a commit has resolved to `true`, each read that begins later sees what it wrote, also through a store that was
 *   opened on the same data before. Each kind of store says whether that survives the process or a loss of power.
 * - A commit that rejects may have been made, or be made later: read before you go on. One that resolves to `false` was
 *   not made.
 * - A value that has expired is not there, for reads, lists and expectations alike. One that has been replaced or removed
 *   never comes back; one that has only expired may, if the clock is set back.
 *
 * What is too large is a `RangeError` on each store alike: more than 64 changes or 16 MiB in a commit (the UTF-8 of keys,
 * values and what is expected), more than 10 keys in `getMany`, more than 1,000 keys in a list, and a key, `prefix` or
 * `after` that is too long or is not printable ASCII. What is of the wrong kind is a `TypeError`: a value with a lone
 * surrogate, a change that neither writes nor expects anything, two changes of one key, an unknown property. Both are
 * rejections.
 *
 * ## A store of your own
 *
 * Write these four functions and hand them to {@linkcode checkedStore}, which refuses what is too large or of the wrong
 * kind before it comes to them. Calls overlap, so let no other commit in between the check and the write of one. As keys
 * are ASCII, `<` and `sort()` have them in the order of their bytes. In the repository, `tests/store/store_suite.ts` tests
 * all of these promises on any store, and `tests/store/journal_store.ts` is a store in a file to start from.
 *
 * @example A counter that loses no increment, also while others count
 * ```ts
 * import type { Store } from "@edge-compute/globus";
 *
 * export async function increment(store: Store, key: string): Promise<number> {
 *   for (;;) {
 *     const text = await store.get(key);
 *     const next = Number(text ?? 0) + 1;
 *     if (await store.commit([{ key, expected: text ?? null, value: String(next) }])) return next;
 *   }
 * }
 * ```
 */
export interface Store {
  /** The value under a key, or `undefined` for none. */
  get(key: string): Promise<string | undefined>;
  /** The values under at most 10 keys at one moment, in the order of the keys; `undefined` where there is nothing. */
  getMany(keys: readonly string[]): Promise<(string | undefined)[]>;
  /** The keys that begin with `prefix`, which may be empty, in the order of their bytes. */
  list(prefix: string, options?: StoreListOptions): Promise<string[]>;
  /**
   * Makes all changes, or none.
   *
   * @returns Whether they are made: `false` if any key does not have what is expected there.
   */
  commit(changes: readonly StoreChange[]): Promise<boolean>;
}
