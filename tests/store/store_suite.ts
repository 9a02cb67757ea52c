/**
 * What every store promises, as cases that run anywhere: they use neither `Deno` nor files, and no time passes but
 * on the clock that the store is made with.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { compareAndSet, put, remove } from "../../src/store/writes.ts";
import { commitCases } from "./commit_cases.ts";
import { concurrencyCases } from "./concurrency_cases.ts";
import { expiryCases } from "./expiry_cases.ts";
import { failureCases } from "./failure_cases.ts";
import { limitCases } from "./limit_cases.ts";
import { linearizableCases } from "./linearizable_cases.ts";
import { listCases } from "./list_cases.ts";
import { sizeCases } from "./size_cases.ts";
import { keysOf, type StoreCase, storeCase } from "./store_case.ts";
import { command, follow } from "./store_model.ts";

/** The promises of {@linkcode Store}. */
export const storeCases: readonly StoreCase[] = [
  storeCase("gives back what was written, and nothing for what was not", async ({ store }) => {
    assertEquals(await store.get("a"), undefined);
    await put(store, "a", "1");
    await put(store, "b", "");
    assertEquals([await store.get("a"), await store.get("b"), await store.get("c")], ["1", "", undefined]);
    await put(store, "a", "2");
    assertEquals(await store.get("a"), "2");
  }),

  storeCase("removes, and removes nothing where there is nothing", async ({ store }) => {
    await remove(store, "a");
    for (let round = 0; round < 3; round++) {
      await put(store, "a", `${round}`);
      await remove(store, "a");
      await remove(store, "a");
      assertEquals([await store.get("a"), await keysOf(store)], [undefined, []]);
    }
  }),

  storeCase("writes only over what is expected", async ({ store }) => {
    assertEquals(await compareAndSet(store, "a", "0", "1"), false);
    assertEquals(await store.get("a"), undefined);
    assertEquals(await compareAndSet(store, "a", undefined, "1"), true);
    assertEquals(await compareAndSet(store, "a", undefined, "2"), false);
    assertEquals(await compareAndSet(store, "a", "2", "3"), false);
    assertEquals(await store.get("a"), "1");
    assertEquals(await compareAndSet(store, "a", "1", "1"), true);
    assertEquals(await compareAndSet(store, "a", "1", ""), true);
    assertEquals(await compareAndSet(store, "a", undefined, "2"), false);
    assertEquals(await compareAndSet(store, "a", "", undefined), true);
    assertEquals(await compareAndSet(store, "a", "", "3"), false);
    assertEquals(await compareAndSet(store, "a", undefined, "3"), true);
    assertEquals(await store.get("a"), "3");
  }),

  storeCase("is there for each process that opens it next", async ({ store, reopen }, { clock }) => {
    if (!reopen) return;
    const other = await reopen();
    await store.commit([{ key: "a", value: "1" }, { key: "b", value: "1", expiresInMs: 10 }]);
    await put(other, "c", "1");
    assertEquals([await other.get("a"), await other.get("b"), await store.get("c")], ["1", "1", "1"]);
    await remove(other, "a");
    clock.advance(10);
    const third = await reopen();
    assertEquals(await keysOf(third), ["c"]);
    assertEquals([await store.get("a"), await third.get("b")], [undefined, undefined]);
  }),

  {
    name: "does as a map does, whatever it is asked",
    run: (kind) =>
      fc.assert(
        fc.asyncProperty(fc.array(command, { maxLength: 40, size: "max" }), (commands) =>
          follow(kind, commands)),
        { numRuns: 60, seed: 20261201 },
      ),
  },

  ...commitCases,
  ...expiryCases,
  ...listCases,
  ...limitCases,
  ...sizeCases,
  ...concurrencyCases,
  ...linearizableCases,
  ...failureCases,
];
