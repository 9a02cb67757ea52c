/** Proves that `decodePickle()` refuses at once what would take too much memory or time, and nothing less. */
import { assertStrictEquals, assertThrows } from "@std/assert";
import { decodePickle } from "../../../src/wire/pickle/decode_pickle.ts";
import type { PickleLimits } from "../../../src/wire/pickle/limits.ts";
import { PickleError } from "../../../src/wire/pickle/pickle_reader.ts";
import { bytesOf } from "./pickles.ts";

const MANY = 200_000;
const MEGABYTE = { maxMemoryBytes: 2 ** 20 };
const SOME = { maxMemoryBytes: 2 ** 24 };
const TOO_LARGE: [what: string, pickle: string, limits: Partial<PickleLimits>, message: string][] = [
  ["a long pickle", "NN.", { maxBytes: 2 }, "it has 3 bytes, and the limit is 2"],
  ["digits", `I${"1".repeat(4302)}\n.`, {}, "no integer"],
  ["digits of a long", `L${"1".repeat(MANY)}L\n.`, {}, "no integer"],
  ["digits of a float", `F${"1".repeat(MANY)}\n.`, {}, "no float"],
  ["an integer", "\x8b\x01\0\x10\0" + "a".repeat(2 ** 20 + 1) + ".", {}, "an integer of 1048577 bytes"],
  [
    "lists in lists",
    "]".repeat(MANY) + "a".repeat(MANY - 1) + ".",
    {},
    "it is nested deeper than 1000 levels",
  ],
  ["tuples in tuples", ")" + "\x85".repeat(MANY) + ".", {}, "it is nested deeper than 1000 levels"],
  [
    "dicts in dicts",
    "}K\0".repeat(1000) + "}" + "s".repeat(1000) + ".",
    {},
    "it is nested deeper than 1000 levels",
  ],
  [
    "lists of the memo",
    "]q\0" + "]q\x01h\0aq\0".repeat(1001) + ".",
    {},
    "it is nested deeper than 1000 levels",
  ],
  [
    "states",
    "cm\nc\nq\0" + "h\0)R".repeat(1001) + "b".repeat(1000) + ".",
    {},
    "it is nested deeper than 1000 levels",
  ],
  ["three levels", ")\x85\x85\x85.", { maxDepth: 3 }, "it is nested deeper than 3 levels"],
  ["sets", "\x8f".repeat(MANY) + ".", MEGABYTE, "its values take more than 1048576 bytes"],
  ["a stack", "N".repeat(MANY) + ".", MEGABYTE, "its values take more than 1048576 bytes"],
  ["marks", "(".repeat(MANY) + ".", MEGABYTE, "its values take more than 1048576 bytes"],
  ["a memo", "N" + "\x94".repeat(MANY) + ".", { maxMemoEntries: 1000 }, "it memoizes more than 1000 values"],
  [
    "a memo of indexes far out",
    "N" + Array.from({ length: MANY }, (_, index) => `p${4000 * index}\n`).join("") + ".",
    MEGABYTE,
    "its values take more than 1048576 bytes",
  ],
  ["empty bytes", "(" + "C\0".repeat(MANY) + "t.", MEGABYTE, "its values take more than 1048576 bytes"],
  ["lists of one item", "]Na".repeat(MANY) + ".", MEGABYTE, "its values take more than 1048576 bytes"],
  ["texts", "(" + "\x8c\x03abc".repeat(MANY) + "t.", MEGABYTE, "its values take more than 1048576 bytes"],
  ["floats", "(" + "G\0\0\0\0\0\0\0\0".repeat(MANY) + "t.", MEGABYTE, "its values take more than 1048576"],
  [
    "copies of a list",
    "c__builtin__\nset\nq\0(" + "N".repeat(MANY) + "lq\x01" + "h\0h\x01\x85R".repeat(MANY) + ".",
    SOME,
    "its values take more than 16777216 bytes",
  ],
  [
    "copies of a dict",
    "ccollections\nCounter\nq\0(" + Array.from({ length: 9999 }, (_, index) => `V${index}\nN`).join("") +
    "dq\x01" +
    "h\0h\x01\x85R".repeat(MANY) + ".",
    SOME,
    "its values take more than 16777216 bytes",
  ],
  [
    "a path of the same part",
    "cpathlib\nPosixPath\n(V" + "a".repeat(MANY) + "\nq\0" + "h\0".repeat(MANY) + "tR.",
    SOME,
    "its values take more than 16777216 bytes",
  ],
  [
    "names of the same text",
    "V" + "a".repeat(MANY) + "\nq\0" + "h\0h\0\x93".repeat(MANY) + ".",
    SOME,
    "its values take more than 16777216 bytes",
  ],
  // What is not wrong, but would take hours if it were done anew each time.
  [
    "the digits of a fraction's large numerator",
    "cfractions\nFraction\nq\0\x8b\0\0\x10\0" + "\x7f".repeat(2 ** 20) + "q\x010(" +
    "h\0h\x01K\x03\x86R".repeat(MANY) + ".",
    SOME,
    "its values take more than 16777216 bytes",
  ],
  [
    "many keyword arguments",
    "}(" + Array.from({ length: 20_000 }, (_, index) => `V${index}\nN`).join("") + "uq\0cm\nc\nq\x01)q\x02(" +
    "h\x01h\x02h\0\x92".repeat(MANY) + ".",
    SOME,
    "its values take more than 16777216 bytes",
  ],
];

Deno.test("decodePickle() refuses a pickle that takes more than the limits", () => {
  for (const [what, pickle, limits, message] of TOO_LARGE) {
    const bytes = bytesOf(pickle);
    const error = assertThrows(() => decodePickle(bytes, limits), PickleError, message);
    assertStrictEquals(error.message.length < 200, true, what);
  }
});

Deno.test("decodePickle() takes what is within the limits", () => {
  const fine: [pickle: string, limits?: Partial<PickleLimits>][] = [
    [`I${"1".repeat(4300)}\n.`],
    ["]".repeat(1000) + "a".repeat(999) + "."],
    [")\x85\x85.", { maxDepth: 3 }],
    // Two to the power of 999 values, if all were different ones.
    [")" + "2\x86".repeat(999) + "."],
    ["Nr\xff\xff\xff\xffr\0\0\0\x800j\0\0\0\x80."],
    ["(" + "N(0".repeat(MANY) + "t."],
    ["(" + "(".repeat(MANY) + "1".repeat(MANY) + "t."],
    ["]" + "(Ne".repeat(MANY) + "."],
    ["}" + "(d0".repeat(MANY) + "."],
    ["cpathlib\nPosixPath\n(" + "\x8c\x01a".repeat(MANY) + "tR."],
    ["(" + "\x8c\x03\xed\xa0\x80".repeat(MANY) + "t."],
    ["\x8d\0\x35\x0c\0\0\0\0\0" + "\xed\xa0\x80a".repeat(MANY) + "."],
  ];
  for (const [pickle, limits] of fine) decodePickle(bytesOf(pickle), limits);
});
