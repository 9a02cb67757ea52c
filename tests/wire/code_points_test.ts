/** Proves that lengths and slices count code points, as Python does. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { codePointLength, hasLoneSurrogate, indexAfterCodePoints } from "../../src/wire/code_points.ts";
import { askPython } from "../support/python.ts";
import { unicodeText } from "../support/unicode_text.ts";

/** Text of any UTF-16 units: pairs and halves of them are frequent. */
const anyText = fc.array(fc.oneof(
  unicodeText(),
  fc.constantFrom("😀", "é", "\ud83d", "\ude00", "\ud800", "\udfff", "\n", "\0", "\uffff"),
  fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
)).map((parts) => parts.join(""));

Deno.test("codePointLength() counts as Python's len()", async () => {
  const texts = [
    "",
    "a",
    "é",
    "😀",
    "\ud83d",
    "\ude00\ud83d",
    "\ud83d\ud83d\ude00",
    ...fc.sample(anyText, 3000),
  ];
  const lengths = await askPython<number>("answer = len", texts);
  texts.forEach((text, index) => assertEquals(codePointLength(text), lengths[index], JSON.stringify(text)));
});

Deno.test("codePointLength() counts what iteration yields", () => {
  fc.assert(fc.property(anyText, (text) => assertEquals(codePointLength(text), [...text].length)));
});

Deno.test("indexAfterCodePoints() finds where a slice by code points ends", () => {
  fc.assert(fc.property(anyText, fc.nat(60), fc.nat(60), (text, skipped, count) => {
    const points = [...text];
    const start = points.slice(0, skipped).join("").length;
    const rest = points.slice(skipped);
    const expected = count > rest.length ? -1 : start + rest.slice(0, count).join("").length;
    assertEquals(indexAfterCodePoints(text, start, count), expected);
  }));
});

Deno.test("indexAfterCodePoints() is -1 when the text ends before", () => {
  const cases: [text: string, start: number, count: number, expected: number][] = [
    ["", 0, 0, 0],
    ["", 0, 1, -1],
    ["abc", 1, 2, 3],
    ["abc", 1, 3, -1],
    ["a😀", 0, 2, 3],
    ["a😀", 0, 3, -1],
    ["😀😀", 2, 1, 4],
    ["😀", 0, 1e20, -1],
    ["abc", 0, Infinity, -1],
  ];
  for (const [text, start, count, expected] of cases) {
    assertEquals(indexAfterCodePoints(text, start, count), expected, `${text} from ${start}, ${count}`);
  }
});

Deno.test("hasLoneSurrogate() tells what UTF-8 cannot carry", () => {
  const cases: [string, boolean][] = [
    ["", false],
    ["abc é", false],
    ["😀", false],
    ["\ud83d", true],
    ["\ude00", true],
    ["\ude00\ud83d", true],
    ["😀\ude00", true],
    ["\ud83d😀", true],
    ["\ud83dx\ude00", true],
  ];
  for (const [text, expected] of cases) {
    assertEquals(hasLoneSurrogate(text), expected, JSON.stringify(text));
  }
  fc.assert(fc.property(anyText, (text) => assertEquals(hasLoneSurrogate(text), !text.isWellFormed())));
});
