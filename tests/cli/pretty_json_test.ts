/** `prettyJson()` writes the same value, whatever the lines. */
import { assert, assertEquals } from "@std/assert";
import { prettyJson } from "../../src/cli/pretty_json.ts";

Deno.test("prettyJson() keeps short values on a line, and writes the same value over several", () => {
  assertEquals(prettyJson({ a: [1, "x", null] }), '{"a":[1,"x",null]}');
  const values = [
    Array.from({ length: 200 }, (_, i) => i * 1000),
    { rows: Array.from({ length: 30 }, (_, i) => ({ i, name: "n".repeat(i) })), empty: [], none: {} },
    [["long ".repeat(40), [Array.from({ length: 60 }, (_, i) => -1 - i)]], 'a "quoted" text\n'],
  ];
  for (const value of values) {
    const text = prettyJson(value);
    assertEquals(JSON.parse(text), value);
    const lines = text.split("\n");
    assert(lines.length > 1 && lines.every((line) => line.length <= 100 || line.includes("long long")), text);
  }
});
