/** memoryStore() keeps all promises of a store, and makes room in the right order. */
import { until } from "../support/until.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { memoryStore } from "../../src/store/memory_store.ts";
import { compareAndSet, put, remove } from "../../src/store/writes.ts";
import { memoryStores } from "./memory_stores.ts";
import { contentOf, keysOf, testClock } from "./store_case.ts";
import { storeCases } from "./store_suite.ts";

for (const { name, run } of storeCases) {
  Deno.test(`memoryStore() ${name}`, () => run(memoryStores()));
}

/** Room for so many values of one unit under keys of one unit. */
const room = (values: number) => values * 104;

Deno.test("memoryStore() makes room by what was least recently used", async () => {
  const store = memoryStore({ maxBytes: room(3) });
  await store.commit(["a", "b", "c"].map((key) => ({ key, value: "1" })));
  assertEquals(await store.get("a"), "1");
  await compareAndSet(store, "b", "1", "2");
  await put(store, "d", "1");
  assertEquals(await keysOf(store), ["a", "b", "d"]);
  await put(store, "e", "x".repeat(53));
  assertEquals(await keysOf(store), ["d", "e"]);
});

Deno.test("memoryStore() takes what a commit checks, and getMany() reads, as used", async () => {
  const store = memoryStore({ maxBytes: room(4) });
  await store.commit(["a", "b", "c", "d"].map((key) => ({ key, value: "1" })));
  assert(await store.commit([{ key: "a", expected: "1" }]));
  assertEquals(await store.getMany(["c", "e"]), ["1", undefined]);
  await store.commit([{ key: "e", value: "1" }, { key: "f", value: "1" }]);
  assertEquals(await keysOf(store), ["a", "c", "e", "f"]);
});

Deno.test("memoryStore() makes room by what has expired first", async () => {
  const clock = testClock();
  const store = memoryStore({ maxBytes: room(4), clock });
  await put(store, "a", "1");
  await store.commit(["b", "c", "d"].map((key) => ({ key, value: "1", expiresInMs: 10 })));
  clock.advance(10);
  await put(store, "e", "1");
  assertEquals(await keysOf(store), ["a", "e"]);
});

Deno.test("memoryStore() refuses a commit that it cannot hold, and drops nothing for it", async () => {
  const store = memoryStore({ maxBytes: room(4) });
  const content = ["a", "b", "c"].map((key): [string, string] => [key, "1"]);
  await store.commit(content.map(([key, value]) => ({ key, value })));
  const many = ["d", "e", "f", "g", "h"].map((key) => ({ key, value: "1" }));
  const refused = [
    [{ key: "b", value: "x".repeat(200) }],
    [{ key: "d", value: "x".repeat(200), expected: null }],
    [{ key: "a", value: null }, { key: "b", value: "x".repeat(200), expected: "1" }],
    many,
    [{ key: "a", value: null }, ...many],
  ];
  for (const changes of refused) {
    await assertRejects(() => store.commit(changes), RangeError, "'maxBytes'");
    assertEquals(await contentOf(store), content);
  }
  assert(await store.commit(many.slice(1)));
  assertEquals(await keysOf(store), ["e", "f", "g", "h"]);
  for (const maxBytes of [0, -1, NaN]) {
    assertThrows(() => memoryStore({ maxBytes }), RangeError, "'maxBytes'");
  }
});

Deno.test("memoryStore() drops nothing for a commit that is not made", async () => {
  const store = memoryStore({ maxBytes: room(2) });
  await store.commit(["a", "b"].map((key) => ({ key, value: "1" })));
  const changes = [{ key: "c", value: "1" }, { key: "d", value: "1" }, { key: "a", expected: "2" }];
  assertEquals(await store.commit(changes), false);
  assertEquals(await contentOf(store), [["a", "1"], ["b", "1"]]);
});

Deno.test("memoryStore() counts what it holds as values are replaced, removed and expire", async () => {
  const clock = testClock();
  const store = memoryStore({ maxBytes: room(2), clock });
  for (let i = 0; i < 100; i++) {
    await store.commit([{ key: "a", value: "1" }, { key: "b", value: "1", expiresInMs: 1 }]);
    clock.advance(1);
    assertEquals(await store.get("b"), undefined);
    await put(store, "b", "1");
    await remove(store, "b", "x");
  }
  await put(store, "c", "1");
  assertEquals(await keysOf(store), ["a", "c"]);
});

Deno.test("memoryStore() tells the time by the runtime unless it is given a clock", async () => {
  const store = memoryStore();
  await put(store, "a", "1", { expiresInMs: 60_000 });
  await put(store, "b", "1", { expiresInMs: 1 });
  await until("the end of 'b'", async () => await store.get("b") === undefined);
  assertEquals(await keysOf(store), ["a"]);
});
