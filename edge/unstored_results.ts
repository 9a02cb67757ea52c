import type { Store, StoreChange } from "../mod.ts";

/** Before the id of a task, where the client keeps its result. */
const RESULTS = "result/";

/** Where the client keeps the result of a task. */
export function resultKey(taskId: string): string {
  return RESULTS + taskId;
}

function isResult({ key, value }: StoreChange): boolean {
  return key.startsWith(RESULTS) && typeof value === "string";
}

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
 *
 * @param retentionMs How long results are kept.
 */
export function holdUnstored(
  store: Store,
  retentionMs: number,
  onUnstored: (taskId: string, error: unknown) => void,
): UnstoredResults {
  const held = new Map<string, StoreChange>();
  /** On their way to the store, which may take longer than a reader waits for it. */
  const underWay = new Set<string>();
  return {
    store: {
      get: (key) => store.get(key),
      getMany: (keys) => store.getMany(keys),
      list: (prefix, options) => store.list(prefix, options),
      async commit(changes) {
        const kept = changes.map((change) =>
          isResult(change) ? { ...change, expiresInMs: retentionMs } : change
        );
        const results = kept.filter(isResult).map(({ key }) => key);
        for (const key of results) underWay.add(key);
        try {
          return await store.commit(kept);
        } catch (error) {
          for (const change of kept) {
            if (!isResult(change)) continue;
            held.set(change.key, change);
            onUnstored(change.key.slice(RESULTS.length), error);
          }
          throw error;
        } finally {
          for (const key of results) underWay.delete(key);
        }
      },
    },
    has: (taskId) => held.has(resultKey(taskId)) || underWay.has(resultKey(taskId)),
    async storeAgain() {
      for (const [key, change] of held) {
        await store.commit([change]);
        held.delete(key);
      }
    },
  };
}
