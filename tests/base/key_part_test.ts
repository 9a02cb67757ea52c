/** Proves that each text that a user names becomes a part of a key that a store takes, and that no two become the same. */
import { assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { memoryStore } from "../../mod.ts";
import { keyPart } from "../../src/base/key_part.ts";

Deno.test("keyPart() keeps what may stand in a key, and encodes the rest", async () => {
  const long = "x".repeat(200);
  for (
    const [text, part] of [
      ["nightly-2026.11_a~b", "nightly-2026.11_a~b"],
      ["a/b c", "a%2Fb%20c"],
      ["#1", "%231"],
      ["ü", "%C3%BC"],
      [long, long],
    ] as const
  ) assertEquals(await keyPart(text), part);
  for (const text of ["", `${long}x`, "ü".repeat(34), "\ud800"]) {
    assertMatch(await keyPart(text), /^#[\da-f]{64}$/);
  }
});

Deno.test("keyPart() makes of each text a part of its own, which stores take", async () => {
  const store = memoryStore();
  const text = fc.string({ unit: "binary", maxLength: 300 });
  const unit = fc.constantFrom("a", "/", "#", "%", "%2F", "\ud800", "\udc00", "é", "\0", "x".repeat(99));
  const texts = fc.uniqueArray(fc.oneof(text, fc.array(unit).map((units) => units.join(""))), {
    minLength: 2,
  });
  await fc.assert(fc.asyncProperty(texts, async (some) => {
    const parts = await Promise.all(some.map(keyPart));
    assertEquals(new Set(parts).size, some.length);
    for (const part of parts) {
      assertEquals([part.includes("/"), part.length <= 200], [false, true]);
      await store.commit([{ key: `call/${part}/12`, value: "" }]);
    }
  }));
});
