/** Proves that `inOrder()` runs work of one key one after another, and that neither failures nor aborts hold it up. */
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { inOrder } from "../../src/base/in_order.ts";
import { settle } from "../support/manual_clock.ts";

function newLines(): Map<string, Promise<void>> {
  return new Map();
}

Deno.test("inOrder() begins work once what was asked for before is over, in the order of the calls", async () => {
  const lines = newLines();
  const gates = [0, 1, 2].map(() => Promise.withResolvers<void>());
  const events: string[] = [];
  const all = Promise.all(gates.map((gate, index) =>
    inOrder(lines, "key", async () => {
      events.push(`begin ${index}`);
      await gate.promise;
      events.push(`end ${index}`);
      return index;
    })
  ));
  await settle();
  assertEquals(events, ["begin 0"]);
  for (const gate of gates.toReversed()) gate.resolve();
  assertEquals(await all, [0, 1, 2]);
  assertEquals(events, [0, 1, 2].flatMap((index) => [`begin ${index}`, `end ${index}`]));
});

Deno.test("inOrder() lets work of different keys go on side by side", async () => {
  const lines = newLines();
  const gate = Promise.withResolvers<void>();
  const first = inOrder(lines, "first", () => gate.promise);
  assertEquals(await inOrder(lines, "second", () => 2), 2);
  gate.resolve();
  await first;
});

Deno.test("inOrder() goes on after work that failed, at once or later", async () => {
  const lines = newLines();
  const failures = [new Error("at once"), new Error("later")];
  const first = inOrder(lines, "key", () => {
    throw failures[0];
  });
  const second = inOrder(lines, "key", () => Promise.reject(failures[1]));
  const third = inOrder(lines, "key", () => 3);
  assertStrictEquals(await assertRejects(() => first), failures[0]);
  assertStrictEquals(await assertRejects(() => second), failures[1]);
  assertEquals(await third, 3);
});

Deno.test("inOrder() keeps nothing of a key whose work is over", async () => {
  const lines = newLines();
  const work = Array.from({ length: 100 }, (_, index) => inOrder(lines, `${index % 10}`, () => settle()));
  assertEquals(lines.size, 10);
  await Promise.all(work);
  await settle();
  assertEquals(lines.size, 0);
});

Deno.test("inOrder() takes aborted work out of its line at once, and does not begin it", async () => {
  const lines = newLines();
  const gate = Promise.withResolvers<void>();
  const caller = new AbortController();
  const reason = new Error("enough");
  let isBegun = false;
  const first = inOrder(lines, "key", () => gate.promise);
  const second = inOrder(lines, "key", () => isBegun = true, caller.signal);
  const third = inOrder(lines, "key", () => 3);
  caller.abort(reason);
  assertStrictEquals(await assertRejects(() => second), reason);
  gate.resolve();
  await first;
  assertEquals(await third, 3);
  assertEquals(isBegun, false);
});

Deno.test("inOrder() leaves work alone that has begun, whatever its signal says", async () => {
  const caller = new AbortController();
  const gate = Promise.withResolvers<number>();
  const work = inOrder(newLines(), "key", () => gate.promise, caller.signal);
  await settle();
  caller.abort();
  gate.resolve(1);
  assertEquals(await work, 1);
});
