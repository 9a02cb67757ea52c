import type { Store } from "../../mod.ts";

/**
 * How a store goes out of a process's reach with one of its calls:
 *
 * - `throws`: that call and all later ones reject; nothing of it is done;
 * - `throwsAfter`: the same, but that call was done;
 * - `hangs`: no call is answered any more, as where the process is killed before it is sent;
 * - `hangsAfter`: the same, but that call was done;
 * - `stalls`: the process stands still, and goes on once others have had their time.
 */
export const DEATHS = ["throws", "throwsAfter", "hangs", "hangsAfter", "stalls"] as const;
export type Death = typeof DEATHS[number];

/** A store that a process loses. */
export interface DyingStore extends Store {
  /** Resolves when it is lost. */
  readonly lost: Promise<void>;
  /** Whether it is. */
  readonly isLost: boolean;
  /** Loses it now. */
  lose(): void;
  /** Lets a process go on that stands still. */
  goOn(): void;
}

/** The same store, which is lost with its n-th call, counted from 0. */
export function dyingStore(store: Store, place: number, death: Death): DyingStore {
  let calls = 0;
  let goOn = () => {};
  const goesOn = new Promise<void>((resolve) => goOn = resolve);
  let isLost = false;
  let lose = () => {};
  const lost = new Promise<void>((resolve) =>
    lose = () => {
      isLost = true;
      resolve();
    }
  );
  const never = new Promise<never>(() => {});

  async function call<T>(work: () => Promise<T>): Promise<T> {
    const isLast = calls++ === place;
    if (!isLost && !isLast) return await work();
    if (isLast && death.endsWith("After")) await work();
    lose();
    if (death === "stalls") await goesOn;
    else if (death.startsWith("hangs")) await never;
    else throw new Error("the store is gone");
    return await work();
  }
  return {
    lost,
    lose,
    get isLost() {
      return isLost;
    },
    goOn,
    get: (key) => call(() => store.get(key)),
    getMany: (keys) => call(() => store.getMany(keys)),
    list: (...args) => call(() => store.list(...args)),
    commit: (changes) => call(() => store.commit(changes)),
  };
}
