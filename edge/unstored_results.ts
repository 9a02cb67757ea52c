import type { Store } from "../mod.ts";

/** Where the client keeps the result of a task. */
const RESULTS = "result/";

/** Results that a client has read and the store has not taken: nobody else may have them any more. */
export interface UnstoredResults {
  /** The store for clients. */
  readonly store: Store;
  /** Whether the result of a task is one of them. */
  has(taskId: string): boolean;
  /**
   * Puts them into the store.
   *
   * @throws What the store throws, where it does not take them all.
   */
  storeAgain(): Promise<void>;
}

/**
 * Holds what a store does not take of results, for as long as the process lives. `onUnstored` is told of each, once.
 */
export function holdUnstored(
  store: Store,
  onUnstored: (taskId: string, error: unknown) => void,
): UnstoredResults {
  const held = new Map<string, () => Promise<void>>();
  return {
    store: {
      get: (key) => store.get(key),
      delete: (key) => store.delete(key),
      list: (prefix) => store.list(prefix),
      compareAndSet: (...change) => store.compareAndSet(...change),
      async put(key, ...value) {
        const put = () => store.put(key, ...value);
        try {
          await put();
        } catch (error) {
          if (key.startsWith(RESULTS)) {
            held.set(key, put);
            onUnstored(key.slice(RESULTS.length), error);
          }
          throw error;
        }
      },
    },
    has: (taskId) => held.has(RESULTS + taskId),
    async storeAgain() {
      for (const [key, put] of held) {
        await put();
        held.delete(key);
      }
    },
  };
}
