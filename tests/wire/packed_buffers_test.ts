/** Proves that buffers are packed and unpacked as Python's SDK does it, its errors included. */
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ComputeDecodeError } from "../../src/errors/decode_error.ts";
import { packBuffers, unpackBuffers } from "../../src/wire/packed_buffers.ts";
import { askPython } from "../support/python.ts";
import { unicodeText } from "../support/unicode_text.ts";

const FUNCTION = "st\nentry:def entry(x):\n    return {'héllo': x, 'emoji': '😀'}\n";

/** What the Python SDK packs: taken from its own `pack_buffers`. */
const VECTORS: [name: string, buffers: string[], packed: string][] = [
  ["nothing", [], ""],
  ["an empty buffer", [""], "0\n"],
  ["empty buffers", ["", ""], "0\n0\n"],
  ["arguments", ["11\n[1]", '11\n{"b": 41}'], '6\n11\n[1]12\n11\n{"b": 41}'],
  ["no arguments", ["11\n[]", "11\n{}"], "5\n11\n[]5\n11\n{}"],
  ["pickles", ["00\ngAQpLg==\n", "00\ngAR9lC4=\n"], "12\n00\ngAQpLg==\n12\n00\ngAR9lC4=\n"],
  ["an emoji", ['11\n"😀"'], '6\n11\n"😀"'],
  ["source", ["st\nf:def f(): return 1"], "22\nst\nf:def f(): return 1"],
  ["source with an emoji", [FUNCTION], `61\n${FUNCTION}`],
  ["a carriage return, which is data", ["\r\n"], "2\n\r\n"],
  ["half of a surrogate pair", ["\ud83d", "\ude00"], "1\n\ud83d1\n\ude00"],
];

Deno.test("packBuffers() writes what Python's pack_buffers() writes", () => {
  for (const [name, buffers, packed] of VECTORS) assertStrictEquals(packBuffers(buffers), packed, name);
});

Deno.test("unpackBuffers() reads what Python's pack_buffers() writes", () => {
  for (const [name, buffers, packed] of VECTORS) assertEquals(unpackBuffers(packed), buffers, name);
});

Deno.test("unpackBuffers() gives back what packBuffers() joined", () => {
  const unit = fc.oneof(
    unicodeText(),
    fc.constantFrom("\ud83d", "\udfff", "😀", "\n", "5\n"),
    fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
  );
  // A half at a buffer's end does not join the half that another begins with: a length stands between.
  const buffer = fc.array(unit).map((units) => units.join(""));
  fc.assert(fc.property(fc.array(buffer), (buffers) => {
    assertEquals(unpackBuffers(packBuffers(buffers)), buffers);
  }));
});

Deno.test("packBuffers() and unpackBuffers() agree with Python", async () => {
  const buffer = fc.array(fc.oneof(unicodeText(), fc.constantFrom("😀", "é", "\ud83d", "\n")))
    .map((parts) => parts.join(""));
  const cases = fc.sample(fc.array(buffer, { maxLength: 4 }), 1000);
  const packed = await askPython<string>(
    `def answer(buffers): return "".join(f"{len(b)}\\n{b}" for b in buffers)`,
    cases,
  );
  cases.forEach((buffers, index) => {
    const expected = packed[index] as string;
    assertStrictEquals(packBuffers(buffers), expected, JSON.stringify(buffers));
    assertEquals(unpackBuffers(expected), buffers, JSON.stringify(expected));
  });
});

Deno.test("unpackBuffers() reads a length with zeros before it", () => {
  assertEquals(unpackBuffers("003\nabc"), ["abc"]);
});

