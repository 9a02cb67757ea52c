import type { Store } from "../../src/store/store.ts";

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

/** All keys of the store that begin with `prefix`. */
export async function keysOf(store: Store, prefix = ""): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list(prefix)) keys.push(key);
  return keys;
}
