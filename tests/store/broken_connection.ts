import type { Store, StoreChange } from "../../src/store/store.ts";
import type { Random } from "./seeded.ts";

/** What a call rejects with whose connection broke. */
export class ConnectionError extends Error {}

/** A store behind a connection that breaks. */
export interface BrokenConnection {
  store: Store;
  /** Ends once all commits that were rejected, and that are made nevertheless, are made. */
  settled(): Promise<void>;
}

/**
 * Has calls of a store reject at random: a read before it is made or after, a commit before it is made, after, or so
 * that it is made later.
 */
export function brokenConnection(store: Store, random: Random): BrokenConnection {
  /** Commits that were rejected, and are still under way. */
  const held: (readonly StoreChange[])[] = [];
  const underWay: Promise<unknown>[] = [];

  const broken = (): never => {
    throw new ConnectionError("The connection broke");
  };

  function deliver(): void {
    const changes = held.shift();
    if (changes) underWay.push(store.commit(changes));
  }

  async function read<T>(call: () => Promise<T>): Promise<T> {
    if (random() < 0.3) deliver();
    if (random() < 0.1) broken();
    const answer = await call();
    return random() < 0.1 ? broken() : answer;
  }

  return {
    store: {
      get: (key) => read(() => store.get(key)),
      getMany: (keys) => read(() => store.getMany(keys)),
      list: (prefix, options) => read(() => store.list(prefix, options)),
      async commit(changes) {
        if (random() < 0.3) deliver();
        const fate = random();
        if (fate < 0.15) broken();
        if (fate < 0.3) {
          held.push(changes);
          broken();
        }
        const isMade = await store.commit(changes);
        return fate < 0.5 ? broken() : isMade;
      },
    },
    async settled() {
      while (held.length > 0) deliver();
      await Promise.all(underWay);
    },
  };
}
