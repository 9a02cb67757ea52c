/** Proves that `decodePickle()` says what is wrong with a pickle, and at which byte. */
import { assertStrictEquals, assertThrows } from "@std/assert";
import { decodePickle } from "../../../src/wire/pickle/decode_pickle.ts";
import { PickleError } from "../../../src/wire/pickle/pickle_reader.ts";
import { bytesOf } from "./pickles.ts";

const END = "the pickle ends within it";
const EMPTY = "the stack is empty";

const BROKEN: [pickle: string, message: string, offset: number][] = [
  ["", "byte 0: the pickle ends without STOP", 0],
  ["N", "byte 1: the pickle ends without STOP", 1],
  [".", `opcode 0x2e at byte 0: ${EMPTY}`, 0],
  ["N.N", "opcode 0x2e at byte 1: 1 bytes follow the pickle", 1],
  ["N\xff.", "opcode 0xff at byte 1: unknown", 1],
  ["\x80\x06N.", "opcode 0x80 at byte 0: protocol 6, which is newer than 5", 0],
  ["\x80", `opcode 0x80 at byte 0: ${END}`, 0],
  ["\x95\x03\0\0\0\0\0\0\0N.", "opcode 0x95 at byte 0: the pickle ends within its frame", 0],
  ["N\x95\0\0\0\0\0\0\0\x80N.", "opcode 0x95 at byte 1: the pickle ends within its frame", 1],
  // What is not in the pickle
  ["NPabc\n.", "opcode 0x50 at byte 1: a persistent id, of an object that is not in the pickle", 1],
  ["NQ.", "opcode 0x51 at byte 1: a persistent id, of an object that is not in the pickle", 1],
  ["\x82\x01.", "opcode 0x82 at byte 0: a code of Python's extension registry", 0],
  ["\x83\x01\0.", "opcode 0x83 at byte 0: a code of Python's extension registry", 0],
  ["\x84\x01\0\0\0.", "opcode 0x84 at byte 0: a code of Python's extension registry", 0],
  ["\x97.", "opcode 0x97 at byte 0: a buffer that is not in the pickle", 0],
  ["\x98.", "opcode 0x98 at byte 0: a buffer that is not in the pickle", 0],
  // The stack
  ["0.", `opcode 0x30 at byte 0: ${EMPTY}`, 0],
  ["(2.", `opcode 0x32 at byte 1: ${EMPTY}`, 1],
  ["N(\x85.", `opcode 0x85 at byte 2: ${EMPTY}`, 2],
  ["NN\x87.", `opcode 0x87 at byte 2: ${EMPTY}`, 2],
  ["Na.", `opcode 0x61 at byte 1: ${EMPTY}`, 1],
  ["(Na.", `opcode 0x61 at byte 2: ${EMPTY}`, 2],
  ["}(NNs.", `opcode 0x73 at byte 4: ${EMPTY}`, 4],
  ["N(.", `opcode 0x2e at byte 2: ${EMPTY}`, 2],
  ["NR.", `opcode 0x52 at byte 1: ${EMPTY}`, 1],
  ["Nb.", `opcode 0x62 at byte 1: ${EMPTY}`, 1],
  ["(e.", `opcode 0x65 at byte 1: ${EMPTY}`, 1],
  ["(N\x90.", `opcode 0x90 at byte 2: ${EMPTY}`, 2],
  ["N1.", "opcode 0x31 at byte 1: there is no mark", 1],
  ["Nt.", "opcode 0x74 at byte 1: there is no mark", 1],
  ["]Ne.", "opcode 0x65 at byte 2: there is no mark", 2],
  ["(o.", "opcode 0x6f at byte 1: there is no class", 1],
  // The memo
  ["q\0.", `opcode 0x71 at byte 0: ${EMPTY}`, 0],
  ["\x94.", `opcode 0x94 at byte 0: ${EMPTY}`, 0],
  ["h\x01.", "opcode 0x68 at byte 0: nothing is memoized as 1", 0],
  ["Nq\0j\xff\xff\xff\xff.", "opcode 0x6a at byte 3: nothing is memoized as 4294967295", 3],
  ["g-1\n.", "opcode 0x67 at byte 0: no index of the memo", 0],
  ["Np9999999999\n.", "opcode 0x70 at byte 1: no index of the memo", 1],
  // Values
  ["K", `opcode 0x4b at byte 0: ${END}`, 0],
  ["M\0", `opcode 0x4d at byte 0: ${END}`, 0],
  ["J\0\0\0", `opcode 0x4a at byte 0: ${END}`, 0],
  ["G\0\0\0\0\0\0\0", `opcode 0x47 at byte 0: ${END}`, 0],
  ["\x8c\x05abcd", `opcode 0x8c at byte 0: ${END}`, 0],
  ["X\xff\xff\xff\xffa.", `opcode 0x58 at byte 0: ${END}`, 0],
  ["\x8d\xff\xff\xff\xff\xff\xff\xff\xffa.", `opcode 0x8d at byte 0: ${END}`, 0],
  ["\x8e\0\0\0\0\0\0\0\x80a.", `opcode 0x8e at byte 0: ${END}`, 0],
  ["\x96\0\0\0\x80\0\0\0\0a.", `opcode 0x96 at byte 0: ${END}`, 0],
  ["T\xff\xff\xff\xffa.", `opcode 0x54 at byte 0: ${END}`, 0],
  ["\x8b\xff\xff\xff\xffa.", "opcode 0x8b at byte 0: an integer of -1 bytes", 0],
  ["\x8a\x02a", `opcode 0x8a at byte 0: ${END}`, 0],
  ["I1.", `opcode 0x49 at byte 0: ${END}`, 0],
  ["I1x\n.", "opcode 0x49 at byte 0: no integer", 0],
  ["I\n.", "opcode 0x49 at byte 0: no integer", 0],
  ["I0x10\n.", "opcode 0x49 at byte 0: no integer", 0],
  ["L1LL\n.", "opcode 0x4c at byte 0: no integer", 0],
  ["F1.5.\n.", "opcode 0x46 at byte 0: no float", 0],
  ["F\n.", "opcode 0x46 at byte 0: no float", 0],
  ["\x8c\x01\xff.", "opcode 0x8c at byte 0: a text that is not UTF-8", 0],
  ["\x8c\x03\xed\xa0\x00.", "opcode 0x8c at byte 0: a text that is not UTF-8", 0],
  ["\x8c\x04\xed\xa0\x80\xff.", "opcode 0x8c at byte 0: a text that is not UTF-8", 0],
  ["V\\u12\n.", "opcode 0x56 at byte 0: a malformed text", 0],
  ["V\\U00110000\n.", "opcode 0x56 at byte 0: a malformed text", 0],
  ["Sa'\n.", "opcode 0x53 at byte 0: a malformed text", 0],
  ["S'a\\'\n.", "opcode 0x53 at byte 0: a malformed text", 0],
  ["S'\\xg0'\n.", "opcode 0x53 at byte 0: a malformed text", 0],
  // Containers and objects
  ["N(Ne.", "opcode 0x65 at byte 3: it appends to what is no list", 3],
  ["](N\x90.", "opcode 0x90 at byte 3: it adds to what is no set", 3],
  ["](NNu.", "opcode 0x75 at byte 4: it puts items into what is no dict", 4],
  ["}(Nu.", "opcode 0x75 at byte 3: a key without a value", 3],
  ["(Nd.", "opcode 0x64 at byte 2: a key without a value", 2],
  ["cm\nc\n(Ne.", "opcode 0x65 at byte 7: it appends to what is no list", 7],
  ["cm\nc\n}b.", "opcode 0x62 at byte 6: it sets a state on what has none", 6],
  ["]}b.", "opcode 0x62 at byte 2: it sets a state on what has none", 2],
  ["cm\nc\n)R}b}b.", "opcode 0x62 at byte 10: it sets a state a second time", 10],
  ["N)R.", "opcode 0x52 at byte 2: it calls what is no function", 2],
  ["cm\nc\nNR.", "opcode 0x52 at byte 6: it calls with what is no tuple", 6],
  ["N)\x81.", "opcode 0x81 at byte 2: it makes an instance of what is no class", 2],
  ["cm\nc\nN\x81.", "opcode 0x81 at byte 6: it makes an instance with what is no tuple", 6],
  ["cm\nc\n)N\x92.", "opcode 0x92 at byte 7: its keyword arguments are no dict of texts", 7],
  ["NN\x93.", "opcode 0x93 at byte 2: a name that is no text", 2],
  ["cm\n.", `opcode 0x63 at byte 0: ${END}`, 0],
  ["c\xff\nc\n.", "opcode 0x63 at byte 0: a name that is not UTF-8", 0],
];

Deno.test("decodePickle() says why a pickle is none, and where", () => {
  for (const [pickle, message, offset] of BROKEN) {
    const told = JSON.stringify(pickle);
    const error = assertThrows(() => decodePickle(bytesOf(pickle)), PickleError);
    assertStrictEquals(error.message, `Cannot read a pickle: ${message}`, told);
    assertStrictEquals(error.offset, offset, told);
  }
});
