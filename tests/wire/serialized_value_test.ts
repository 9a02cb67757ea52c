import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { ComputeDecodeError } from "../../src/errors/decode_error.ts";
import { ComputeEncodeError } from "../../src/errors/encode_error.ts";
import type { PythonValue } from "../../src/wire/values/python_value.ts";
import { deserializeValue, serializeValue } from "../../src/wire/serialized_value.ts";

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

Deno.test("deserializeValue() says what it does not read", () => {
  const strategies: Record<string, string> = {
    "00": "a Python pickle",
    "01": "a Python function",
    "02": "a Python function",
    "03": "a Python function",
    "04": "a Python function",
    "10": "a Python function",
    "12": "a Python function",
    "13": "several forms of one value",
    "st": "a Python function",
    "sd": "a Python function",
  };
  for (const [strategy, kind] of Object.entries(strategies)) {
    const raw = `${strategy}\ngASILg==\n`;
    const error = assertThrows(() => deserializeValue(raw), ComputeDecodeError);
    assertStrictEquals(
      error.message,
      `Cannot decode the result: it is ${kind} (strategy '${strategy}'), and only JSON is read; ` +
        "make the function return what JSON can carry",
    );
    assertStrictEquals(error.raw, raw);
  }
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
