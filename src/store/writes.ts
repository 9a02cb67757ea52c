import type { Store, StoreChange } from "./store.ts";

/** When what is written may be forgotten. */
export type Expiry = Pick<StoreChange, "expiresInMs">;

/** Writes a value, whatever stands there. */
export async function put(store: Committer, key: string, value: string, expiry: Expiry = {}): Promise<void> {
  await store.commit([{ key, value, ...expiry }]);
}

/** Removes what stands there. */
export async function remove(store: Committer, ...keys: readonly string[]): Promise<void> {
  await store.commit(keys.map((key) => ({ key, value: null })));
}

/**
 * Writes a value where another one, or nothing, stands.
 *
 * @returns Whether it was so.
 */
export function compareAndSet(
  store: Committer,
  key: string,
  expected: string | undefined,
  value: string | undefined,
  expiry: Expiry = {},
): Promise<boolean> {
  return store.commit([{ key, expected: expected ?? null, value: value ?? null, ...expiry }]);
}

/** All keys that begin so, read in pages: what is written or removed meanwhile may be among them or not. */
export async function* listAll(store: Pick<Store, "list">, prefix: string): AsyncGenerator<string> {
  for (let after = "";;) {
    const keys = await store.list(prefix, { after, limit: KEYS_PER_PAGE });
    yield* keys;
    if (keys.length < KEYS_PER_PAGE) return;
    after = keys.at(-1) as string;
  }
}

const KEYS_PER_PAGE = 1000;

type Committer = Pick<Store, "commit">;
