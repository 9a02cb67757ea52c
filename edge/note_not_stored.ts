import type { Store } from "../mod.ts";

/** Where the client keeps the result of a task. */
const RESULTS = "result/";

/** The same store, which also tells of each result that it has not taken: the client that read it has it alone. */
export function noteNotStored(store: Store, onNotStored: (taskId: string, error: unknown) => void): Store {
  return {
    get: (key) => store.get(key),
    delete: (key) => store.delete(key),
    list: (prefix) => store.list(prefix),
    compareAndSet: (...change) => store.compareAndSet(...change),
    async put(key, ...value) {
      try {
        await store.put(key, ...value);
      } catch (error) {
        if (key.startsWith(RESULTS)) onNotStored(key.slice(RESULTS.length), error);
        throw error;
      }
    },
  };
}
