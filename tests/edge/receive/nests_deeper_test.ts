/** The depth of JSON is counted as the parser counts it, before it is parsed. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { nestsDeeper } from "../../../edge/json_bytes.ts";

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

Deno.test("nestsDeeper() counts as the parser does, whatever is in texts and keys", () => {
  const noise = fc.string({ unit: fc.constantFrom("[", "]", "{", "}", '"', "\\", "a", "é", "\n") });
  const { value: json } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 6 },
      noise,
      fc.integer(),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(noise, tie("value"), { maxKeys: 3 }),
    ),
  }));
  fc.assert(fc.property(json, fc.boolean(), (value, isSpaced) => {
    const bytes = new TextEncoder().encode(JSON.stringify(value, null, isSpaced ? 1 : 0));
    const depth = depthOf(value);
    assertEquals([nestsDeeper(bytes, depth), nestsDeeper(bytes, depth - 1)], [false, depth > 0]);
  }));
});

Deno.test("nestsDeeper() comes to an end with what is no JSON", () => {
  for (const text of ["", '"', '"\\', "]]]]", '"\\"', "[[[", "}{"]) {
    assertEquals(nestsDeeper(new TextEncoder().encode(text), 3), false, text);
  }
});
