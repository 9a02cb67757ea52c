/** Values go to the real SDK and back unchanged, in each protocol of pickles and each form of the SDK. */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { deserializeValue, serializeValue } from "../../src/wire/serialized_value.ts";
import { NumpyArray } from "../../src/wire/values/numpy_array.ts";
import { PythonObject } from "../../src/wire/values/python_object.ts";
import { pythonTypeOf, tuple } from "../../src/wire/values/python_type.ts";
import type { PythonValue } from "../../src/wire/values/python_value.ts";
import { describe, richValue } from "../wire/pickle/rich_values.ts";
import { type PythonProgram, startPythonProgram } from "./python_program.ts";
import { loadParts } from "../../src/wire/on_demand.ts";

await loadParts();

const COUNT = 3000;
/** By the SDK itself, or as Python's own pickle of a protocol. */
const PROTOCOLS = [null, 0, 1, 2, 3, 4, 5] as const;

Deno.test("3,000 random values go to the real SDK, and back by it and in each protocol of pickles", async () => {
  await using program = startPythonProgram("values_program.py");
  for (const [index, value] of fc.sample(richValue, COUNT).entries()) {
    // By itself every other one, and as a pickle the others: those that JSON could carry too.
    const serializer = index % 2 === 0 ? undefined : "pickle";
    const { texts } = await program.ask<{ texts: string[] }>({
      loop: serializeValue(value, "value", serializer),
    });
    const copies = texts.map((text) => describe(deserializeValue(text)));
    assertEquals(copies, PROTOCOLS.map(() => describe(value)));
  }
});

Deno.test("3,000 random values of Python's, NumPy's among them, come here and go back", async () => {
  await using program = startPythonProgram("values_program.py");
  const seed = Date.now() % 2 ** 31;
  for (let index = 0; index < COUNT; index++) {
    await back(program, `generated(${seed + index})`, PROTOCOLS[index % PROTOCOLS.length]);
  }
});

/** Takes a value of Python's here and back, where it is to be the same. */
async function back(
  program: PythonProgram,
  expression: string,
  protocol: number | null = null,
  anew: (value: PythonValue) => PythonValue = (value) => value,
): Promise<void> {
  const { text } = await program.ask<{ text: string }>({ make: expression, protocol });
  const sent = serializeValue(anew(deserializeValue(text)), "value", "pickle");
  const { difference } = await program.ask<{ difference: string }>({ same: [expression, sent] });
  assertStrictEquals(difference, "", `${expression}, protocol ${protocol}`);
}

const NUMBERS = "[[0, 1, 2], [3, 100, 255]]";
const TYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"];
const FLOATS = ["float16", "float32", "float64", "complex64", "complex128"];
const ODD_NUMBERS = "[[0.1, -0.0, float('nan')], [float('inf'), 6e-8, -65504]]";

const NUMPY_VALUES = [
  ...[...TYPES, ...FLOATS].flatMap((type) => {
    const numbers = FLOATS.includes(type) ? ODD_NUMBERS : NUMBERS;
    const made = `np.array(${numbers}).astype(np.dtype('${type}'))`;
    return [
      made,
      `${made}.astype(np.dtype('${type}').newbyteorder('>'))`,
      `np.asfortranarray(${made})`,
      `${made}[:, ::2]`,
      `${made}[0, 1]`,
      `np.array(${made}[1, 0])`,
      `np.zeros((0, 3), '${type}')`,
    ];
  }),
  "np.arange(24.0).reshape(2, 3, 4)",
  "[np.float64(1.5), {'a': np.int32(-1)}, np.bool_(True)]",
];

