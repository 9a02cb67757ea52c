import type { Store } from "../../src/store/store.ts";
import { compareAndSet } from "../../src/store/writes.ts";

/** Adds one to a counter, as often as another caller is quicker. */
export async function increment(store: Store, key: string): Promise<void> {
  for (let attempt = 0; attempt < 10_000; attempt++) {
    const value = await store.get(key);
    if (await compareAndSet(store, key, value, `${Number(value ?? 0) + 1}`)) return;
  }
  throw new Error(`Cannot increment '${key}': another caller was always quicker`);
}
