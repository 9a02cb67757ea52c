import { memoryStore } from "../../src/store/memory_store.ts";
import { type StoreKind, testClock } from "./store_case.ts";

/** Room for the largest commits of the suite side by side. */
const MAX_BYTES = 2 ** 30;

/** The kind of store that is in memory. */
export function memoryStores(): StoreKind {
  const clock = testClock();
  return {
    name: "memoryStore",
    clock,
    open: () =>
      Promise.resolve({
        store: memoryStore({ clock, maxBytes: MAX_BYTES }),
        close: () => Promise.resolve(),
      }),
  };
}
