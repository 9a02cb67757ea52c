/** Proves in which form `serializeValue()` writes each value, and what `deserializeValue()` reads. */
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { ComputeDecodeError } from "../../src/errors/decode_error.ts";
import { ComputeEncodeError } from "../../src/errors/encode_error.ts";
import type { PythonValue } from "../../src/wire/values/python_value.ts";
import { packBuffers } from "../../src/wire/packed_buffers.ts";
import {
  type ArgumentSerializer,
  deserializeValue,
  serializeValue,
} from "../../src/wire/serialized_value.ts";
import { PythonScalar } from "../../src/wire/values/python_scalar.ts";
import { tuple } from "../../src/wire/values/python_type.ts";
import { loadParts } from "../../src/wire/on_demand.ts";

await loadParts();

Deno.test("serializeValue() writes JSON under its header", () => {
  assertStrictEquals(serializeValue([1], "args"), "11\n[1]");
  assertStrictEquals(serializeValue("😀", "args"), '11\n"\\ud83d\\ude00"');
});

Deno.test("serializeValue() names what cannot be sent", () => {
  const error = assertThrows(() => serializeValue({ x: undefined }, "kwargs"), ComputeEncodeError);
  assertStrictEquals(error.path, "kwargs.x");
});

Deno.test("deserializeValue() reads JSON", () => {
  const cases: [raw: string, value: PythonValue][] = [
    ["11\n42", 42],
    ["11\nnull", null],
    ['11\n[NaN, Infinity, [1, 2], {"1": 2}]', [NaN, Infinity, [1, 2], { "1": 2 }]],
    ["11\n1180591620717411303424", 2n ** 70n],
  ];
  for (const [raw, value] of cases) assertEquals(deserializeValue(raw), value);
});

Deno.test("serializeValue() takes a pickle for what JSON cannot carry, and where it is told to", () => {
  const cases: [value: unknown, strategy: string, serializer?: ArgumentSerializer][] = [
    [[1, { a: "b" }], "11"],
    [new Uint8Array(1), "00"],
    [[{ a: [new Set([1])] }], "00"],
    [new Map([[1, 2]]), "00"],
    [[tuple(1)], "00"],
    [[new PythonScalar("decimal.Decimal", "1")], "00"],
    [[1], "00", "pickle"],
    [tuple(1), "11", "json"],
    [[1], "13", "all"],
  ];
  for (const [value, strategy, serializer] of cases) {
    const text = serializeValue(value, "args", serializer);
    assertStrictEquals(text.slice(0, 3), `${strategy}\n`);
    assert(/^[\n -~]*$/.test(text), text);
    assertEquals(deserializeValue(text), serializer ? [1] : value);
  }
  assertStrictEquals(serializeValue([1], "args", "all"), "13\n6\n11\n[1]16\n00\ngARdlChLAWUu\n");
});

Deno.test("deserializeValue() gives each value memory of its own", () => {
  const sizes = [1, 5, 300, 9_000, 20_000];
  const write = (fill: number) => sizes.map((size) => new Uint8Array(size).fill(fill));
  const texts = [1, 2].map((fill) => write(fill).map((bytes) => serializeValue(bytes, "value", "pickle")));
  const [first, second] = texts.map((ofOne) => ofOne.map((text) => deserializeValue(text)));
  assertEquals(first, write(1));
  assertEquals(second, write(2));
});

Deno.test("serializeValue() refuses cycles, and what its form cannot carry", () => {
  const cycle: PythonValue[] = [];
  cycle.push(cycle);
  assertThrows(() => serializeValue(cycle, "args"), ComputeEncodeError, "a cycle");
  assertEquals(deserializeValue(serializeValue(cycle, "args", "pickle")), cycle);
  for (const serializer of ["json", "all"] as const) {
    const error = assertThrows(() => serializeValue([new Date(0)], "args", serializer), ComputeEncodeError);
    assertStrictEquals(error.path, "args[0]");
  }
  assertThrows(
    () => serializeValue(1, "args", "dill" as "json"),
    RangeError,
    "Unknown argument serializer 'dill': use 'json', 'pickle' or 'all'",
  );
});

Deno.test("serializeValue() takes a pickle for parts that stand in JSON millions of times", () => {
  const row: PythonValue[] = Array(3000).fill([]);
  const list: PythonValue[] = Array(3000).fill(row);
  const [copy] = deserializeValue(serializeValue([list], "args")) as PythonValue[][];
  assertStrictEquals(copy?.[0], copy?.[1]);
  assertThrows(
    () => serializeValue(list, "args", "json"),
    ComputeEncodeError,
    "a value of more than 5000000 arrays and objects",
  );
});

