import { checkedStore } from "./checked_store.ts";
import type { Store } from "./store.ts";

export interface StoreOptions {
  expiresInMs?: number;
}

export interface OldStore {
  get(key: string): Promise<string | undefined>;
  put(key: string, value: string, options?: StoreOptions): Promise<void>;
  delete(key: string): Promise<void>;
  list(prefix: string): AsyncIterable<string>;
  compareAndSet(
    key: string,
    expected: string | undefined,
    value: string,
    options?: StoreOptions,
  ): Promise<boolean>;
}

/** For the time of the change only. */
export function fromOld(old: OldStore): Store {
  return checkedStore({
    get: (key) => old.get(key),
    getMany: (keys) => Promise.all(keys.map((key) => old.get(key))),
    async list(prefix, { after = "", limit = 1000 } = {}) {
      const keys: string[] = [];
      for await (const key of old.list(prefix)) {
        if (key > after) keys.push(key);
        if (keys.length === limit) break;
      }
      return keys;
    },
    async commit(changes) {
      for (const { key, value, expected, expiresInMs } of changes) {
        const options = expiresInMs === undefined ? {} : { expiresInMs };
        if (expected === undefined) {
          if (value === null) await old.delete(key);
          else await old.put(key, value as string, options);
        } else if (value === undefined) {
          if ((await old.get(key) ?? null) !== expected) return false;
        } else if (expected === null && value === null) {
          if (await old.get(key) !== undefined) return false;
        } else if (
          !await old.compareAndSet(
            key,
            expected ?? undefined,
            value ?? "",
            value === null ? { expiresInMs: 0 } : options,
          )
        ) {
          return false;
        }
      }
      return true;
    },
  });
}
