/** Values become JSON that people can read, within the room that there is. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { frozenset, type PythonValue, tuple } from "../../../mod.ts";
import {
  NumpyArray,
  PythonComplex,
  PythonObject,
  PythonRange,
  PythonScalar,
} from "../../../src/wire/values/mod.ts";
import { type JsonValue, toReadable } from "../../../edge/results/readable_value.ts";
import { writeReadable } from "../../../edge/results/write_readable.ts";
import { decodePickle } from "../../../src/wire/pickle/decode_pickle.ts";
import { asPythonType } from "../../../src/wire/values/python_type.ts";
import { anyValue } from "../../wire/python_values.ts";

const FORMS: readonly [name: string, value: PythonValue, json: unknown][] = [
  ["None", null, null],
  ["a bool", true, true],
  ["a str", "naïve 🦔", "naïve 🦔"],
  ["the largest exact int", 2 ** 53 - 1, 9007199254740991],
  ["a list", [1, [2.5, "x"]], [1, [2.5, "x"]]],
  ["a dict", { a: { b: null } }, { a: { b: null } }],
  ["an int beyond 2^53", 2n ** 53n + 1n, { $python: "int", text: "9007199254740993" }],
  ["an int of NumPy's that is small", 5n, 5],
  ["nan", NaN, { $python: "float", text: "nan" }],
  ["inf", [Infinity, -Infinity], [{ $python: "float", text: "inf" }, { $python: "float", text: "-inf" }]],
  ["bytes", Uint8Array.of(0, 1, 254), { $python: "bytes", base64: "AAH+" }],
  ["no bytes", new Uint8Array(), { $python: "bytes", base64: "" }],
  ["a bytearray", asPythonType(Uint8Array.of(1), "bytearray"), { $python: "bytearray", base64: "AQ==" }],
  ["a tuple", tuple(1, "a"), { $python: "tuple", items: [1, "a"] }],
  ["a set", new Set(["a"]), { $python: "set", items: ["a"] }],
  ["a frozenset", frozenset([1, 2]), { $python: "frozenset", items: [1, 2] }],
  ["a dict with other keys", new Map<PythonValue, PythonValue>([[1, "one"], [tuple(0, 1), null]]), {
    $python: "dict",
    entries: [[1, "one"], [{ $python: "tuple", items: [0, 1] }, null]],
  }],
  ["an OrderedDict", asPythonType({ a: 1 }, "collections.OrderedDict"), {
    $python: "collections.OrderedDict",
    entries: [["a", 1]],
  }],
  ["a dict that looks like one of these forms", { $python: "bytes", base64: "AAE=" }, {
    $python: "dict",
    entries: [["$python", "bytes"], ["base64", "AAE="]],
  }],
  ["a date", new PythonScalar("datetime.date", "2026-01-31"), {
    $python: "datetime.date",
    text: "2026-01-31",
  }],
  ["a Decimal", new PythonScalar("decimal.Decimal", "1.50"), { $python: "decimal.Decimal", text: "1.50" }],
  ["a complex number", new PythonComplex(1, NaN), {
    $python: "complex",
    real: 1,
    imag: { $python: "float", text: "nan" },
  }],
  ["a range", new PythonRange(0, 2n ** 60n, 3), {
    $python: "range",
    start: 0,
    stop: { $python: "int", text: "1152921504606846976" },
    step: 3,
  }],
  ["a scalar of NumPy's", new NumpyArray("float32", Float32Array.of(1.5), { isScalar: true }), {
    $python: "numpy.float32",
    value: 1.5,
  }],
  ["a complex scalar of NumPy's", new NumpyArray("complex128", Float64Array.of(1, -2), { isScalar: true }), {
    $python: "numpy.complex128",
    value: { $python: "complex", real: 1, imag: -2 },
  }],
  ["an array of NumPy's", new NumpyArray("int64", BigInt64Array.of(1n, 2n ** 62n), { shape: [1, 2] }), {
    $python: "numpy.ndarray",
    dtype: "int64",
    shape: [1, 2],
    order: "C",
    data: [1, { $python: "int", text: "4611686018427387904" }],
  }],
  [
    "an array in Fortran's order",
    new NumpyArray("bool", Uint8Array.of(0, 1), { shape: [2, 1], isFortranOrder: true }),
    { $python: "numpy.ndarray", dtype: "bool", shape: [2, 1], order: "F", data: [false, true] },
  ],
  ["an exception", new PythonObject({ module: "builtins", name: "KeyError", args: ["k"] }), {
    $python: "object",
    class: "builtins.KeyError",
    args: ["k"],
  }],
  [
    "an object with all that it can have",
    new PythonObject({
      module: "m",
      name: "C",
      args: [1],
      kwargs: { k: 2 },
      state: { a: NaN },
      fields: ["x"],
      items: [3],
      entries: [["e", 4]],
    }),
    {
      $python: "object",
      class: "m.C",
      args: [1],
      kwargs: { k: 2 },
      state: { a: { $python: "float", text: "nan" } },
      fields: ["x"],
      items: [3],
      entries: [["e", 4]],
    },
  ],
  ["a function", new PythonObject({ module: "numpy", name: "sin" }), {
    $python: "object",
    class: "numpy.sin",
  }],
];

Deno.test("toReadable() writes each kind of value in its own form", async (t) => {
  for (const [name, value, json] of FORMS) {
    await t.step(name, () => {
      assertEquals<unknown>(toReadable(value), json);
      // A form that JSON cannot carry would be none.
      assertEquals(JSON.parse(JSON.stringify(toReadable(value))), json);
    });
  }
});

Deno.test("toReadable() leaves a key of '__proto__' what it is", () => {
  const written = toReadable(JSON.parse('{"__proto__":{"isAdmin":true}}'));
  assertEquals(JSON.stringify(written), '{"__proto__":{"isAdmin":true}}');
  assertEquals((written as { isAdmin?: boolean }).isAdmin, undefined);
});

Deno.test("toReadable() says all of a value: it can be read back", () => {
  fc.assert(fc.property(anyValue, (value) => {
    assertEquals(readBack(JSON.parse(JSON.stringify(toReadable(value)))), plain(value));
  }));
});

/** What a reader makes of it who has read the table. */
function readBack(json: JsonValue): PythonValue {
  if (typeof json !== "object" || json === null) return json;
  if (Array.isArray(json)) return json.map(readBack);
  const { $python, text, entries } = json as { [key: string]: JsonValue };
  if ($python === "int") return BigInt(text as string);
  if ($python === "float") return Number((text as string).replace("inf", "Infinity"));
  if ($python === "dict") {
    return Object.fromEntries(
      (entries as [string, JsonValue][]).map(([key, value]) => [key, readBack(value)]),
    );
  }
  assertEquals($python, undefined);
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, readBack(value)]));
}

