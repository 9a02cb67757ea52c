import fc from "fast-check";

/** How many code points are half of a pair, which no text has. */
const SURROGATES = 0x800;

const anyCharacter = fc.integer({ min: 0, max: 0x10ffff - SURROGATES }).map((number) =>
  String.fromCodePoint(number < 0xd800 ? number : number + SURROGATES)
);

/**
 * Makes texts of any characters of Unicode. They are what `unit: "binary"` of fast-check gives, which takes a second in
 * each process to list them all first.
 */
export function unicodeText(constraints: Omit<fc.StringConstraints, "unit"> = {}): fc.Arbitrary<string> {
  return fc.string({ ...constraints, unit: anyCharacter });
}
