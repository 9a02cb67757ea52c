/** What the tests of JSON in Python's flavour share: values of all kinds, and a Python that compares them. */
import fc from "fast-check";
import type { PythonValue } from "../../src/wire/values/python_value.ts";
import { unicodeText } from "../support/unicode_text.ts";

/** Text that is hard to escape. */
const text = fc.oneof(
  unicodeText(),
  fc.string({ unit: "grapheme" }),
  fc.constantFrom(
    "",
    "0",
    "__proto__",
    "constructor",
    "toJSON ",
    "NaN",
    "-Infinity",
    "12345678901234567890",
    '"\\"\\\\',
    "\x7f\x80\x1f\0",
    "\u2028\u2029\ufeff",
    "😀",
    "\ud83d",
    "\ude00\ud83d",
  ),
);

const double = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 5e-324, 1.7976931348623157e308, 1e16, 1e21, 1e22, 0.1),
);

/** A number with a fraction or an exponent is a float in Python; the rest are integers there. */
const integer = fc.oneof(
  fc.maxSafeInteger(),
  fc.bigInt(),
  fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }),
  fc.constantFrom(2n ** 53n, -(2n ** 53n), 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n, 2n ** 70n, -(2n ** 70n)),
);

/** Any value that may be sent. */
export const anyValue: fc.Arbitrary<PythonValue> = fc.letrec<{ value: PythonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom(null, true, false),
    double,
    integer,
    text,
    fc.array(tie("value"), { maxLength: 5 }),
    fc.array(fc.tuple(text, tie("value")), { maxLength: 5 }).map(Object.fromEntries),
  ),
})).value;

/** A value as plain JSON that names the type of each part, so that it can be told to Python without a codec. */
export type Tagged = [tag: string, ...parts: (string | Tagged | [string, Tagged])[]];

/** Describes a value: floats by their bits, integers by their digits, strings by their units. */
export function tag(value: PythonValue): Tagged {
  if (value === null) return ["null"];
  if (Array.isArray(value)) return ["list", ...value.map(tag)];
  if (typeof value === "string") return ["str", units(value)];
  if (typeof value === "object") {
    return ["dict", ...Object.entries(value).map(([key, item]): [string, Tagged] => [units(key), tag(item)])];
  }
  if (typeof value === "boolean") return [String(value)];
  if (typeof value === "number" && !isPythonInteger(value)) return ["float", bits(value)];
  return ["int", BigInt(value).toString()];
}

/** Whether JavaScript writes a number without a fraction and an exponent: then it is an integer for Python. */
function isPythonInteger(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) < 1e21 && !Object.is(value, -0);
}

function bits(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Number.isNaN(value) ? NaN : value);
  return view.getBigUint64(0).toString(16).padStart(16, "0");
}

function units(value: string): string {
  return [...value].map((point) => (point.codePointAt(0) as number).toString(16)).join(" ");
}

/** `tag()` and the way back, in Python. */
export const PYTHON_TAG = `
import json, math, struct
def units(text): return " ".join(f"{ord(c):x}" for c in text)
def text(units): return "".join(chr(int(u, 16)) for u in units.split())
def tag(value):
    if value is None: return ["null"]
    if value is True or value is False: return [str(value).lower()]
    if isinstance(value, int): return ["int", str(value)]
    if isinstance(value, float):
        return ["float", "7ff8000000000000" if math.isnan(value) else struct.pack(">d", value).hex()]
    if isinstance(value, str): return ["str", units(value)]
    if isinstance(value, list): return ["list", *map(tag, value)]
    return ["dict", *([units(k), tag(v)] for k, v in value.items())]
def untag(tagged):
    kind, *parts = tagged
    if kind == "int": return int(parts[0])
    if kind == "float": return struct.unpack(">d", bytes.fromhex(parts[0]))[0]
    if kind == "str": return text(parts[0])
    if kind == "list": return [untag(part) for part in parts]
    if kind == "dict": return {text(k): untag(v) for k, v in parts}
    return {"null": None, "true": True, "false": False}[kind]
`;

/** What a value is after a way to Python and back: an integer that a number does not hold is a bigint. */
export function normalize(value: PythonValue): PythonValue {
  if (Array.isArray(value)) return value.map(normalize);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, normalize(item)]));
  }
  if (typeof value === "bigint" || (typeof value === "number" && isPythonInteger(value))) {
    return Number.isSafeInteger(Number(value)) ? Number(value) : BigInt(value);
  }
  return value;
}