/** The value with the one thing that is not told, the sign of 0, and with numbers where they are exact. */
function plain(value: PythonValue): PythonValue {
  if (typeof value === "number") return value === 0 ? 0 : value;
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]));
}

Deno.test("toReadable() ends where values are too deep", () => {
  let deep: PythonValue = "core";
  for (let depth = 0; depth < 5_000; depth++) deep = depth % 2 === 0 ? [deep] : { in: deep };
  const text = JSON.stringify(toReadable(deep));
  assert(text.length < 2_000);
  assertMatch(text, /\{"\$python":"truncated","type":"(?:list|dict)","length":1\}/);
  assert(!text.includes("core"));
});

Deno.test("toReadable() ends where a value has itself in it", () => {
  // python3 -c "import pickle; l = []; l.append(l); print(pickle.dumps(l, 2).hex())"
  const list = decodePickle(Uint8Array.of(0x80, 2, 0x5d, 0x71, 0, 0x68, 0, 0x61, 0x2e)) as PythonValue[];
  assert(list[0] === list);
  for (const value of [list, [list, list, list], new Map<PythonValue, PythonValue>([[1, list]])]) {
    assert(JSON.stringify(toReadable(value)).includes('"$python":"truncated"'));
  }
});

Deno.test("writeReadable() keeps to its room, whatever a small pickle grows to", () => {
  let grown: PythonValue = "x".repeat(1_000);
  for (let level = 0; level < 40; level++) grown = level % 2 === 0 ? [grown, grown] : { a: grown, b: grown };
  const large: PythonValue[] = [
    grown,
    "x".repeat(100_000),
    Array.from({ length: 100_000 }, () => 1),
    Array.from({ length: 100_000 }, () => []),
    Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`key ${index}`, index])),
    new Set(Array.from({ length: 100_000 }, (_, index) => index)),
    new Map(Array.from({ length: 100_000 }, (_, index) => [index, index])),
    new Uint8Array(100_000),
    new NumpyArray("float64", new Float64Array(100_000)),
    new PythonScalar("pathlib.PosixPath", "/x".repeat(50_000)),
    10n ** 50_000n,
    10n ** 5_000_000n,
    new PythonObject({ module: "m", name: "C", args: Array.from({ length: 100_000 }, () => "x") }),
    { ["k".repeat(100_000)]: 1 },
  ];
  for (const value of large) {
    const { value: written, isWhole } = writeReadable(value, { maxCharacters: 10_000 });
    const text = JSON.stringify(written);
    assert(!isWhole);
    assert(text.length < 30_000, `${text.length} characters: ${text.slice(0, 80)}`);
    assert(text.includes('"$python":"truncated"'), text.slice(0, 80));
  }
});

Deno.test("writeReadable() says how large it was, and shows what there was room for", () => {
  const cut = (value: PythonValue) => writeReadable(value, { maxCharacters: 20 }).value;
  assertEquals<unknown>(cut("abcdefghijklmnopqrstuvwxyz"), {
    $python: "truncated",
    type: "str",
    length: 26,
    text: "abcdefghijkl",
  });
  assertEquals<unknown>(cut([1, 2, 3, 4]), { $python: "truncated", type: "list", length: 4, items: [1, 2] });
  assertEquals<unknown>(cut(new Uint8Array(100)), { $python: "truncated", type: "bytes", length: 100 });
});

Deno.test("writeReadable() leaves nothing out while there is room", () => {
  fc.assert(fc.property(anyValue, (value) => {
    const { value: written, isWhole } = writeReadable(value, { maxCharacters: 1_000_000 });
    assert(isWhole);
    assertEquals(written, toReadable(value));
  }));
});
