import { assertEquals } from "@std/assert";
import type { Store } from "../../src/store/store.ts";
import { brokenConnection, ConnectionError } from "./broken_connection.ts";
import { seeded } from "./seeded.ts";
import { keysOf, pairOf, type StoreCase, storeCase } from "./store_case.ts";

const ROUNDS = 6;
const CALLERS = 4;
const INCREMENTS_EACH = 5;

/** What a caller may rely on where a commit is rejected by a failure. */
export const failureCases: readonly StoreCase[] = [
  storeCase("counts each attempt once for callers who read after a failure", async (opened) => {
    const stores = await pairOf(opened);
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const connections = stores.map((store, i) => brokenConnection(store, seeded(seed * 2 + i)));
      const counter = `counter ${seed}`;
      const counted = await Promise.all(Array.from({ length: CALLERS }, async (_, caller) => {
        const { store } = connections[caller % 2] as { store: Store };
        const counts: number[] = [];
        for (let n = 0; n < INCREMENTS_EACH; n++) {
          counts.push(await incrementOnce(store, counter, `attempt ${seed} ${caller}.${n}`));
        }
        return counts;
      }));
      for (const { settled } of connections) await settled();
      const total = CALLERS * INCREMENTS_EACH;
      const counts = counted.flat().sort((a, b) => a - b);
      assertEquals(counts, Array.from({ length: total }, (_, i) => i + 1), `seed ${seed}`);
      assertEquals(await stores[0].get(counter), `${total}`, `seed ${seed}`);
      assertEquals((await keysOf(stores[1], `attempt ${seed} `)).length, total, `seed ${seed}`);
    }
  }),
];

/**
 * Adds one to a counter exactly once, though each call may be rejected, made or not: the commit also writes its attempt,
 * and after a rejection the caller reads before it goes on.
 *
 * @returns What the counter said then.
 */
async function incrementOnce(store: Store, counter: string, attempt: string): Promise<number> {
  for (let tries = 0; tries < 10_000; tries++) {
    try {
      const [before, mine] = await store.getMany([counter, attempt]);
      if (mine !== undefined) return Number(mine);
      const count = `${Number(before ?? 0) + 1}`;
      // One that is made later than another one finds neither the count nor the attempt that it expects.
      const isMade = await store.commit([
        { key: counter, expected: before ?? null, value: count },
        { key: attempt, expected: null, value: count },
      ]);
      if (isMade) return Number(count);
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      // The next round reads what came of it.
    }
  }
  throw new Error(`Cannot increment '${counter}': another caller was always quicker`);
}
