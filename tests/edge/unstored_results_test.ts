/** A result counts as not stored for as long as its commit is on its way, however long that takes. */
import { assertEquals } from "@std/assert";
import { memoryStore } from "../../mod.ts";
import { holdUnstored, resultKey } from "../../edge/unstored_results.ts";

Deno.test("a result is not stored while its commit is on its way", async () => {
  const { promise: goesOn, resolve: goOn } = Promise.withResolvers<void>();
  const base = memoryStore();
  const slow = {
    ...base,
    async commit(changes: Parameters<typeof base.commit>[0]) {
      await goesOn;
      return await base.commit(changes);
    },
  };
  const unstored = holdUnstored(slow, 1_000_000, () => {});
  const committing = unstored.store.commit([{ key: resultKey("a"), value: "42" }]);
  assertEquals([unstored.has("a"), unstored.has("b")], [true, false]);
  goOn();
  await committing;
  assertEquals([unstored.has("a"), await base.get(resultKey("a"))], [false, "42"]);
});
