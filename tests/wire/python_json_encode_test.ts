/** Proves that Python's `json` reads what `encodePythonJson()` writes, and what it refuses to write. */
import { assert, assertEquals, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ComputeEncodeError } from "../../src/errors/encode_error.ts";
import { loadParts } from "../../src/wire/on_demand.ts";
import { decodePythonJson } from "../../src/wire/python_json_decode.ts";
import { encodePythonJson } from "../../src/wire/python_json_encode.ts";
import { askPython, runPython } from "../support/python.ts";
import { anyValue, normalize, PYTHON_TAG, tag, type Tagged } from "./python_values.ts";

await loadParts();

function encode(value: unknown): string {
  return encodePythonJson(value, "args");
}

Deno.test("encodePythonJson() writes what json.loads() reads as the same value", async () => {
  const values = fc.sample(anyValue, 3000);
  const answers = await askPython<Tagged>(
    `${PYTHON_TAG}\ndef answer(written): return tag(json.loads(written))`,
    values.map(encode),
  );
  answers.forEach((answer, index) => {
    const value = values[index] as (typeof values)[number];
    assertEquals(answer, tag(value), encode(value));
  });
});

Deno.test("encodePythonJson() writes what decodePythonJson() reads as the same value", () => {
  fc.assert(fc.property(anyValue, (value) => {
    assertEquals(decodePythonJson(encode(value)), normalize(value));
  }));
});

Deno.test("encodePythonJson() writes printable ASCII alone", () => {
  fc.assert(fc.property(anyValue, (value) => assertMatch(encode(value), /^[ -~]*$/)));
});

