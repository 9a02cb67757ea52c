import type { Store } from "../../src/store/store.ts";

/** Adds one to a counter, as often as somebody else is quicker. */
export async function increment(store: Store, key: string): Promise<void> {
  for (let attempt = 0; attempt < 10_000; attempt++) {
    const value = await store.get(key);
    if (await store.compareAndSet(key, value, `${Number(value ?? 0) + 1}`)) return;
  }
  throw new Error(`Cannot increment '${key}': somebody else was always quicker`);
}
