import { bytesOfChange, MAX_CHANGES, MAX_COMMIT_BYTES, MAX_KEYS_PER_READ } from "./checked_store.ts";
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

/** How a user removes a key from a store, for messages. */
export function removalOf(key: string): string {
  return `store.commit([{ key: ${JSON.stringify(key)}, value: null }])`;
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

/** What is under any number of keys, in their order; not all of one moment. */
export async function getAll<Key, Value>(
  store: { getMany(keys: readonly Key[]): Promise<readonly Value[]> },
  keys: readonly Key[],
): Promise<Value[]> {
  const reads: Promise<readonly Value[]>[] = [];
  for (let start = 0; start < keys.length; start += MAX_KEYS_PER_READ) {
    reads.push(store.getMany(keys.slice(start, start + MAX_KEYS_PER_READ)));
  }
  return (await Promise.all(reads)).flat();
}

/** Splits any number of changes into few commits, each as large as a store takes. */
export function commitsOf(changes: readonly StoreChange[]): StoreChange[][] {
  const commits: StoreChange[][] = [];
  let bytes = 0;
  for (const change of changes) {
    const ownBytes = bytesOfChange(change);
    const last = commits.at(-1);
    bytes += ownBytes;
    if (last && last.length < MAX_CHANGES && bytes <= MAX_COMMIT_BYTES) last.push(change);
    else {
      commits.push([change]);
      bytes = ownBytes;
    }
  }
  return commits;
}

const KEYS_PER_PAGE = 1000;

type Committer = Pick<Store, "commit">;
