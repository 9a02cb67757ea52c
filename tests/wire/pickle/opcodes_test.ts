/** Proves what `decodePickle()` makes of each opcode. */
import { assertEquals, assertStrictEquals } from "@std/assert";
import { PythonObject, type PythonObjectInit } from "../../../src/wire/values/python_object.ts";
import { PythonScalar } from "../../../src/wire/values/python_scalar.ts";
import { asPythonType, frozenset, tuple } from "../../../src/wire/values/python_type.ts";
import type { PythonValue } from "../../../src/wire/values/python_value.ts";
import { bytesOf, read, typesIn } from "./pickles.ts";

const object = (init: Partial<PythonObjectInit>) => new PythonObject({ module: "m", name: "c", ...init });

/** Each opcode's own case: a pickle, with a character for each byte, and its value. */
const OPCODES: [opcode: string, pickle: string, expected: PythonValue][] = [
  ["MARK (", "(1N.", null],
  ["STOP .", "N.", null],
  ["POP 0", "NI1\n0.", null],
  ["POP 0 of a mark", "N(0.", null],
  ["POP_MARK 1", "N(NN1.", null],
  ["DUP 2", "]2a0(lp0\n.", []],
  ["FLOAT F", "(F1.5\nF-inf\nFnan\nF1e+100\nF.5\nl.", [1.5, -Infinity, NaN, 1e100, 0.5]],
  ["INT I", "(I01\nI00\nI1\nI-20\nI9007199254740992\nl.", [true, false, 1, -20, 2n ** 53n]],
  ["BININT J", "J\xff\xff\xff\xff.", -1],
  ["BININT1 K", "K\xff.", 255],
  ["LONG L", "(L5L\nL-0L\nL9007199254740992L\nL7\nl.", [5, 0, 2n ** 53n, 7]],
  ["BININT2 M", "M\x01\x02.", 513],
  ["NONE N", "N.", null],
  ["REDUCE R", "cm\nc\n(K\x01tR.", object({ args: tuple(1) })],
  ["STRING S", "(S'a\\'\\n\\x41\\101\\\\\\xff\\q'\nS\"b'\"\nl.", ["a'\nAA\\\xff\\q", "b'"]],
  ["BINSTRING T", "T\x02\0\0\0a\xff.", "a\xff"],
  ["SHORT_BINSTRING U", "U\x02a\xff.", "a\xff"],
  ["UNICODE V", "Va\xe9\\u20ac\\U0001f600\\x\\\\u0041\n.", "aé€😀\\x\\\\u0041"],
  ["BINUNICODE X", "X\x03\0\0\0\xe2\x82\xac.", "€"],
  ["APPEND a", "]K\x01aK\x02a.", [1, 2]],
  ["BUILD b", "cm\nc\n)R}b.", object({ args: tuple(), state: {} })],
  ["GLOBAL c", "cm\nc.d\n.", object({ name: "c.d" })],
  ["DICT d", "(Va\nK\x01Vb\nK\x02d.", { a: 1, b: 2 }],
  ["EMPTY_DICT }", "}.", {}],
  ["APPENDS e", "](K\x01K\x02e(e.", [1, 2]],
  ["GET g", "Va\np12\ng12\n\x86.", tuple("a", "a")],
  ["BINGET h", "Va\nq\x0ch\x0c\x86.", tuple("a", "a")],
  ["INST i", "(K\x01im\nc\n.", object({ args: tuple(1) })],
  ["INST i without arguments", "(im\nc\n.", object({ args: tuple(), isNew: true })],
  ["LONG_BINGET j", "Va\nr\x01\x02\x03\xf0j\x01\x02\x03\xf0\x86.", tuple("a", "a")],
  ["LIST l", "(K\x01l.", [1]],
  ["EMPTY_LIST ]", "].", []],
  ["OBJ o", "(cm\nc\nK\x01o.", object({ args: tuple(1) })],
  ["OBJ o without arguments", "(cm\nc\no.", object({ args: tuple(), isNew: true })],
  ["PUT p", "Np0\n.", null],
  ["BINPUT q", "Nq\0.", null],
  ["LONG_BINPUT r", "Nr\0\0\0\0.", null],
  ["SETITEM s", "}Va\nK\x01s.", { a: 1 }],
  ["TUPLE t", "(K\x01K\x02K\x03K\x04t.", tuple(1, 2, 3, 4)],
  ["EMPTY_TUPLE )", ").", tuple()],
  ["SETITEMS u", "}(Va\nK\x01u(u.", { a: 1 }],
  ["BINFLOAT G", "G\xbf\xf8\0\0\0\0\0\0.", -1.5],
  ["PROTO \x80", "\x80\x05N.", null],
  ["NEWOBJ \x81", "cm\nc\n)\x81.", object({ args: tuple(), isNew: true })],
  ["TUPLE1 \x85", "N\x85.", tuple(null)],
  ["TUPLE2 \x86", "NN\x86.", tuple(null, null)],
  ["TUPLE3 \x87", "NNN\x87.", tuple(null, null, null)],
  ["NEWTRUE \x88", "\x88.", true],
  ["NEWFALSE \x89", "\x89.", false],
  ["LONG1 \x8a", "(\x8a\0\x8a\x01\xff\x8a\x07\0\0\0\0\0\0\x80\x8a\x06\xff\xff\xff\xff\xff\xffl.", [
    0,
    -1,
    -(2n ** 55n),
    -1,
  ]],
  ["LONG4 \x8b", "\x8b\x09\0\0\0\0\0\0\0\0\0\0\0\x01.", 2n ** 64n],
  ["BINBYTES B", "B\x02\0\0\0a\xff.", bytesOf("a\xff")],
  ["SHORT_BINBYTES C", "C\x02a\xff.", bytesOf("a\xff")],
  ["SHORT_BINUNICODE \x8c", "\x8c\x03\xe2\x82\xac.", "€"],
  ["BINUNICODE8 \x8d", "\x8d\x01\0\0\0\0\0\0\0a.", "a"],
  ["BINBYTES8 \x8e", "\x8e\x01\0\0\0\0\0\0\0a.", bytesOf("a")],
  ["EMPTY_SET \x8f", "\x8f.", new Set()],
  ["ADDITEMS \x90", "\x8f(K\x01K\x01K\x02\x90.", new Set([1, 2])],
  ["FROZENSET \x91", "(K\x01\x91.", frozenset([1])],
  ["NEWOBJ_EX \x92", "cm\nc\n)}Va\nK\x01s\x92.", object({ args: tuple(), kwargs: { a: 1 }, isNew: true })],
  ["STACK_GLOBAL \x93", "Vm\nVc\n\x93.", object({})],
  ["MEMOIZE \x94", "N\x94Va\n\x94h\x01.", "a"],
  ["FRAME \x95", "\x95\x02\0\0\0\0\0\0\0N.", null],
  ["BYTEARRAY8 \x96", "\x96\x01\0\0\0\0\0\0\0a.", asPythonType(bytesOf("a"), "bytearray")],
];

