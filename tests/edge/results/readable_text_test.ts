/** Values are shown in short text, about as Python shows them. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { frozenset, type PythonValue, tuple } from "../../../mod.ts";
import {
  NumpyArray,
  PythonComplex,
  PythonObject,
  PythonRange,
  PythonScalar,
} from "../../../src/wire/values/mod.ts";
import { readableText } from "../../../edge/results/readable_text.ts";
import { anyValue } from "../../wire/python_values.ts";

Deno.test("readableText() writes values about as Python does", () => {
  const cases: [value: PythonValue, text: string][] = [
    [null, "None"],
    [true, "True"],
    [42, "42"],
    [0.25, "0.25"],
    [NaN, "nan"],
    [-Infinity, "-inf"],
    [2n ** 64n, "18446744073709551616"],
    [10n ** 1000n, "int of 3324 bits"],
    ["plain, as it is", "plain, as it is"],
    ["", ""],
    [["a", 1, null], '["a", 1, None]'],
    [[], "[]"],
    [tuple(1), "(1,)"],
    [tuple(1, 2), "(1, 2)"],
    [{ a: 1, b: [2] }, '{"a": 1, "b": [2]}'],
    [new Map([[1, "one"]]), '{1: "one"}'],
    [new Set(), "set()"],
    [frozenset([1]), "{1}"],
    [new Uint8Array(3), "3 bytes"],
    [new PythonScalar("datetime.date", "2026-01-31"), "2026-01-31"],
    [new PythonComplex(1, -2), "(1-2j)"],
    [new PythonRange(0, 10), "range(0, 10)"],
    [new NumpyArray("float64", new Float64Array(6), { shape: [2, 3] }), "float64 array of 2 × 3"],
    [new NumpyArray("int8", Int8Array.of(7), { isScalar: true }), "7"],
    [new PythonObject({ module: "builtins", name: "KeyError", args: ["k"] }), 'KeyError("k")'],
    [[[[[[1]]]]], "[[[[[…]]]]]"],
  ];
  for (const [value, text] of cases) assertEquals(readableText(value), text);
});

Deno.test("readableText() is short, whatever it is given", () => {
  let grown: PythonValue = ["x".repeat(1_000)];
  for (let level = 0; level < 50; level++) grown = [grown, grown];
  const own: PythonValue[] = [];
  own.push(own, own);
  const large = [grown, own, "x".repeat(1e6), Array.from({ length: 1e6 }, () => 1), {
    ["k".repeat(1e6)]: "v".repeat(1e6),
  }];
  for (const value of large) {
    const text = readableText(value);
    assert(text.length > 3 && text.length <= 200, text);
    assert(text.includes("…"), text);
  }
  fc.assert(fc.property(anyValue, (value) => assert(readableText(value).length <= 200)));
});
