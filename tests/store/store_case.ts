import type { Store, StoreChange } from "../../src/store/store.ts";
import { listAll } from "../../src/store/writes.ts";

/** A kind of store. */
export interface StoreKind {
  name: string;
  /** The clock of all stores of this kind. */
  clock: TestClock;
  /** Makes an empty store. */
  open(): Promise<OpenStore>;
}

/** A store for one case. */
export interface OpenStore {
  store: Store;
  /** Another store with the same values, as a second process has it; left out where there can be none. */
  reopen?(): Promise<Store>;
  /** Closes the store, and those that `reopen` gave. */
  close(): Promise<void>;
}

/** A clock that stands until it is moved. */
export interface TestClock {
  nowMs(): number;
  monotonicMs(): number;
  /** Sets the time of day alone. */
  step(ms: number): void;
  advance(ms: number): void;
}

/** Starts in 2026. */
export function testClock(): TestClock {
  let nowMs = 1_790_000_000_000;
  let monotonicMs = 0;
  return {
    nowMs: () => nowMs,
    monotonicMs: () => monotonicMs,
    step: (ms) => void (nowMs += ms),
    advance(ms) {
      nowMs += ms;
      monotonicMs += ms;
    },
  };
}

/** A promise of a store, to be called for each kind. */
export interface StoreCase {
  name: string;
  run(kind: StoreKind): Promise<void>;
}

/** A case that opens a store, and closes it. */
export function storeCase(
  name: string,
  run: (opened: OpenStore, kind: StoreKind) => Promise<void>,
): StoreCase {
  return {
    name,
    async run(kind) {
      const opened = await kind.open();
      try {
        await run(opened, kind);
      } finally {
        await opened.close();
      }
    },
  };
}

/** The store, and another one over the same values where there can be one. */
export async function pairOf({ store, reopen }: OpenStore): Promise<[Store, Store]> {
  return [store, await reopen?.() ?? store];
}

/** All keys of the store that begin with `prefix`. */
export async function keysOf(store: Store, prefix = ""): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of listAll(store, prefix)) keys.push(key);
  return keys;
}

/** All that the store has, in the order of the keys. */
export async function contentOf(store: Store): Promise<[string, string | undefined][]> {
  const keys = await keysOf(store);
  return await Promise.all(
    keys.map(async (key) => [key, await store.get(key)] as [string, string | undefined]),
  );
}

/** Makes more changes than one commit has, in several. */
export async function commitAll(store: Store, changes: readonly StoreChange[]): Promise<void> {
  for (let i = 0; i < changes.length; i += 64) {
    const isMade = await store.commit(changes.slice(i, i + 64));
    if (!isMade) throw new Error("A commit that expects nothing has not been made");
  }
}