const MALFORMED: [name: string, packed: string, message: string][] = [
  ["no length at all", "abc", "Missing newline delimiter at index 0"],
  ["a length without its line feed", "12", "Missing newline delimiter at index 0"],
  ["a rest without a line feed", "1\nab", "Missing newline delimiter at index 3"],
  ["an empty length", "\nabc", 'Invalid length delimiter "" at index 0'],
  ["a length that is no number", "x\nabc", 'Invalid length delimiter "x" at index 0'],
  ["a second length that is no number", "1\nax\nb", 'Invalid length delimiter "x" at index 3'],
  ["a length with an underscore", "1_0\n0123456789", 'Invalid length delimiter "1_0" at index 0'],
  ["a length with a plus sign", "+5\nabcde", 'Invalid length delimiter "+5" at index 0'],
  ["a length behind a space", " 5\nabcde", 'Invalid length delimiter " 5" at index 0'],
  ["a length before a carriage return", "5\r\nabcde", 'Invalid length delimiter "5\\r" at index 0'],
  ["a fraction", "1.0\na", 'Invalid length delimiter "1.0" at index 0'],
  ["an exponent", "1e0\na", 'Invalid length delimiter "1e0" at index 0'],
  ["a hexadecimal length", "0x1\na", 'Invalid length delimiter "0x1" at index 0'],
  ["digits of another script", "٣\nabc", 'Invalid length delimiter "٣" at index 0'],
  ["an infinite length", "Infinity\nabc", 'Invalid length delimiter "Infinity" at index 0'],
  ["a negative length", "-1\nabc", 'Negative length "-1" at index 0'],
  ["a negative zero", "-0\n", 'Negative length "-0" at index 0'],
  ["a truncated buffer", "4\nabc", "Truncated buffer: 4 code points announced, 3 left at index 0"],
  ["a truncated second buffer", "1\na2\nb", "Truncated buffer: 2 code points announced, 1 left at index 3"],
  ["a length in UTF-16 units", "2\n😀", "Truncated buffer: 2 code points announced, 1 left at index 0"],
  ["a length in bytes", "4\n😀", "Truncated buffer: 4 code points announced, 1 left at index 0"],
  ["nothing behind a length", "1\n", "Truncated buffer: 1 code points announced, 0 left at index 0"],
  ["a length beyond 2^53", "99999999999999999999\nabc", "99999999999999999999 code points announced, 3 left"],
  ["a length that no number holds", `${"9".repeat(400)}\nabc`, "code points announced, 3 left"],
];

for (const [name, packed, message] of MALFORMED) {
  Deno.test(`unpackBuffers() refuses ${name}`, () => {
    const error = assertThrows(() => unpackBuffers(packed), ComputeDecodeError, message);
    assertStrictEquals(error.raw, packed);
    assertStrictEquals(error.code, "ERR_COMPUTE_DECODE");
  });
}

Deno.test("unpackBuffers() quotes no more than the beginning of a malformed length", () => {
  const secret = "hunter2".repeat(100);
  const { message } = assertThrows(() => unpackBuffers(`${secret}\n`), ComputeDecodeError);
  assertEquals(message.length < 100, true, message);
});

Deno.test("unpackBuffers() names the error that Python names", async () => {
  // As the SDK does it: `partition`, `int`, a check of the sign, a check of the length.
  const python = `
def answer(packed):
    try:
        while packed:
            digits, newline, rest = packed.partition("\\n")
            if not newline: return "Missing newline delimiter"
            try: length = int(digits)
            except ValueError: return "Invalid length delimiter"
            if length < 0: return "Negative length"
            if len(rest) < length: return "Truncated buffer"
            packed = rest[length:]
    except Exception as error: return repr(error)
`;
  const strict = /underscore|plus|space|carriage|script|zero|no number holds/; // Python's int() takes these.
  const cases = MALFORMED.filter(([name]) => !strict.test(name));
  const answers = await askPython<string | null>(python, cases.map(([, packed]) => packed));
  answers.forEach((answer, index) => {
    const [name, packed] = cases[index] as (typeof MALFORMED)[number];
    assertThrows(
      () => unpackBuffers(packed),
      ComputeDecodeError,
      answer ?? `refused ${name}, Python did not`,
    );
  });
});
