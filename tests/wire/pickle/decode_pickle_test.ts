/** Proves that `decodePickle()` reads what Python pickles, in each protocol. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { decodePickle } from "../../../src/wire/pickle/decode_pickle.ts";
import { PythonComplex } from "../../../src/wire/values/python_complex.ts";
import { PythonObject, type PythonObjectInit } from "../../../src/wire/values/python_object.ts";
import { PythonRange } from "../../../src/wire/values/python_range.ts";
import { PythonScalar, type PythonScalarType } from "../../../src/wire/values/python_scalar.ts";
import { asPythonType, frozenset, tuple } from "../../../src/wire/values/python_type.ts";
import type { PythonValue } from "../../../src/wire/values/python_value.ts";
import { askPython } from "../../support/python.ts";
import { anyValue, normalize, PYTHON_TAG, tag } from "../python_values.ts";
import { bytesOf, fromBase64, pickled, typesIn } from "./pickles.ts";

Deno.test("decodePickle() reads random values of all protocols as the same value", async () => {
  const values = fc.sample(anyValue, 1200);
  const pickles = await askPython<string>(
    `import base64, pickle\n${PYTHON_TAG}
def answer(case): return base64.b64encode(pickle.dumps(untag(case[1]), case[0])).decode()`,
    values.map((value, index) => [index % 6, tag(value)]),
  );
  pickles.forEach((pickle, index) => {
    const expected = normalize(values[index] as PythonValue);
    assertEquals(decodePickle(fromBase64(pickle)), expected, `${index % 6}: ${pickle}`);
  });
});

const scalar = (type: string, text: string) => new PythonScalar(type as PythonScalarType, text);
const object = (name: string, init: Partial<PythonObjectInit> = {}) =>
  new PythonObject({ module: "example", name, ...init });
const datetime = (text: string) => scalar("datetime.datetime", text);
const timedelta = (text: string) => scalar("datetime.timedelta", text);

const VALUES: [expression: string, expected: PythonValue][] = [
  ["None", null],
  ["[True, False]", [true, false]],
  ["[0, 255, 256, 65535, 65536, -1, 2**31, -2**31-1]", [
    0,
    255,
    256,
    65535,
    65536,
    -1,
    2 ** 31,
    -(2 ** 31) - 1,
  ]],
  ["[2**53-1, 2**53, -2**53+1, -2**53]", [2 ** 53 - 1, 2n ** 53n, -(2 ** 53) + 1, -(2n ** 53n)]],
  ["[2**63, -2**63, 2**64, -2**2050, 10**4000]", [
    2n ** 63n,
    -(2n ** 63n),
    2n ** 64n,
    -(2n ** 2050n),
    10n ** 4000n,
  ]],
  ["[0.0, -0.0, 1.5, 1e400, -1e400, 1e-320]", [0, -0, 1.5, Infinity, -Infinity, 1e-320]],
  ["float('nan')", NaN],
  ["['', 'a', 'é', '😀', '\\ud800', 'a\\udfff', '\\ufeffx', 'a\\\\u0041\\n\\r\\0\\x1a']", [
    "",
    "a",
    "é",
    "😀",
    "\ud800",
    "a\udfff",
    "\ufeffx",
    "a\\u0041\n\r\0\x1a",
  ]],
  ["'x' * 300 + 'é' * 70000", "x".repeat(300) + "é".repeat(70000)],
  ["[b'', b'ab', b'\\xff\\x00\\x80', b'x' * 300]", [
    new Uint8Array(),
    bytesOf("ab"),
    bytesOf("\xff\0\x80"),
    bytesOf("x".repeat(300)),
  ]],
  ["[bytearray(), bytearray(b'ab\\xff')]", [
    asPythonType(new Uint8Array(), "bytearray"),
    asPythonType(bytesOf("ab\xff"), "bytearray"),
  ]],
  ["[[], [1], [1, [2]], list(range(2500))]", [
    [],
    [1],
    [1, [2]],
    Array.from({ length: 2500 }, (_, index) => index),
  ]],
  ["[(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, ('a', []))]", [
    tuple(),
    tuple(1),
    tuple(1, 2),
    tuple(1, 2, 3),
    tuple(1, 2, 3, tuple<PythonValue[]>("a", [])),
  ]],
  ["[{}, {'a': 1}, {1: 'a'}, {'a': 1, None: 2, (1, 2): 3}]", [
    {},
    { a: 1 },
    new Map([[1, "a"]]),
    new Map<PythonValue, PythonValue>([["a", 1], [null, 2], [tuple(1, 2), 3]]),
  ]],
  [
    "{**{str(i): i for i in range(2000)}, 1: 1}",
    new Map<PythonValue, PythonValue>([
      ...Array.from({ length: 2000 }, (_, index): [string, number] => [String(index), index]),
      [1, 1],
    ]),
  ],
  ["[set(), {1}, frozenset(), frozenset(['a'])]", [new Set(), new Set([1]), frozenset([]), frozenset(["a"])]],
  ["{frozenset([1]), (1, 2)}", new Set<PythonValue>([frozenset([1]), tuple(1, 2)])],
  ["[1+2j, complex('-0-infj')]", [new PythonComplex(1, 2), new PythonComplex(-0, -Infinity)]],
  ["[range(3), range(0, -2**70, -5)]", [new PythonRange(0, 3), new PythonRange(0, -(2n ** 70n), -5)]],
  ["[decimal.Decimal('-1.50'), decimal.Decimal('sNaN12'), decimal.Decimal('1E+999999')]", [
    scalar("decimal.Decimal", "-1.50"),
    scalar("decimal.Decimal", "sNaN12"),
    scalar("decimal.Decimal", "1E+999999"),
  ]],
  ["[fractions.Fraction(-1, 3), fractions.Fraction(2)]", [
    scalar("fractions.Fraction", "-1/3"),
    scalar("fractions.Fraction", "2"),
  ]],
  ["[uuid.UUID(int=1), uuid.UUID('ffffffff-ffff-ffff-ffff-ffffffffffff', is_safe=uuid.SafeUUID.safe)]", [
    scalar("uuid.UUID", "00000000-0000-0000-0000-000000000001"),
    scalar("uuid.UUID", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
  ]],
  ["[datetime.date(1, 1, 1), datetime.date(9999, 12, 31)]", [
    scalar("datetime.date", "0001-01-01"),
    scalar("datetime.date", "9999-12-31"),
  ]],
  ["[datetime.time(0), datetime.time(23, 59, 59, 1, timezone(timedelta(hours=1)))]", [
    scalar("datetime.time", "00:00:00"),
    scalar("datetime.time", "23:59:59.000001+01:00"),
  ]],
  ["[datetime.datetime(2026, 1, 31, 12), datetime.datetime(2026, 1, 31, 12, 1, 2, 999999, timezone.utc)]", [
    datetime("2026-01-31T12:00:00"),
    datetime("2026-01-31T12:01:02.999999+00:00"),
  ]],
  [
    "[datetime.datetime(2026, 1, 1, tzinfo=timezone(o, 'X')) for o in (timedelta(hours=-5, minutes=-30), timedelta(seconds=1), timedelta(hours=-23, seconds=-59, microseconds=-1), timedelta(hours=23, minutes=59))]",
    [
      datetime("2026-01-01T00:00:00-05:30"),
      datetime("2026-01-01T00:00:00+00:00:01"),
      datetime("2026-01-01T00:00:00-23:00:59.000001"),
      datetime("2026-01-01T00:00:00+23:59"),
    ],
  ],
  [
    "datetime.datetime(2026, 7, 1, tzinfo=zoneinfo.ZoneInfo('Europe/Paris'))",
    datetime("2026-07-01T00:00:00[Europe/Paris]"),
  ],
  [
    "[timedelta(0), timedelta(1), timedelta(1, 3600, 500000), timedelta(seconds=-5), timedelta(microseconds=-1), timedelta(-2), timedelta.max, timedelta.min]",
    [
      timedelta("PT0S"),
      timedelta("P1D"),
      timedelta("P1DT3600.5S"),
      timedelta("-PT5S"),
      timedelta("-PT0.000001S"),
      timedelta("-P2D"),
      timedelta("P999999999DT86399.999999S"),
      timedelta("-P999999999D"),
    ],
  ],
  [
    "timezone.utc",
    new PythonObject({ module: "datetime", name: "timezone", args: tuple(timedelta("PT0S")) }),
  ],
  ["[collections.OrderedDict(a=1), collections.OrderedDict([(1, 2)])]", [
    asPythonType({ a: 1 }, "collections.OrderedDict"),
    asPythonType(new Map([[1, 2]]), "collections.OrderedDict"),
  ]],
  ["[collections.Counter('aab'), collections.Counter([1])]", [
    asPythonType({ a: 2, b: 1 }, "collections.Counter"),
    asPythonType(new Map([[1, 1]]), "collections.Counter"),
  ]],
  ["[collections.defaultdict(list, a=[1]), collections.defaultdict(None, {1: 2})]", [
    asPythonType({ a: [1] }, "collections.defaultdict"),
    asPythonType(new Map([[1, 2]]), "collections.defaultdict"),
  ]],
  [
    "[pathlib.PosixPath('/a/b c'), pathlib.PurePosixPath('a/b'), pathlib.PosixPath('.'), pathlib.PosixPath('/')]",
    [
      scalar("pathlib.PosixPath", "/a/b c"),
      scalar("pathlib.PurePosixPath", "a/b"),
      scalar("pathlib.PosixPath", "."),
      scalar("pathlib.PosixPath", "/"),
    ],
  ],
  ["[pathlib.PureWindowsPath(p) for p in ('C:/a/b', 'c:a', '//host/share/a', 'a/b', '/a')]", [
    scalar("pathlib.PureWindowsPath", "C:\\a\\b"),
    scalar("pathlib.PureWindowsPath", "c:a"),
    scalar("pathlib.PureWindowsPath", "\\\\host\\share\\a"),
    scalar("pathlib.PureWindowsPath", "a\\b"),
    scalar("pathlib.PureWindowsPath", "\\a"),
  ]],
  ["KeyError('k')", new PythonObject({ module: "builtins", name: "KeyError", args: tuple("k") })],
  ["Failure(1, 2)", object("Failure", { args: tuple(1, 2) })],
  ["Color.RED", object("Color", { args: tuple(1) })],
  ["Plain(a=1, b=[2])", object("Plain", { args: tuple(), isNew: true, state: { a: 1, b: [2] } })],
  ["Stateful()", object("Stateful", { args: tuple(), isNew: true, state: [1, 2] })],
  ["[Plain, Outer.Inner, len]", [
    object("Plain"),
    object("Outer.Inner"),
    new PythonObject({ module: "builtins", name: "len" }),
  ]],
  ["slice(1, None, 2)", new PythonObject({ module: "builtins", name: "slice", args: tuple(1, null, 2) })],
  [
    "collections.deque([1, 2], 5)",
    new PythonObject({
      module: "collections",
      name: "deque",
      args: tuple(tuple(), 5),
      items: [1, 2],
    }),
  ],
];

/** What protocols before 2 tell as calls of `copyreg._reconstructor`, or cannot tell. */
const VALUES_FROM_2: typeof VALUES = [
  ["Point(1, 'y')", object("Point", { args: tuple(1, "y"), isNew: true })],
  ["Numbers([1, 2])", object("Numbers", { args: tuple(), isNew: true, items: [1, 2] })],
  ["Table({1: 2})", object("Table", { args: tuple(), isNew: true, entries: [[1, 2]] })],
  ["Slots()", object("Slots", { args: tuple(), isNew: true, state: tuple({ b: 2 }, { a: 1 }) })],
];
/** What protocols before 4 tell as calls of `functools.partial`, or cannot tell. */
const VALUES_FROM_4: typeof VALUES = [
  ["Keywords()", object("Keywords", { args: tuple(1), kwargs: { k: 2 }, isNew: true })],
  [
    "datetime.datetime(2026, 10, 25, 2, fold=1)",
    new PythonObject({
      module: "datetime",
      name: "datetime",
      args: tuple(bytesOf("\x07\xea\x8a\x19\x02\0\0\0\0\0")),
    }),
  ],
];

Deno.test("decodePickle() reads what Python pickles, in each protocol", async () => {
  for (const [table, first] of [[VALUES, 0], [VALUES_FROM_2, 2], [VALUES_FROM_4, 4]] as const) {
    const protocols = await pickled(table.map(([expression]) => expression), first);
    protocols.forEach((pickles, index) => {
      table.forEach(([expression, expected], at) => {
        const value = decodePickle(pickles[at] as Uint8Array);
        const told = `${expression.slice(0, 80)}, protocol ${first + index}`;
        assertEquals(value, expected, told);
        assertEquals(typesIn(value), typesIn(expected), told);
      });
    });
  }
});
