import { checkKeys, checkNumber } from "../base/check.ts";
import type { Store, StoreChange } from "./store.ts";

export const MAX_CHANGES = 64;
export const MAX_COMMIT_BYTES = 16 * 2 ** 20;
export const MAX_KEYS_PER_READ = 10;
const MAX_KEYS_PER_LIST = 1000;
const MAX_KEY_LENGTH = 400;
/** No text has more bytes in UTF-8 for each of its UTF-16 units. */
const MAX_BYTES_PER_UNIT = 3;
const encoder = new TextEncoder();

/**
 * Has a store refuse what is too large or of the wrong kind, as {@linkcode Store} says, so that the store itself need not
 * check. Your `list` then always gets both options, your `getMany` and `commit` at least one key.
 *
 * @example A store of your own, in a `Map`
 * ```ts
 * import { checkedStore, type Store } from "@edge-compute/globus";
 *
 * export function mapStore(): Store {
 *   const values = new Map<string, { value: string; expiresAtMs: number }>();
 *   const read = (key: string) => {
 *     const entry = values.get(key);
 *     return entry && entry.expiresAtMs > Date.now() ? entry.value : undefined;
 *   };
 *   return checkedStore({
 *     get: (key) => Promise.resolve(read(key)),
 *     getMany: (keys) => Promise.resolve(keys.map(read)),
 *     list: (prefix, { after = "", limit } = {}) =>
 *       Promise.resolve(
 *         [...values.keys()].filter((key) => key.startsWith(prefix) && key > after && read(key) !== undefined)
 *           .sort().slice(0, limit),
 *       ),
 *     commit: (changes) => {
 *       const holds = changes.every(({ key, expected }) =>
 *         expected === undefined || (read(key) ?? null) === expected
 *       );
 *       for (const { key, value, expiresInMs = Infinity } of holds ? changes : []) {
 *         if (value === null) values.delete(key);
 *         else if (value !== undefined) values.set(key, { value, expiresAtMs: Date.now() + expiresInMs });
 *       }
 *       return Promise.resolve(holds);
 *     },
 *   });
 * }
 * ```
 *
 * @param store Your four functions, which are called only with what passes the checks.
 * @returns A new store with the same four functions, checked. Other members, such as a `close()`, are not in it: add them
 * as in `{ ...checkedStore(store), close }`.
 * @throws {TypeError} If there is no `store`.
 */
export function checkedStore(store: Store): Store {
  if (!store) {
    throw new TypeError("Cannot use checkedStore() without 'store': pass the store that it checks for");
  }
  // An async function turns what is thrown into a rejection.
  return {
    async get(key) {
      checkKey(key);
      return await store.get(key);
    },
    async getMany(keys) {
      if (keys.length > MAX_KEYS_PER_READ) {
        throw new RangeError(`Cannot read ${keys.length} keys at once: at most ${MAX_KEYS_PER_READ} are`);
      }
      keys.forEach(checkKey);
      return keys.length === 0 ? [] : await store.getMany(keys);
    },
    async list(prefix, options = {}) {
      checkKeys(options, "a list of a store", "after limit");
      const { after = "", limit = MAX_KEYS_PER_LIST } = options;
      checkText(prefix, "prefix");
      checkText(after, "after");
      checkNumber(limit, "limit", 1, MAX_KEYS_PER_LIST);
      return await store.list(prefix, { after, limit });
    },
    async commit(changes) {
      checkChanges(changes);
      return changes.length === 0 || await store.commit(changes);
    },
  };
}

function checkChanges(changes: readonly StoreChange[]): void {
  if (changes.length > MAX_CHANGES) {
    throw new RangeError(`Cannot commit ${changes.length} changes: a commit has at most ${MAX_CHANGES}`);
  }
  const keys = new Set<string>();
  let units = 0;
  for (const change of changes) {
    checkKeys(change, "a change of a store", "key value expected expiresInMs", "key");
    const { key, value, expected, expiresInMs } = change;
    checkKey(key);
    if (keys.has(key)) throw new TypeError(`Cannot commit two changes of '${key}'`);
    keys.add(key);
    if (value === undefined && expected === undefined) {
      throw new TypeError(`Cannot commit a change of '${key}' without 'value' or 'expected'`);
    }
    units += key.length + unitsOf(value, `value of '${key}'`) + unitsOf(expected, `expected of '${key}'`);
    if (expiresInMs !== undefined) {
      checkNumber(expiresInMs, "expiresInMs", Number.MIN_VALUE, Number.MAX_SAFE_INTEGER, false);
      if (typeof value !== "string") {
        throw new TypeError(`Cannot have '${key}' expire without a 'value'`);
      }
    }
  }
  if (units * MAX_BYTES_PER_UNIT > MAX_COMMIT_BYTES) checkBytes(changes);
}

function checkKey(key: unknown): void {
  checkText(key, "key");
  if (key === "") throw new RangeError("Cannot use a key of a store that is empty");
}

function checkText(text: unknown, name: string): asserts text is string {
  if (typeof text !== "string") {
    throw new TypeError(`Cannot use a ${name} of a store that is no text, but ${typeof text}`);
  }
  if (text.length > MAX_KEY_LENGTH) {
    throw new RangeError(
      `Cannot use a ${name} of ${text.length} characters: a store takes at most ${MAX_KEY_LENGTH}`,
    );
  }
  if (/[^ -~]/.test(text)) {
    throw new RangeError(`Cannot use ${JSON.stringify(text)} as a ${name}: a store takes printable ASCII`);
  }
}

function unitsOf(value: unknown, name: string): number {
  if (value === undefined || value === null) return 0;
  if (typeof value !== "string") throw new TypeError(`Cannot commit the ${name}: it is no text`);
  if (!value.isWellFormed()) {
    throw new TypeError(`Cannot commit the ${name}: it has a lone surrogate, which UTF-8 cannot carry`);
  }
  return value.length;
}

function checkBytes(changes: readonly StoreChange[]): void {
  const bytes = changes.reduce((sum, change) => sum + bytesOfChange(change), 0);
  if (bytes > MAX_COMMIT_BYTES) {
    throw new RangeError(`Cannot commit ${bytes} bytes: a commit has at most ${MAX_COMMIT_BYTES}`);
  }
}

/** How much of the size of a commit a change takes. */
export function bytesOfChange({ key, value, expected }: StoreChange): number {
  return [key, value, expected].reduce((sum, text) => sum + (text ? encoder.encode(text).length : 0), 0);
}