Deno.test("decodePickle() carries out each opcode", () => {
  for (const [opcode, pickle, expected] of OPCODES) {
    assertEquals(read(pickle), expected, opcode);
    assertEquals(typesIn(read(pickle)), typesIn(expected), opcode);
  }
  // The rest of the 68 stand for what is not in the pickle: two ids, three codes and two buffers.
  assertStrictEquals(new Set(OPCODES.map(([opcode]) => opcode.split(" ")[0])).size, 68 - 7);
});

/** Forms that Python 2, other tools or `copyreg` write. */
const FORMS: [what: string, pickle: string, expected: PythonValue][] = [
  ["names of Python 2", "c__builtin__\nunicode\n.", new PythonObject({ module: "builtins", name: "str" })],
  [
    "names of Python 2 in protocol 4",
    "\x80\x04c__builtin__\nset\n](N\x65\x85R.",
    new PythonObject({
      module: "__builtin__",
      name: "set",
      args: tuple<PythonValue[]>([null]),
    }),
  ],
  [
    "an exception of Python 2",
    "cexceptions\nValueError\n(S'x'\ntR.",
    new PythonObject({
      module: "builtins",
      name: "ValueError",
      args: tuple("x"),
    }),
  ],
  [
    "an OrderedDict of Python 2",
    "ccollections\nOrderedDict\n((lp0\n(S'a'\nK\x01lap1\ntR.",
    asPythonType(
      { a: 1 },
      "collections.OrderedDict",
    ),
  ],
  [
    "a date of Python 2",
    "cdatetime\ndate\n(S'\\x07\\xea\\x01\\x1f'\ntR.",
    new PythonScalar("datetime.date", "2026-01-31"),
  ],
  ["copyreg.__newobj__", "ccopyreg\n__newobj__\n(cm\nc\nK\x01tR.", object({ args: tuple(1), isNew: true })],
  [
    "copyreg.__newobj_ex__",
    "ccopyreg\n__newobj_ex__\n(cm\nc\n)}Va\nNstR.",
    object({
      args: tuple(),
      kwargs: { a: null },
      isNew: true,
    }),
  ],
  [
    "a call of what a call makes",
    "cm\nc\n)R(K\x01tR.",
    new PythonObject({
      module: "operator",
      name: "call",
      args: [object({ args: tuple() }), 1],
    }),
  ],
  [
    "an instance of what a call makes",
    "cm\nc\n)R(K\x01t\x81.",
    new PythonObject({
      module: "copyreg",
      name: "__newobj__",
      args: [object({ args: tuple() }), 1],
    }),
  ],
  ["a part of a class", "c__builtin__\ngetattr\n(cm\nc\nVd\ntR.", object({ name: "c.d" })],
  [
    "a part of another",
    "c__builtin__\ngetattr\n(NVd\ntR.",
    new PythonObject({
      module: "builtins",
      name: "getattr",
      args: tuple(null, "d"),
    }),
  ],
  [
    "a path of Python 3.13",
    "cpathlib._local\nPosixPath\n(V/\nVa\ntR.",
    new PythonScalar("pathlib.PosixPath", "/a"),
  ],
  [
    "a fraction of Python 3.12",
    "cfractions\nFraction\n(J\xff\xff\xff\xffK\x03tR.",
    new PythonScalar("fractions.Fraction", "-1/3"),
  ],
  [
    "a date out of range",
    "cdatetime\ndate\n(S'\\x07\\xea\\x0d\\x1f'\ntR.",
    new PythonObject({
      module: "datetime",
      name: "date",
      args: tuple("\x07\xea\x0d\x1f"),
    }),
  ],
  [
    "a number that is no Decimal",
    "cdecimal\nDecimal\n(V1x\ntR.",
    new PythonObject({
      module: "decimal",
      name: "Decimal",
      args: tuple("1x"),
    }),
  ],
  [
    "a member of Enum by its name",
    "c__builtin__\ngetattr\n(cm\nColor\nVRED\ntR.",
    object({ name: "Color.RED" }),
  ],
];

Deno.test("decodePickle() reads other ways to write the same", () => {
  for (const [what, pickle, expected] of FORMS) {
    assertEquals(read(pickle), expected, what);
    assertEquals(typesIn(read(pickle)), typesIn(expected), what);
  }
});
