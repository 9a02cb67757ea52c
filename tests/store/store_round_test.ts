/** What processes that are killed leave is judged rightly: a commit in parts, lost or doubled is noticed. */
import { assertEquals, assertRejects } from "@std/assert";
import { memoryStore } from "../../src/store/memory_store.ts";
import type { Store, StoreChange } from "../../src/store/store.ts";
import { put, remove } from "../../src/store/writes.ts";
import { checkAfterCrash, runRound } from "./store_round.ts";

/** The next commit has fewer parts than the one before, and so removes many. */
const ROUNDS = 10;

/** Stops the process in the middle of its last commit, as `stop` says. */
async function afterRounds(stop: (store: Store, changes: readonly StoreChange[]) => Promise<unknown>) {
  const store = memoryStore();
  let commits = 0;
  const killed: Store = {
    ...store,
    async commit(changes) {
      if (++commits <= ROUNDS) return await store.commit(changes);
      await stop(store, changes);
      throw new Error("Killed");
    },
  };
  for (let round = 0; round < ROUNDS; round++) await runRound(killed, { name: "a", round, maxBytes: 1e5 });
  await assertRejects(() => runRound(killed, { name: "a", round: ROUNDS, maxBytes: 1e5 }), Error, "Killed");
  return store;
}

Deno.test("a commit that was made or not made before the kill is in order", async () => {
  const counted = await checkAfterCrash(await afterRounds(() => Promise.resolve()), { a: ROUNDS });
  assertEquals(counted, 8);
  const made = await afterRounds((store, changes) => store.commit(changes));
  assertEquals(await checkAfterCrash(made, { a: ROUNDS }), 8);
});

Deno.test("processes that take turns make each round", async () => {
  const store = memoryStore();
  await Promise.all(["a", "b", "c"].map(async (name) => {
    for (let round = 0; round < 20; round++) {
      await runRound(store, { name, round, maxBytes: 1e5, hasTurns: true });
    }
  }));
  assertEquals(await store.get("turns"), "60");
  assertEquals(await checkAfterCrash(store, { a: 20, b: 20, c: 20 }), 45);
});

const faults: Record<string, (store: Store, changes: readonly StoreChange[]) => Promise<unknown>> = {
  "that was lost though it was acknowledged": async (store) => {
    const text = await store.get("head/a") as string;
    await put(store, "head/a", text.replace(`"rounds":${ROUNDS}`, `"rounds":${ROUNDS - 1}`));
  },
  "whose count was lost": (store) => put(store, "counter", "1"),
  "of which a part was lost": (store) => remove(store, "part/a/00"),
  "of which a value is cut": async (store) => {
    await put(store, "part/a/00", (await store.get("part/a/00") as string).slice(0, -1));
  },
  "that removed nothing": (store, changes) => store.commit(changes.filter(({ value }) => value !== null)),
  "that overwrote nothing that is shared": (store) => put(store, "shared/2", "older"),
};
for (let made = 1; made < 60; made += 8) {
  faults[`of which ${made} changes were made`] = (store, changes) => store.commit(changes.slice(0, made));
}

for (const [what, stop] of Object.entries(faults)) {
  Deno.test(`a commit ${what} is noticed`, async () => {
    const store = await afterRounds(stop);
    await assertRejects(() => checkAfterCrash(store, { a: ROUNDS }), Error);
  });
}
