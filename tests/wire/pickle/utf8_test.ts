/** Proves that `decodeText()` reads UTF-8 with surrogates just as Python does. */
import { assert, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { decodeText } from "../../../src/wire/pickle/pickle_reader.ts";
import { askPython } from "../../support/python.ts";
import { unicodeText } from "../../support/unicode_text.ts";

const encode = (text: string) => [...new TextEncoder().encode(text)];
/** What texts are made of, whole and broken. */
const piece = fc.oneof(
  fc.string().map(encode),
  unicodeText().map(encode),
  // Surrogates and what is near them, forms that are longer than need be, what is beyond Unicode.
  fc.constantFrom(
    [0xed, 0xa0, 0x80],
    [0xed, 0xbf, 0xbf],
    [0xed, 0x9f, 0xbf],
    [0xee, 0x80, 0x80],
    [0xef, 0xbb, 0xbf],
    [0xf4, 0x8f, 0xbf, 0xbf],
    [0xf0, 0x90, 0x80, 0x80],
  ),
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      [0x80],
      [0xc0, 0x80],
      [0xc1, 0xbf],
      [0xe0, 0x9f, 0xbf],
      [0xf0, 0x8f, 0xbf, 0xbf],
      [0xf4, 0x90, 0x80, 0x80],
      [0xf5, 0x80, 0x80, 0x80],
      [0xff],
      [0xe2, 0x82],
      [0xf0, 0x9f, 0x98],
      [0xc3],
    ),
  },
);
const bytes = fc.array(piece, { maxLength: 12 }).map((pieces) => Uint8Array.from(pieces.flat()));

Deno.test("decodeText() reads what Python reads as UTF-8 with surrogates, and nothing else", async () => {
  const cases = [...fc.sample(bytes, 3000), ...fc.sample(fc.uint8Array({ maxLength: 8 }), 1000)];
  // Around what is read by loops here, and by chunks.
  for (const length of [47, 48, 49, 4095, 4096, 4097, 20_000]) {
    cases.push(Uint8Array.from(encode("a".repeat(length))));
    cases.push(Uint8Array.from([...encode("a".repeat(length - 3)), 0xed, 0xa0, 0x80]));
    cases.push(Uint8Array.from([...encode("😀".repeat(length / 4)), 0xed, 0xa0, 0x80]));
  }
  const answers = await askPython<number[] | null>(
    `def answer(data):
    try: text = bytes(data).decode("utf-8", "surrogatepass")
    except UnicodeDecodeError: return None
    return [ord(char) for char in text]`,
    cases.map((data) => [...data]),
  );
  let texts = 0;
  cases.forEach((data, index) => {
    const points = answers[index] as number[] | null;
    const expected = points === null
      ? undefined
      : points.map((point) => String.fromCodePoint(point)).join("");
    const padded = Uint8Array.of(0x80, ...data, 0x80);
    assertStrictEquals(decodeText(padded, 1, padded.length - 1), expected, data.toString());
    if (points !== null) texts++;
  });
  assert(texts > 1000 && texts < cases.length - 1000, `${texts} texts`);
});

Deno.test("decodeText() tells texts apart that share a place among those it keeps", () => {
  // Two texts of one hash, what begins like one, and none.
  for (const text of ["Aa", "BB", "Aa", "A", "", "BB", "Aa!", "", "Aa"]) {
    const data = Uint8Array.from(encode(text));
    assertStrictEquals(decodeText(data, 0, data.length), text);
  }
});