Deno.test("deserializeValue() reads the pickles of the SDK", () => {
  const cases: [raw: string, value: PythonValue][] = [
    ["00\ngAROLg==\n", null],
    ["00\ngASILg==\n", true],
    ["00\ngASVBgAAAAAAAABK/////y4=\n", -1],
    ["00\ngASVCgAAAAAAAABHP/gAAAAAAAAu\n", 1.5],
    ["00\ngASVCgAAAAAAAACMBsOp8J+YgJQu\n", "é😀"],
    ["00\ngASVDgAAAAAAAAB9lIwBa5RLAUsChpRzLg==\n", { k: [1, 2] }],
    ["00\ngASVBgAAAAAAAABDAmFilC4=\n", Uint8Array.of(97, 98)],
    ["00\ngASVCQAAAAAAAACKBgAAAAAAAS4=\n", 2 ** 40],
  ];
  for (const [raw, value] of cases) assertEquals(deserializeValue(raw), value);
});

Deno.test("deserializeValue() takes the first form of several that it can read", () => {
  const pickle = "00\ngASVCQAAAAAAAACMAWGUaACGlC4=\n";
  assertEquals(deserializeValue(`13\n${packBuffers(["11\n[1]", pickle])}`), [1]);
  assertEquals(deserializeValue(`13\n${packBuffers(["11\n[1", pickle])}`), ["a", "a"]);
  assertEquals(deserializeValue(`13\n${packBuffers(["11\n7"])}`), 7);
  for (const forms of [[], ["11\n["], ["13\n"], ["st\nf:", pickle.slice(0, 12)]]) {
    const raw = `13\n${packBuffers(forms)}`;
    const text = `none of its ${forms.length} forms is readable`;
    assertStrictEquals(assertThrows(() => deserializeValue(raw), ComputeDecodeError, text).raw, raw);
  }
});

Deno.test("deserializeValue() says what it does not read", () => {
  for (const strategy of ["01", "02", "03", "04", "10", "12", "st", "sd"]) {
    const raw = `${strategy}\ngASILg==\n`;
    const error = assertThrows(() => deserializeValue(raw), ComputeDecodeError);
    const what = `it is a Python function (strategy '${strategy}'), and no value`;
    assertStrictEquals(error.message, `Cannot decode the result: ${what}`);
    assertStrictEquals(error.raw, raw);
  }
});

Deno.test("deserializeValue() says what is wrong with a pickle", () => {
  const cases: [raw: string, text: string][] = [
    ["00\n!", "Cannot read a pickle: it is no base64"],
    ["00\n", "Cannot read a pickle: byte 0: the pickle ends without STOP"],
    ["00\ngARRLg==\n", "Cannot read a pickle: opcode 0x51 at byte 2: a persistent id"],
  ];
  for (const [raw, text] of cases) {
    assertStrictEquals(assertThrows(() => deserializeValue(raw), ComputeDecodeError, text).raw, raw);
  }
  const raw = serializeValue(Array(100).fill("text"), "args", "pickle");
  assertThrows(() => deserializeValue(raw, { maxBytes: 50 }), ComputeDecodeError, "the limit is 50");
});

Deno.test("deserializeValue() refuses an unknown header", () => {
  for (
    const [raw, header] of [["", ""], ["11", "11"], ["zz\n1", "zz\\n"], ["11[1]", "11["], ["\n11", "\\n11"]]
  ) {
    const error = assertThrows(() => deserializeValue(raw as string), ComputeDecodeError);
    assertStrictEquals(error.message, `Cannot decode the result: unknown header "${header}"`);
    assertStrictEquals(error.raw, raw);
  }
});

Deno.test("deserializeValue() keeps the whole of a raw result that is malformed", () => {
  const raw = "11\n[secret";
  const error = assertThrows(() => deserializeValue(raw), ComputeDecodeError, "Cannot read JSON from Python");
  assertStrictEquals(error.raw, raw);
  assert(!error.message.includes("secret"), error.message);
  assert(!Object.keys(error).includes("raw"), "a log of the error would carry the result");
});

Deno.test("deserializeValue() refuses hostile nesting as a decode error", () => {
  const raw = "11\n" + "[".repeat(100_000) + "NaN";
  assertStrictEquals(assertThrows(() => deserializeValue(raw), ComputeDecodeError).raw, raw);
});
