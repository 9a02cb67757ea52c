import { checkKeys, checkNumber } from "../base/check.ts";
import type { Store, StoreChange } from "./store.ts";

export const MAX_CHANGES = 64;
export const MAX_COMMIT_BYTES = 16 * 2 ** 20;
export const MAX_KEYS_PER_READ = 10;
const MAX_KEYS_PER_LIST = 1000;
const MAX_KEY_LENGTH = 400;
const MAX_SHOWN = 50;
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
  if (!store?.commit) {
    throw new TypeError("Cannot use checkedStore() without 'store'");
  }
  // An async function turns what is thrown into a rejection.
  return {
    get: async (key) => await store.get(checkKey(key)),
    async getMany(keys) {
      checkList(keys, "keys", MAX_KEYS_PER_READ);
      return keys.length === 0 ? [] : await store.getMany(keys.map(checkKey));
    },
    async list(prefix, options = {}) {
      checkKeys(options, "a list of a store", "after limit");
      const { after = "", limit = MAX_KEYS_PER_LIST } = options;
      checkNumber(limit, "limit", 1, MAX_KEYS_PER_LIST);
      return await store.list(checkText(prefix, "prefix"), { after: checkText(after, "after"), limit });
    },
    async commit(changes) {
      checkList(changes, "changes", MAX_CHANGES);
      const keys = new Set<string>();
      // Copies, as a store may look at them when the caller has altered its own.
      const checked = changes.map((change) => checkChange(change, keys));
      const units = checked.reduce((sum, change) => sum + sizeOf(change, (text) => text.length), 0);
      // To count bytes takes longer than all other checks.
      if (units * MAX_BYTES_PER_UNIT > MAX_COMMIT_BYTES) {
        checkCount(
          checked.reduce((sum, change) => sum + bytesOfChange(change), 0),
          "bytes",
          MAX_COMMIT_BYTES,
        );
      }
      return checked.length === 0 || await store.commit(checked);
    },
  };
}

function checkList(list: readonly unknown[], what: string, max: number): void {
  if (!Array.isArray(list)) throw new TypeError(`Cannot use ${what} of a store that are no array`);
  checkCount(list.length, what, max);
}

function checkCount(count: number, what: string, max: number): void {
  if (count > max) throw new RangeError(`Cannot use ${count} ${what} in one call of a store: at most ${max}`);
}

function checkKey(key: unknown): string {
  return checkText(key, "key", 1);
}

function checkText(text: unknown, name: string, minLength = 0): string {
  const isText = typeof text === "string";
  if (isText && text.length >= minLength && text.length <= MAX_KEY_LENGTH && !/[^ -~]/.test(text)) {
    return text;
  }
  const ErrorClass = isText ? RangeError : TypeError;
  const shown = isText ? `${text.length} of ${JSON.stringify(text).slice(0, MAX_SHOWN)}` : typeof text;
  throw new ErrorClass(
    `Cannot use a ${name} of a store: it must be ${minLength} to ${MAX_KEY_LENGTH} characters of printable ASCII, not ${shown}`,
  );
}

/** @param keys Those of the changes before, to which this one's is added. */
function checkChange(change: StoreChange, keys: Set<string>): StoreChange {
  checkKeys(change, "a change of a store", "key value expected expiresInMs", "key");
  const copy = { ...change };
  const { key, value, expected, expiresInMs } = copy;
  checkKey(key);
  checkNumber(expiresInMs, "expiresInMs", 1, Number.MAX_SAFE_INTEGER, false);
  const problem = keys.has(key)
    ? "another change has that key"
    : !isValue(value) || !isValue(expected)
    ? "'value' and 'expected' must be null, or texts without lone surrogates"
    : value === undefined && expected === undefined
    ? "it has neither 'value' nor 'expected'"
    : expiresInMs !== undefined && typeof value !== "string"
    ? "only a text has an 'expiresInMs'"
    : undefined;
  if (problem) throw new TypeError(`Cannot commit the change of '${key}': ${problem}`);
  keys.add(key);
  return copy;
}

function isValue(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === "string" && value.isWellFormed());
}

/** How much of the size of a commit a change takes. */
export function bytesOfChange(change: StoreChange): number {
  return sizeOf(change, (text) => encoder.encode(text).length);
}

function sizeOf({ key, value, expected }: StoreChange, measure: (text: string) => number): number {
  return measure(key) + measure(value ?? "") + measure(expected ?? "");
}