const VALUES = [
  "[None, True, False, 0, -1, 2**31, -2**63, 2**100, 1.5, -0.0, float('inf'), 'é😀', '\\ud800', '']",
  "[b'', b'\\xff' * 300, bytearray(b'ab')]",
  "[[], [1, [2]], (), (1,), (1, 2), (1, 2, 3, 4), {}, {'a': 1}, {1: 2, (3, 4): b'x', None: 'y'}]",
  "[set(), {1, 2}, frozenset(), frozenset({(1, 2)})]",
  "[1+2j, complex('nan-infj'), range(3), range(5, -2**70, -3)]",
  "[decimal.Decimal('1.50'), decimal.Decimal('-Infinity'), fractions.Fraction(-7, 3), uuid.UUID(int=2**128 - 1)]",
  "[datetime.date(2024, 2, 29), datetime.time(23, 59, 59, 999999), datetime.time(1, tzinfo=timezone.utc)]",
  "[datetime.datetime(2026, 1, 31), datetime.datetime(2026, 1, 31, tzinfo=timezone(timedelta(hours=-3, minutes=-30)))]",
  "[datetime.datetime(2026, 7, 1, tzinfo=zoneinfo.ZoneInfo('Europe/Paris')), timezone.utc]",
  "[timedelta(0), timedelta(-1, 5, 7), timedelta.max, timedelta.min]",
  "[pathlib.PosixPath('/a/b'), pathlib.PurePosixPath('.'), pathlib.PureWindowsPath('C:/a')]",
  "[collections.OrderedDict([('b', 1), ('a', 2)]), collections.Counter('abca'), collections.OrderedDict({1: 2})]",
  "[collections.defaultdict(list, a=[1]), collections.defaultdict(None, {1: 2})]",
  "[KeyError('k'), ValueError(), OSError(2, 'no'), ExceptionGroup('g', [ValueError(1)])]",
  "[slice(1, None, 2), collections.deque([1, 2], 3)]",
  "ShellResult('echo hi', 'hi', '', 0, None)",
];

/** What is not sent on as it came: the caller makes it anew, to say that it is meant. */
const OBJECTS = [
  "Color.RED",
  "Point(1, [2])",
  "Plain(a=1, b=(2, 3))",
  "[len, Plain, Point, int]",
  "types.SimpleNamespace(a=1)",
];

Deno.test("each type of Python's, made by the real SDK, is the same there after a way through here", async (t) => {
  await using program = startPythonProgram("values_program.py");
  await t.step("Python's own", async () => {
    for (const expression of VALUES) {
      for (const protocol of PROTOCOLS) await back(program, expression, protocol);
    }
  });
  await t.step("NumPy's", async () => {
    for (const expression of NUMPY_VALUES) {
      for (const protocol of PROTOCOLS) await back(program, expression, protocol);
    }
  });
  await t.step("objects", async () => {
    for (const expression of OBJECTS) {
      for (const protocol of PROTOCOLS) await back(program, expression, protocol, anew);
    }
  });
});

/** The same value, with each object in it made by this program. */
function anew(value: PythonValue): PythonValue {
  if (Array.isArray(value)) {
    const items = value.map(anew);
    return pythonTypeOf(value) === "tuple" ? tuple(...items) : items;
  }
  if (!(value instanceof PythonObject)) return value;
  return new PythonObject({ ...value, args: value.args?.map(anew) });
}

Deno.test("a named tuple tells its fields", async () => {
  await using program = startPythonProgram("values_program.py");
  const { text } = await program.ask<{ text: string }>({ make: "Point(1, 2)" });
  const { module, name, args, fields } = deserializeValue(text) as PythonObject;
  assertEquals([module, name, args, fields], ["example", "Point", [1, 2], ["x", "y"]]);
});

Deno.test("arrays and scalars of NumPy's are typed arrays with a shape", async () => {
  await using program = startPythonProgram("values_program.py");
  const make = async (expression: string) => {
    const { text } = await program.ask<{ text: string }>({ make: expression });
    return deserializeValue(text) as NumpyArray;
  };
  const matrix = await make("np.array([[1, 2, 3], [4, 5, 6]], '>f8', order='F')");
  assertEquals([matrix.type, matrix.shape, matrix.isFortranOrder], ["float64", [2, 3], true]);
  assertEquals(matrix.data, Float64Array.of(1, 4, 2, 5, 3, 6));
  const scalar = await make("np.float32(1.5)");
  assert(scalar instanceof NumpyArray && scalar.isScalar);
  assertStrictEquals(2 * (scalar as unknown as number), 3);
  assertEquals((await make("np.array([2**63 - 1])")).data, BigInt64Array.of(2n ** 63n - 1n));
});

Deno.test("the forms 11 and 13 of the real SDK are read, and ours are read there", async () => {
  await using program = startPythonProgram("values_program.py");
  for (const form of ["json", "all", "pickle"] as const) {
    const expression = "[1, {'a': [None, 'é😀', 2**70, 1.5]}]";
    const { text } = await program.ask<{ text: string }>({ make: expression, form });
    const value = deserializeValue(text);
    assertEquals(value, [1, { a: [null, "é😀", 2n ** 70n, 1.5] }]);
    const sent = serializeValue(value, "value", form);
    assertEquals(await program.ask({ same: [expression, sent] }), { difference: "" });
  }
  const { text } = await program.ask<{ text: string }>({ make: "{'t': (1, b'x')}", form: "all" });
  const { t } = deserializeValue(text) as { t: PythonValue[] };
  assertStrictEquals(pythonTypeOf(t), "tuple");
});
