/** Proves that Python and `decodePickle()` read what `encodePickle()` writes as the same value. */
import { assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { encodeBase64Lines } from "../../../src/wire/base64.ts";
import { decodePickle } from "../../../src/wire/pickle/decode_pickle.ts";
import { encodePickle } from "../../../src/wire/pickle/encode_pickle.ts";
import { PythonComplex } from "../../../src/wire/values/python_complex.ts";
import { PythonObject, type PythonObjectInit } from "../../../src/wire/values/python_object.ts";
import { PythonRange } from "../../../src/wire/values/python_range.ts";
import { PythonScalar, type PythonScalarType } from "../../../src/wire/values/python_scalar.ts";
import { asPythonType, frozenset, tuple } from "../../../src/wire/values/python_type.ts";
import type { PythonValue } from "../../../src/wire/values/python_value.ts";
import { askPython } from "../../support/python.ts";
import { anyValue, PYTHON_TAG, tag, type Tagged } from "../python_values.ts";
import { bytesOf, typesIn } from "./pickles.ts";
import { richValue } from "./rich_values.ts";

const encode = (value: unknown) => encodeBase64Lines(encodePickle(value, "args"));
const scalar = (type: string, text: string) => new PythonScalar(type as PythonScalarType, text);
const object = (module: string, name: string, init: Partial<PythonObjectInit> = {}) =>
  new PythonObject({ module, name, ...init });

Deno.test("encodePickle() writes what pickle.loads() reads as the same value", async () => {
  const values = fc.sample(anyValue, 1500);
  const answers = await askPython<Tagged>(
    `import base64, pickle\n${PYTHON_TAG}\ndef answer(written): return tag(pickle.loads(base64.b64decode(written)))`,
    values.map(encode),
  );
  answers.forEach((answer, index) => {
    const value = values[index] as PythonValue;
    assertEquals(answer, tag(value), encode(value));
  });
});

Deno.test("encodePickle() writes what decodePickle() reads as the same value", () => {
  fc.assert(
    fc.property(richValue, (value) => {
      const copy = decodePickle(encodePickle(value, "args"));
      assertEquals(copy, value);
      assertEquals(typesIn(copy), typesIn(value));
    }),
    { numRuns: 1000 },
  );
});

const VALUES: [value: unknown, expression: string][] = [
  [[null, true, false], "[None, True, False]"],
  [[0, 255, 256, 65535, 65536, 2 ** 31 - 1, -1, -(2 ** 31)], "[0,255,256,65535,65536,2**31-1,-1,-2**31]"],
  [[2 ** 31, -(2 ** 31) - 1, 2 ** 53, 2 ** 60, 1e20], "[2**31, -2**31-1, 2**53, 2**60, 10**20]"],
  [[127n, 128n, -128n, -129n, 255n, 2n ** 63n], "[127, 128, -128, -129, 255, 2**63]"],
  [[2n ** 64n - 1n, -(2n ** 64n), 7n ** 5000n, -(3n ** 9000n)], "[2**64-1, -2**64, 7**5000, -3**9000]"],
  [
    [-0, 1.5, 1e21, NaN, Infinity, -Infinity, 5e-324],
    "[-0.0, 1.5, 1e21, float('nan'), 1e999, -1e999, 5e-324]",
  ],
  [
    ["", "a", "é😀", "\ud800x", "x".repeat(300), "é".repeat(300)],
    "['', 'a', 'é😀', '\\ud800x', 'x'*300, 'é'*300]",
  ],
  ["\ud800" + "😀".repeat(100_000), "'\\ud800' + '😀' * 100_000"],
  [[new Uint8Array(), bytesOf("a\xff"), bytesOf("x".repeat(70_000))], "[b'', b'a\\xff', b'x' * 70_000]"],
  [
    [bytesOf("ab").buffer, new DataView(bytesOf("abc").buffer, 1), new Uint8ClampedArray(1)],
    "[b'ab', b'bc', b'\\0']",
  ],
  [asPythonType(bytesOf("ab"), "bytearray"), "bytearray(b'ab')"],
  [[[], [1], [[]]], "[[], [1], [[]]]"],
  [
    [tuple(), tuple(1), tuple(1, 2), tuple(1, 2, 3), tuple(1, 2, 3, [4])],
    "[(), (1,), (1,2), (1,2,3), (1,2,3,[4])]",
  ],
  [[{}, { a: 1 }, { a: 1, b: { a: 2 } }], "[{}, {'a': 1}, {'a': 1, 'b': {'a': 2}}]"],
  [JSON.parse('{"__proto__": 1, "constructor": 2}'), "{'__proto__': 1, 'constructor': 2}"],
  [Object.assign(Object.create(null), { a: 1 }), "{'a': 1}"],
  [
    { '["builtins","int"]': 1, int8: 2, ...{ "builtins int": 3 } },
    `{'["builtins","int"]': 1, 'int8': 2, 'builtins int': 3}`,
  ],
  [[new PythonComplex(1, 2), { '["builtins","complex"]': 1 }], `[1+2j, {'["builtins","complex"]': 1}]`],
  [new Map<unknown, unknown>([["a", 1], [1, 2], [tuple(1, 2), 3]]), "{'a': 1, 1: 2, (1, 2): 3}"],
  [new Map([["a", 1]]), "{'a': 1}"],
  [new Set([1, "a"]), "{1, 'a'}"],
  [[new Set(), frozenset([]), new Set([frozenset([1])])], "[set(), frozenset(), {frozenset([1])}]"],
  [[new PythonComplex(-0, NaN)], "[complex('-0+nanj')]"],
  [[new PythonRange(0, 3), new PythonRange(0n, -(2n ** 70n), -5)], "[range(3), range(0, -2**70, -5)]"],
  [
    [scalar("decimal.Decimal", "-1.50"), scalar("fractions.Fraction", "-1/3")],
    "[decimal.Decimal('-1.50'), fractions.Fraction(-1, 3)]",
  ],
  [
    scalar("uuid.UUID", "4b116d3c-1703-4f8f-9f6f-39921e5864df"),
    "uuid.UUID('4b116d3c-1703-4f8f-9f6f-39921e5864df')",
  ],
  [
    [scalar("pathlib.PosixPath", "/a/b"), scalar("pathlib.PureWindowsPath", "C:\\a")],
    "[pathlib.PosixPath('/a/b'), pathlib.PureWindowsPath('C:/a')]",
  ],
  [
    [scalar("datetime.date", "0001-01-01"), scalar("datetime.date", "2024-02-29")],
    "[datetime.date(1, 1, 1), datetime.date(2024, 2, 29)]",
  ],
  [
    [scalar("datetime.time", "00:00:00"), scalar("datetime.time", "23:59:59.000001-00:30")],
    "[datetime.time(0), datetime.time(23, 59, 59, 1, timezone(-timedelta(minutes=30)))]",
  ],
  [[
    scalar("datetime.datetime", "2026-01-31T12:00:00"),
    scalar("datetime.datetime", "2026-01-31T12:00:00.999999Z"),
  ], "[datetime.datetime(2026, 1, 31, 12), datetime.datetime(2026, 1, 31, 12, 0, 0, 999999, timezone.utc)]"],
  [
    scalar("datetime.datetime", "2026-01-31T12:00:00-23:00:59.000001"),
    "datetime.datetime(2026, 1, 31, 12, tzinfo=timezone(-timedelta(hours=23, seconds=59, microseconds=1)))",
  ],
  [
    scalar("datetime.datetime", "2026-07-01T00:00:00[Europe/Paris]"),
    "datetime.datetime(2026, 7, 1, tzinfo=zoneinfo.ZoneInfo('Europe/Paris'))",
  ],
  [
    ["PT0S", "P1D", "-PT5S", "P1DT3600.5S", "PT1H2M3S", "-P999999999D", "-PT0.000001S"].map((text) =>
      scalar("datetime.timedelta", text)
    ),
    "[timedelta(0), timedelta(1), timedelta(seconds=-5), timedelta(1, 3600, 500000), timedelta(hours=1, minutes=2, seconds=3), timedelta.min, timedelta(microseconds=-1)]",
  ],
  [
    new Date(Date.UTC(2026, 0, 31, 12, 0, 0, 7)),
    "datetime.datetime(2026, 1, 31, 12, 0, 0, 7000, timezone.utc)",
  ],
  [asPythonType({ a: 1 }, "collections.OrderedDict"), "collections.OrderedDict(a=1)"],
  [asPythonType(new Map([[1, 2]]), "collections.Counter"), "collections.Counter({1: 2})"],
  [asPythonType({ a: [] }, "collections.defaultdict"), "collections.defaultdict(None, a=[])"],
  [object("builtins", "KeyError", { args: ["k"] }), "KeyError('k')"],
  [object("builtins", "OSError", { args: [2, "x"], state: { note: 1 } }), "OSError(2, 'x')"],
  [object("collections", "deque", { args: [[], 5], items: [1, 2] }), "collections.deque([1, 2], 5)"],
  [
    object("collections", "OrderedDict", { args: [], entries: [[1, 2]] }),
    "collections.OrderedDict([(1, 2)])",
  ],
  [object("builtins", "len"), "len"],
  [object("operator", "call", { args: [object("operator", "itemgetter", { args: [0] }), [7]] }), "7"],
  [object("builtins", "int", { args: ["ff"], kwargs: { base: 16 } }), "255"],
  [object("builtins", "complex", { args: [1], isNew: true }), "1+0j"],
  [
    object("builtins", "str", { args: [bytesOf("\xe9")], kwargs: { encoding: "latin1" }, isNew: true }),
    "'é'",
  ],
  [object("types", "SimpleNamespace", { args: [], state: { a: 1 } }), "types.SimpleNamespace(a=1)"],
];

const COMPARE = `
import base64, pickle, pickletools, types
import collections, datetime, decimal, fractions, pathlib, uuid, zoneinfo
from datetime import timedelta, timezone
def answer(case):
    written, expression = case
    data = base64.b64decode(written)
    pickletools.dis(data, out=open("/dev/null", "w"))
    value, expected = pickle.loads(data), eval(expression)
    same = repr(value) == repr(expected) or (isinstance(value, (set, frozenset, dict)) and value == expected)
    return "" if type(value) is type(expected) and same else ascii(value)[:300]
`;

Deno.test("encodePickle() writes each kind of value", async () => {
  const answers = await askPython<string>(COMPARE, VALUES.map(([value, text]) => [encode(value), text]));
  answers.forEach((answer, index) => assertStrictEquals(answer, "", VALUES[index]?.[1].slice(0, 200)));
  assertStrictEquals(answers.length, VALUES.length);
});

Deno.test("encodePickle() keeps what is shared, and cycles", async () => {
  const list: unknown[] = [];
  list.push(list);
  const dict: Record<string, unknown> = {};
  dict.self = dict;
  const inTuple: unknown[] = [];
  inTuple.push(tuple(inTuple), tuple(1, 2, 3, inTuple));
  const outer = tuple([] as unknown[]);
  outer[0].push(outer);
  const long = tuple([] as unknown[], 1, 2, 3);
  long[0].push(long);
  const shared = [1];
  const map = new Map<unknown, unknown>([[1, shared]]);
  map.set(2, map);
  const failure = object("builtins", "KeyError", { args: [shared], state: { again: shared } });
  const cases: [unknown, string][] = [
    [list, "v[0] is v"],
    [dict, "v['self'] is v"],
    [inTuple, "v[0][0] is v and v[1][3] is v"],
    [outer, "type(v) is tuple and v[0][0] is v"],
    [long, "type(v) is tuple and v[0][0] is v"],
    [[shared, { shared }, map], "v[0] is v[1]['shared'] is v[2][1] and v[2][2] is v[2]"],
    [[failure, failure], "v[0] is v[1] and v[0].args[0] is v[0].again"],
    [[bytesOf("ab"), new Date(0)].flatMap((item) => [item, item]), "v[0] is v[1] and v[2] is v[3]"],
  ];
  const answers = await askPython<boolean>(
    `import base64, pickle\ndef answer(case): v = pickle.loads(base64.b64decode(case[0])); return eval(case[1])`,
    cases.map(([value, text]) => [encode(value), text]),
  );
  assertEquals(answers, cases.map(() => true));
});

Deno.test("encodePickle() writes more than 256 objects", () => {
  const items = Array.from({ length: 1000 }, (_, index) => [index]);
  const copy = decodePickle(encodePickle([...items, ...items], "args")) as PythonValue[];
  assertEquals(copy.slice(1000), items);
  assertStrictEquals(copy[999], copy[1999]);
});

Deno.test("encodePickle() looks at each tuple of a key once", () => {
  let pair: unknown[] = tuple(1);
  for (let level = 0; level < 500; level++) pair = tuple(pair, pair); // Else 2 to the power of 500 looks.
  const [copy] = decodePickle(encodePickle(new Set([pair]), "args")) as Set<PythonValue[]>;
  assertStrictEquals(copy?.[0], copy?.[1]);
});