Deno.test("encodePythonJson() writes each kind of value", () => {
  const cases: [value: unknown, written: string][] = [
    [null, "null"],
    [true, "true"],
    ["", '""'],
    [5, "5"],
    [5.5, "5.5"],
    [-0, "-0.0"],
    [[0, -0], "[0,-0.0]"],
    [NaN, "NaN"],
    [Infinity, "Infinity"],
    [-Infinity, "-Infinity"],
    [1e21, "1e+21"],
    [5e-324, "5e-324"],
    [2 ** 53, "9007199254740992"],
    [2 ** 60, "1152921504606846976"],
    [-(2 ** 64), "-18446744073709551616"],
    [{ exact: 2 ** 60 }, '{"exact":1152921504606846976}'],
    [1e20, "100000000000000000000"],
    [2n ** 70n, "1180591620717411303424"],
    [-1n, "-1"],
    ["é😀", '"\\u00e9\\ud83d\\ude00"'],
    ["\ud83d", '"\\ud83d"'],
    ["\x7f\u2028", '"\\u007f\\u2028"'],
    ['"\\\n\0', '"\\"\\\\\\n\\u0000"'],
    [{ "": 1, "10": 2, "é": [] }, '{"10":2,"":1,"\\u00e9":[]}'],
    [JSON.parse('{"__proto__":[1]}'), '{"__proto__":[1]}'],
    [{ x: NaN, ...JSON.parse('{"y":"\u2028"}') }, '{"x":NaN,"y":"\\u2028"}'],
    [Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    [{ toJSON: 1 }, '{"toJSON":1}'],
    [[[], {}, [NaN]], "[[],{},[NaN]]"],
  ];
  for (const [value, written] of cases) assertStrictEquals(encode(value), written);
});

Deno.test("encodePythonJson() takes an object of another realm", async () => {
  const { runInNewContext } = await import("node:vm");
  assertStrictEquals(encode(runInNewContext("({ a: [1, { b: NaN }] })")), '{"a":[1,{"b":NaN}]}');
});

Deno.test("encodePythonJson() takes one object in several places", () => {
  const shared = { x: [1] };
  assertStrictEquals(encode([shared, shared, { shared }]), '[{"x":[1]},{"x":[1]},{"shared":{"x":[1]}}]');
  assertStrictEquals(encode([shared, NaN, shared]), '[{"x":[1]},NaN,{"x":[1]}]');
});

Deno.test("encodePythonJson() leaves the value as it is", () => {
  const value = Object.freeze({ a: Object.freeze([NaN, 1n]) });
  encode(value);
  assertEquals(value, { a: [NaN, 1n] });
});

class Point {
  x = 1;
}
const cycle: unknown[] = [];
cycle.push({ deep: [cycle] });
const ownParent: Record<string, unknown> = {};
ownParent.self = ownParent;

const REFUSED: [name: string, value: unknown, path: string, what: string][] = [
  ["undefined", undefined, "args", "undefined: use null for None"],
  ["undefined in an array", [1, undefined], "args[1]", "undefined: use null for None"],
  ["undefined in an object", [{ when: undefined }], "args[0].when", "undefined: use null for None"],
  // deno-lint-ignore no-sparse-arrays -- it is what is tested
  ["a sparse array", [[1, , 3]], "args[0][1]", "undefined"],
  ["an array without items", [new Array(2 ** 32 - 1)], "args[0][0]", "undefined"],
  ["a function", [() => 1], "args[0]", "a function"],
  ["a class", { Point }, "args.Point", "a function"],
  ["a symbol", [Symbol("x")], "args[0]", "a symbol"],
  ["a Date", [{ when: new Date(0) }], "args[0].when", "a Date, which JSON cannot carry"],
  ["an invalid Date", new Date(NaN), "args", "a Date, which JSON cannot carry"],
  ["a Map", [new Map()], "args[0]", "a Map, which JSON cannot carry"],
  ["a Set", [0, new Set([1])], "args[1]", "a Set, which JSON cannot carry"],
  ["a WeakMap", new WeakMap(), "args", "a WeakMap, which JSON cannot carry"],
  ["a Uint8Array", { data: new Uint8Array(2) }, "args.data", "a Uint8Array, which JSON cannot carry"],
  ["an ArrayBuffer", [new ArrayBuffer(2)], "args[0]", "a ArrayBuffer, which JSON cannot carry"],
  ["a Promise", [Promise.resolve(1)], "args[0]", "a Promise, which JSON cannot carry"],
  ["an Error", [new RangeError("x")], "args[0]", "a RangeError, which JSON cannot carry"],
  ["a RegExp", [/x/], "args[0]", "a RegExp, which JSON cannot carry"],
  ["a URL", [new URL("https://example.org")], "args[0]", "a URL, which JSON cannot carry"],
  ["a boxed number", [Object(1)], "args[0]", "a Number, which JSON cannot carry"],
  ["a boxed string", [Object("a")], "args[0]", "a String, which JSON cannot carry"],
  ["an instance of a class", { at: [new Point()] }, "args.at[0]", "a Point, which JSON cannot carry"],
  ["an instance of a class without a name", new (class {})(), "args", "a object of a class"],
  ["an object with toJSON", { a: { toJSON: () => 1 } }, "args.a", "an object with a toJSON method"],
  ["an array with toJSON", [Object.assign([1], { toJSON: () => 1 })], "args[0]", "an array with a toJSON"],
  ["a toJSON that is inherited", Object.create({ toJSON: () => 1 }), "args", "a Object, which JSON"],
  ["a cycle of arrays and objects", cycle, "args[0].deep[0]", "a cycle: it is one of its own parents"],
  ["a cycle below the top", [[ownParent]], "args[0][0].self", "a cycle: it is one of its own parents"],
  ["an integer of 4301 digits", [10n ** 4300n], "args[0]", "an integer of more than 4300 digits"],
  ["a negative one of 4301 digits", [-(10n ** 4300n)], "args[0]", "an integer of more than 4300 digits"],
  ["a key with a blank", { "a b": undefined }, 'args["a b"]', "undefined"],
  ["a key with a quote", { 'a"': undefined }, 'args["a\\""]', "undefined"],
  ["an empty key", { "": [undefined] }, 'args[""][0]', "undefined"],
  ["a key of digits", { 0: undefined }, 'args["0"]', "undefined"],
  ["a key with a dash", { "x-y": { z: undefined } }, 'args["x-y"].z', "undefined"],
  ["a key with a line feed", { "x\n": undefined }, 'args["x\\n"]', "undefined"],
  ["what follows a deep value", [[[[1]]], undefined], "args[1]", "undefined"],
];

for (const [name, value, path, what] of REFUSED) {
  Deno.test(`encodePythonJson() refuses ${name}`, () => {
    const error = assertThrows(() => encode(value), ComputeEncodeError);
    assertStrictEquals(error.path, path);
    assert(error.message.startsWith(`Cannot encode '${path}' for Python: it is ${what}`), error.message);
    assertStrictEquals(error.code, "ERR_COMPUTE_ENCODE");
    assert(error instanceof TypeError);
  });
}

Deno.test("encodePythonJson() names the value as it was told to", () => {
  const error = assertThrows(() => encodePythonJson({ x: 1, y: [undefined] }, "tasks[3].kwargs"), TypeError);
  assertStrictEquals((error as ComputeEncodeError).path, "tasks[3].kwargs.y[0]");
});

Deno.test("encodePythonJson() calls no toJSON", () => {
  const toJSON = () => {
    throw new Error("called");
  };
  assertThrows(() => encode([{ toJSON }]), ComputeEncodeError);
});

Deno.test("encodePythonJson() takes integers of 4300 digits, the most that Python reads", async () => {
  const most = 10n ** 4300n - 1n;
  const written = encode([most, -most]);
  assertStrictEquals(
    await runPython("import json, sys; print(json.load(sys.stdin) == [10**4300 - 1, 1 - 10**4300])", written),
    "True\n",
  );
});

function nested(depth: number, innermost: unknown[]): unknown {
  let value: unknown = innermost;
  for (let level = 1; level < depth; level++) value = level % 2 ? [value] : { k: value };
  return value;
}

Deno.test("encodePythonJson() takes nesting of 1000, and no more", () => {
  for (const innermost of [[], [NaN]]) {
    const written = encode(nested(1000, innermost));
    assertStrictEquals(written.replace(/[^[{]/g, "").length, 1000);
    assertEquals(decodePythonJson(written), nested(1000, innermost) as never);
    const error = assertThrows(() => encode(nested(1001, innermost)), ComputeEncodeError, "deeper than 1000");
    assertStrictEquals(error.path.match(/\.k|\[0\]/g)?.length, 1000);
  }
});

Deno.test("encodePythonJson() refuses nesting that would overflow the stack", () => {
  assertThrows(() => encode(nested(200_000, [])), ComputeEncodeError, "deeper than 1000");
});
