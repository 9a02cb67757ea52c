/** Proves that Python reads back what `pythonLiteral()` writes, which is ASCII alone. */
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ComputeEncodeError } from "../../mod.ts";
import { pythonLiteral } from "../../src/wire/python_literal.ts";
import { run } from "../support/run.ts";
import { unicodeText } from "../support/unicode_text.ts";

Deno.test("pythonLiteral() writes ASCII that Python reads back unchanged", async () => {
  const hard = [
    "",
    "'",
    '"',
    "\\",
    "\\'\\\"\\n",
    "a\nb\r\n\t\b\f\v\0\x1b\x7f",
    "{name} {{literal}} ${HOME} $(id) `id`",
    "é\u2028\u00a0日本",
    "😀𝒳\u{10ffff}",
    '"""',
    "\\u0041\\N{DASH}",
  ];
  const texts = [...hard, ...fc.sample(unicodeText(), { numRuns: 300, seed: 7 })];
  const literals = texts.map((text) => pythonLiteral(text, "text"));
  for (const literal of literals) assertMatch(literal, /^"[ -~]*"$/);
  const program = `import json\nprint(json.dumps([${literals.join(", ")}]))`;
  const { stdout, stderr } = await run("python3", ["-c", program]);
  assertEquals(stderr, "");
  assertEquals(JSON.parse(stdout), texts);
});

Deno.test("pythonLiteral() refuses half of a surrogate pair", () => {
  const error = assertThrows(() => pythonLiteral("a\ud83d", "command"), ComputeEncodeError);
  assertEquals(error.path, "command");
});
