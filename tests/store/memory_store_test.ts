/** memoryStore() keeps all promises of a store, and makes room in the right order. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { memoryStore } from "../../src/store/memory_store.ts";
import { keysOf, testClock } from "./store_case.ts";
import { storeCases } from "./store_suite.ts";

const clock = testClock();

for (const { name, run } of storeCases) {
  Deno.test(`memoryStore() ${name}`, () =>
    run({
      name: "memoryStore",
      clock,
      open: () => Promise.resolve({ store: memoryStore({ clock }), close: () => Promise.resolve() }),
    }));
}

/** Room for so many values of one unit under keys of one unit. */
const room = (values: number) => values * 104;

Deno.test("memoryStore() makes room by what was least recently used", async () => {
  const store = memoryStore({ maxBytes: room(3) });
  for (const key of ["a", "b", "c"]) await store.put(key, "1");
  assertEquals(await store.get("a"), "1");
  await store.compareAndSet("b", "1", "2");
  await store.put("d", "1");
  assertEquals(await keysOf(store), ["a", "b", "d"]);
  await store.put("e", "x".repeat(53));
  assertEquals(await keysOf(store), ["d", "e"]);
});

Deno.test("memoryStore() makes room by what has expired first", async () => {
  const store = memoryStore({ maxBytes: room(4), clock });
  await store.put("a", "1");
  for (const key of ["b", "c", "d"]) await store.put(key, "1", { expiresInMs: 10 });
  clock.advance(10);
  await store.put("e", "1");
  assertEquals(await keysOf(store), ["a", "e"]);
});

Deno.test("memoryStore() refuses a value that it cannot hold, and drops none for it", async () => {
  const store = memoryStore({ maxBytes: room(2) });
  await store.put("a", "1");
  await store.put("b", "1");
  await assertRejects(() => store.put("b", "x".repeat(200)), RangeError, "'maxBytes'");
  await assertRejects(() => store.compareAndSet("c", undefined, "x".repeat(200)), RangeError, "'maxBytes'");
  assertEquals([await store.get("a"), await store.get("b"), await store.get("c")], ["1", "1", undefined]);
  for (const maxBytes of [0, -1, NaN]) {
    assertThrows(() => memoryStore({ maxBytes }), RangeError, "'maxBytes'");
  }
});

Deno.test("memoryStore() counts what it holds as values are replaced, removed and expire", async () => {
  const store = memoryStore({ maxBytes: room(2), clock });
  for (let i = 0; i < 100; i++) {
    await store.put("a", "1");
    await store.put("b", "1", { expiresInMs: 1 });
    clock.advance(1);
    assertEquals(await store.get("b"), undefined);
    await store.put("b", "1");
    await store.delete("b");
  }
  await store.put("c", "1");
  assertEquals(await keysOf(store), ["a", "c"]);
});
