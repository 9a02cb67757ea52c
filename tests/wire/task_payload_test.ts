/** Proves that `encodeTaskPayload()` packs arguments as Python's SDK does. */
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ComputeEncodeError } from "../../src/errors/encode_error.ts";
import { unpackBuffers } from "../../src/wire/packed_buffers.ts";
import { deserializeValue } from "../../src/wire/serialized_value.ts";
import { encodeTaskPayload } from "../../src/wire/submit_body.ts";
import { anyValue, normalize } from "./python_values.ts";
import { loadParts } from "../../src/wire/on_demand.ts";

await loadParts();

Deno.test("encodeTaskPayload() packs arguments as Batch.add() of the Python SDK does", () => {
  const cases: [args: unknown, kwargs: unknown, payload: string][] = [
    [undefined, undefined, "5\n11\n[]5\n11\n{}"],
    [[], undefined, "5\n11\n[]5\n11\n{}"],
    [undefined, {}, "5\n11\n[]5\n11\n{}"],
    [[21], undefined, "7\n11\n[21]5\n11\n{}"],
    [undefined, { b: 41 }, '5\n11\n[]11\n11\n{"b":41}'],
    [["😀"], undefined, '19\n11\n["\\ud83d\\ude00"]5\n11\n{}'],
    [[NaN, -0], undefined, "13\n11\n[NaN,-0.0]5\n11\n{}"],
  ];
  for (const [args, kwargs, payload] of cases) {
    assertStrictEquals(encodeTaskPayload(args, kwargs), payload);
  }
});

Deno.test("encodeTaskPayload() keeps arguments of all kinds", () => {
  fc.assert(fc.property(fc.array(anyValue), fc.dictionary(fc.string(), anyValue), (args, kwargs) => {
    const buffers = unpackBuffers(encodeTaskPayload(args, kwargs));
    assertEquals(buffers.map((buffer) => deserializeValue(buffer)), [
      normalize(args),
      normalize({ ...kwargs }),
    ]);
  }));
});

Deno.test("encodeTaskPayload() refuses arguments of another shape", () => {
  const cases: [args: unknown, kwargs: unknown, message: string][] = [
    [21, undefined, "Cannot use 'args': it must be an array of positional arguments"],
    [null, undefined, "Cannot use 'args': it must be an array of positional arguments"],
    [{ 0: 1, length: 1 }, undefined, "Cannot use 'args': it must be an array of positional arguments"],
    ["abc", undefined, "Cannot use 'args': it must be an array of positional arguments"],
    [undefined, null, "Cannot use 'kwargs': it must be a plain object of keyword arguments"],
    [undefined, [1], "Cannot use 'kwargs': it must be a plain object of keyword arguments"],
    [undefined, "abc", "Cannot use 'kwargs': it must be a plain object of keyword arguments"],
  ];
  for (const [args, kwargs, message] of cases) {
    assertStrictEquals(assertThrows(() => encodeTaskPayload(args, kwargs), TypeError).message, message);
  }
});

Deno.test("encodeTaskPayload() names the place of what cannot be sent", () => {
  const cases: [args: unknown, kwargs: unknown, prefix: string, path: string][] = [
    [[{ when: new Date(NaN) }], undefined, "", "args[0].when"],
    [undefined, { when: undefined }, "", "kwargs.when"],
    [[1, 2n, undefined], undefined, "tasks[3].", "tasks[3].args[2]"],
    [[], { "a b": [undefined] }, "tasks[0].", 'tasks[0].kwargs["a b"][0]'],
  ];
  for (const [args, kwargs, prefix, path] of cases) {
    const error = assertThrows(() => encodeTaskPayload(args, kwargs, prefix), ComputeEncodeError);
    assertStrictEquals(error.path, path);
  }
  assertThrows(() => encodeTaskPayload(1, undefined, "tasks[3]."), TypeError, "'tasks[3].args'");
  for (const kwargs of [1, null, [], new Map(), new Date()]) {
    assertThrows(() => encodeTaskPayload([], kwargs, "tasks[3]."), TypeError, "'tasks[3].kwargs'");
  }
});
