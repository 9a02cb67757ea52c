/** How long a store keeps a value. */
export interface StoreOptions {
  /**
   * How long the value stands, in milliseconds, from the call on: 0 or more. With 0 it is gone at once, and
   * stays gone when the clock is set back: so a `compareAndSet` with 0 removes what is there, if it is `expected`.
   *
   * @default {as long as the store has room for it}
   */
  expiresInMs?: number;
}

/**
 * Where raw results, registered functions and keyed calls are kept. Keys and values are any strings, the empty one
 * and lone surrogates included; a value may be as large as a result, 10 MiB and a little more.
 *
 * What a `put` or a `compareAndSet` that has resolved wrote is there for every reader of the same store, in
 * another process too where the store is shared. An expired value is not there, whether it was removed or not.
 * What rejects may have been written or not; a value is never written in part.
 *
 * @example A claim that one of many callers gets, and gives back
 * ```ts
 * import type { Store } from "@edge-compute/globus";
 *
 * export async function once(store: Store, id: string, work: () => Promise<void>): Promise<void> {
 *   const mine = crypto.randomUUID();
 *   if (!await store.compareAndSet(`claim/${id}`, undefined, mine, { expiresInMs: 60_000 })) return;
 *   await work();
 *   // Nothing happens where the claim has expired and somebody else has it by now.
 *   await store.compareAndSet(`claim/${id}`, mine, "", { expiresInMs: 0 });
 * }
 * ```
 */
export interface Store {
  /** The value, or `undefined` where there is none. */
  get(key: string): Promise<string | undefined>;
  /** Writes the value, over another one if there is one, whose expiry ends with it. */
  put(key: string, value: string, options?: StoreOptions): Promise<void>;
  /** Removes the value; nothing happens where there is none. */
  delete(key: string): Promise<void>;
  /**
   * The keys that begin with `prefix`, in the order of their UTF-16 units. A key that is written or removed
   * meanwhile may be among them or not; every other one is.
   */
  list(prefix: string): AsyncIterable<string>;
  /**
   * Writes the value if the one that is there is `expected`, `undefined` for none: of several that try at the
   * same time, one alone succeeds.
   *
   * @returns Whether the value was written.
   */
  compareAndSet(
    key: string,
    expected: string | undefined,
    value: string,
    options?: StoreOptions,
  ): Promise<boolean>;
}
