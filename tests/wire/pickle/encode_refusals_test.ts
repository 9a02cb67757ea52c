/** Proves what `encodePickle()` refuses to send, and that its error names the place. */
import { assertStrictEquals, assertThrows } from "@std/assert";
import { ComputeEncodeError } from "../../../src/errors/encode_error.ts";
import { decodePickle } from "../../../src/wire/pickle/decode_pickle.ts";
import { encodePickle } from "../../../src/wire/pickle/encode_pickle.ts";
import { PythonObject, type PythonObjectInit } from "../../../src/wire/values/python_object.ts";
import { PythonScalar, type PythonScalarType } from "../../../src/wire/values/python_scalar.ts";
import { tuple } from "../../../src/wire/values/python_type.ts";

const scalar = (type: string, text: string) => new PythonScalar(type as PythonScalarType, text);
const object = (module: string, name: string, init: Partial<PythonObjectInit> = {}) =>
  new PythonObject({ module, name, ...init });

Deno.test("encodePickle() names the place of what cannot be sent", () => {
  let deep: unknown = [];
  for (let i = 0; i < 1000; i++) deep = [deep];
  const own = tuple(1) as unknown[];
  own[0] = own;
  class Point {}
  const cases: [value: unknown, path: string, text: string][] = [
    [undefined, "args", "undefined: use null for None"],
    [[, 1], "args[0]", "undefined"],
    [{ a: [() => 1] }, "args.a[0]", "a function"],
    [new Map([[1, Symbol()]]), "args.values()[0]", "a symbol"],
    [new Map([[[1], 1]]), "args.keys()[0]", "a list, which Python takes for no key: use tuple(…)"],
    [new Set([new Set()]), "args.values()[0]", "a set, which Python takes for no key: use frozenset(…)"],
    [new Set([{}]), "args.values()[0]", "a value that can change"],
    [new Set([tuple([1])]), "args.values()[0][0]", "a list, which Python takes for no key"],
    [[new Point()], "args[0]", "a Point, which Python does not have"],
    [{ "a b": new WeakMap() }, 'args["a b"]', "a WeakMap"],
    [[Promise.resolve()], "args[0]", "a Promise"],
    [[Float64Array.of(1)], "args[0]", "a Float64Array: pass new NumpyArray(type, array)"],
    [[{ toJSON: () => 1 }], "args[0]", "an object with a toJSON method"],
    [[new Date(NaN)], "args[0]", "a Date that Python does not have"],
    [[new Date(Date.UTC(10_000, 0))], "args[0]", "a Date that Python does not have"],
    [
      [scalar("datetime.date", "2026-02-29")],
      "args[0]",
      "a datetime.date that Python does not have",
    ],
    [[scalar("datetime.datetime", "0000-01-01T00:00:00")], "args[0]", "that Python does not have"],
    [[scalar("datetime.timedelta", "P999999999DT86400S")], "args[0]", "that Python does not have"],
    [object("a", "B", { args: [1, undefined as never] }), "args.args[1]", "undefined"],
    [object("a", "B", { args: [], kwargs: { x: undefined as never } }), "args.kwargs.x", "undefined"],
    [object("a", "B", { args: [], state: { x: undefined as never } }), "args.state.x", "undefined"],
    [object("a", "B", { args: [], items: [undefined as never] }), "args.items[0]", "undefined"],
    [
      object("a", "B", { args: [], entries: [[1, undefined as never]] }),
      "args.entries.values()[0]",
      "undefined",
    ],
    [deep, "args" + "[0]".repeat(1000), "nested deeper than 1000"],
    [own, "args" + "[0]".repeat(1000), "nested deeper than 1000"],
  ];
  for (const [value, path, text] of cases) {
    const error = assertThrows(() => encodePickle(value, "args"), ComputeEncodeError, text);
    assertStrictEquals(error.path, path);
  }
});

Deno.test("encodePickle() does not pass on what came from Python and would run something there", () => {
  const send = (value: PythonObject) => decodePickle(encodePickle([value], "args"));
  const received = send(object("os", "system", { args: ["rm -rf ~"] })) as unknown[];
  const error = assertThrows(() => encodePickle({ x: received }, "kwargs"), ComputeEncodeError, "os.system");
  assertStrictEquals(error.path, "kwargs.x[0]");
  for (
    const [module, name] of [["os", "system"], ["builtins", "eval"], ["builtins", "getattr"], [
      "x",
      "KeyError",
    ]]
  ) {
    const [callable] = send(object(module as string, name as string)) as unknown[];
    assertThrows(() => encodePickle([callable], "args"), ComputeEncodeError, `${module}.${name}`);
    const nested = send(object("builtins", "KeyError", { args: [object(module as string, name as string)] }));
    assertThrows(() => encodePickle(nested, "args"), ComputeEncodeError, `${module}.${name}`);
  }
  for (
    const harmless of [
      object("builtins", "KeyError", { args: ["k"] }),
      object("builtins", "Exception", { args: [] }),
      object("builtins", "ExceptionGroup", { args: ["g", []] }),
      object("builtins", "slice", { args: [1, 2, null] }),
    ]
  ) {
    encodePickle(send(harmless), "args");
  }
});
