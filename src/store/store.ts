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
   * How long the value stands, in milliseconds, more than 0. An expiry is for what may be forgotten then. It keeps nobody
   * out, as clocks differ, and are set.
   *
   * @default {until it is changed}
   */
  expiresInMs?: number;
}

/** Which keys {@linkcode Store.list} gives. */
export interface StoreListOptions {
  /**
   * Only keys after this text, in the order of bytes: the last key of one list continues with the next.
   * @default {from the first}
   */
  after?: string;
  /**
   * How many keys at most, from 1 to 1,000. Fewer mean that there are no more.
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
 *   in the middle of it. All that its changes expect holds at one moment, which is also that of its writes: no other
 *   commit comes between, not even one that writes only what this one checks.
 * - `getMany` sees one moment, and so each commit as a whole. `list` does not: a key that is written or removed meanwhile
 *   may be in it or not, and each other key is.
 * - What a commit that has resolved to `true` wrote is there for each read that begins later.
 * - A commit that rejects may have been made, or be made later: read before you go on. One that resolves to `false` was
 *   not made.
 * - A value that has expired is not there, for reads, lists and expectations alike. It never comes back.
 *
 * What is too large is a `RangeError` on each store alike: more than 64 changes or 16 MiB in a commit (the UTF-8 of keys,
 * values and what is expected), more than 10 keys in `getMany`, more than 1,000 keys in a list, and keys that are too
 * long or have other characters. What is of the wrong kind is a `TypeError`: a value that is not well formed (lone
 * surrogates), a change that neither writes nor expects anything, two changes of one key. Both are rejections.
 *
 * ## A store of your own
 *
 * Write these four functions and hand them to {@linkcode checkedStore}, which refuses what is too large or of the wrong
 * kind before it comes to them.
 *
 * @example A counter that loses no increment, whoever else counts
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
  /** The values under at most 10 keys at one moment, in the order of the keys; `undefined` where there is none. */
  getMany(keys: readonly string[]): Promise<(string | undefined)[]>;
  /** The keys that begin with `prefix`, which may be empty, in the order of their bytes. */
  list(prefix: string, options?: StoreListOptions): Promise<string[]>;
  /**
   * Makes all changes, or none.
   *
   * @returns Whether they are made: `false` where something else stands than is expected.
   */
  commit(changes: readonly StoreChange[]): Promise<boolean>;
}
