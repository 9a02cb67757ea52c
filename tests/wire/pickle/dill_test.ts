/** Proves that `decodePickle()` reads ranges, types and arrays as dill writes them, and evaluates nothing. */
import { assertEquals, assertInstanceOf } from "@std/assert";
import { decodePickle } from "../../../src/wire/pickle/decode_pickle.ts";
import { encodePickle } from "../../../src/wire/pickle/encode_pickle.ts";
import { NumpyArray } from "../../../src/wire/values/numpy_array.ts";
import { PythonObject } from "../../../src/wire/values/python_object.ts";
import { PythonRange } from "../../../src/wire/values/python_range.ts";
import { tuple } from "../../../src/wire/values/python_type.ts";
import type { PythonValue } from "../../../src/wire/values/python_value.ts";

/** What a call of a function of dill's comes to. */
function dill(name: string, ...args: PythonValue[]): PythonValue {
  return decodePickle(
    encodePickle(new PythonObject({ module: "dill._dill", name, args: tuple(...args) }), "call"),
  );
}

const named = (module: string, name: string) => new PythonObject({ module, name });

Deno.test("decodePickle() reads a range as dill writes it, and evaluates nothing", () => {
  assertEquals(dill("_eval_repr", "range(0, 3)"), new PythonRange(0, 3));
  assertEquals(
    dill("_eval_repr", "range(5, -1180591620717411303424, -2)"),
    new PythonRange(5, -(2n ** 70n), -2),
  );
  const texts = [
    "range(0, 3, 0)",
    "range(1)",
    "__import__('os')",
    "range(0, 3) ",
    `range(0, ${"9".repeat(5000)})`,
  ];
  for (const text of [...texts, 1, null]) {
    assertEquals(
      dill("_eval_repr", text),
      new PythonObject({ module: "dill._dill", name: "_eval_repr", args: tuple(text) }),
    );
  }
});

Deno.test("decodePickle() reads types as dill writes them", () => {
  assertEquals(dill("_load_type", "slice"), named("builtins", "slice"));
  assertEquals(dill("_load_type", "KeyError"), named("builtins", "KeyError"));
  assertEquals(dill("_load_type", "FunctionType"), named("types", "FunctionType"));
  assertEquals(dill("_load_type", "SimpleNamespace"), named("types", "SimpleNamespace"));
  assertInstanceOf(dill("_load_type", 1), PythonObject);
});

Deno.test("decodePickle() reads the class of named tuples as dill writes it, with its fields", () => {
  const made = dill("_create_namedtuple", "Point", tuple("x", "y"), "example", null) as PythonObject;
  assertEquals([made.module, made.name, made.args, made.fields], ["example", "Point", undefined, ["x", "y"]]);
  assertEquals(
    (dill("_create_namedtuple", "Point", tuple(1), "example") as PythonObject).name,
    "_create_namedtuple",
  );
});

Deno.test("decodePickle() reads an array of NumPy's as dill writes it", () => {
  const dtype = new PythonObject({
    module: "numpy",
    name: "dtype",
    args: tuple("f8", false, true),
    state: tuple(3, "<", null, null, null, -1, -1, 0),
  });
  const make = named("numpy._core.multiarray", "_reconstruct");
  const start = tuple(named("numpy", "ndarray"), tuple(0), Uint8Array.of(98));
  const bytes = new Uint8Array(Float64Array.of(1, 2).buffer);
  const state = tuple(1, tuple(2), dtype, false, bytes);
  assertEquals(
    dill("_create_array", make, start, state, null),
    new NumpyArray("float64", Float64Array.of(1, 2)),
  );
  const subclass = tuple(named("example", "Matrix"), tuple(0), Uint8Array.of(98));
  for (
    const args of [[make, subclass, state, null], [make, start, state, { note: 1 }], [make, start], [
      1,
      2,
      3,
      4,
    ]]
  ) {
    assertEquals((dill("_create_array", ...args as PythonValue[]) as PythonObject).name, "_create_array");
  }
});
