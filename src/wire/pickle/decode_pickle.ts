import { asPythonType } from "../values/python_type.ts";
import type { PythonValue } from "../values/python_value.ts";
import { isDeeper } from "./is_deeper.ts";
import { replaceValues } from "./replace_values.ts";
import { PICKLE_LIMITS, type PickleLimits } from "./limits.ts";
import { PickleMachine } from "./pickle_machine.ts";
import { decodeInteger, decodeQuoted, decodeRawUnicode, parseFloatText, parseInteger } from "./numbers.ts";
import { runObject } from "./run_object.ts";

/** The newest protocol, of Python 3.8 and later. */
const MAX_PROTOCOL = 5;

/**
 * Reads a Python pickle of any protocol. Nothing is imported or called: what is no value of a known type becomes a
 * {@linkcode PythonObject}, which tells what Python would make it of.
 *
 * Texts of Python 2, which may be bytes in truth, are read as Latin-1.
 *
 * @throws {PickleError} If it is no pickle, or takes more than the limits allow.
 */
export function decodePickle(bytes: Uint8Array, limits?: Partial<PickleLimits>): PythonValue {
  const machine = new PickleMachine(
    bytes,
    { ...PICKLE_LIMITS, ...limits },
  );
  run(machine);
  let value = machine.pop();
  if (machine.at < bytes.length) machine.fail(`${bytes.length - machine.at} bytes follow the pickle`);
  // Where nothing else refers to what is replaced, its place on the stack has been enough.
  if (machine.isReplacedInside && machine.replaced) value = replaceValues(value, machine.replaced);
  const { maxDepth } = machine.limits;
  if (machine.objects > maxDepth && isDeeper(value, maxDepth, (part) => machine.isShared(part))) {
    machine.fail(`it is nested deeper than ${maxDepth} levels`);
  }
  return value;
}

/** Carries out the opcodes up to STOP. The cases are literals, so that the runtime makes a table of jumps of them. */
function run(machine: PickleMachine): void {
  const { bytes } = machine;
  const end = bytes.length;
  for (;;) {
    machine.opcodeAt = machine.at;
    if (machine.at >= end) machine.fail("the pickle ends without STOP");
    const opcode = bytes[machine.at++] as number;
    switch (opcode) {
      case 0x2e: // STOP
        return;
      case 0x80: { // PROTO
        const protocol = machine.uint8();
        if (protocol > MAX_PROTOCOL) {
          machine.fail(`protocol ${protocol}, which is newer than ${MAX_PROTOCOL}`);
        }
        machine.protocol = protocol;
        break;
      }
      case 0x95: // FRAME
        if (machine.uint64() > end - machine.at) machine.fail("the pickle ends within its frame");
        break;

      // The stack and the memo
      case 0x28: // MARK
        machine.mark();
        break;
      case 0x30: // POP
        machine.drop();
        break;
      case 0x31: // POP_MARK
        machine.top = machine.popMark();
        break;
      case 0x32: // DUP
        machine.duplicate();
        break;
      case 0x94: // MEMOIZE
        machine.memoize();
        break;
      case 0x71: // BINPUT
        machine.put(machine.uint8());
        break;
      case 0x72: // LONG_BINPUT
        machine.put(machine.uint32());
        break;
      case 0x70: // PUT
        machine.put(machine.memoIndex());
        break;
      case 0x68: // BINGET
        machine.get(machine.uint8());
        break;
      case 0x6a: // LONG_BINGET
        machine.get(machine.uint32());
        break;
      case 0x67: // GET
        machine.get(machine.memoIndex());
        break;

      // Numbers and constants
      case 0x4e: // NONE
        machine.push(null);
        break;
      case 0x88: // NEWTRUE
        machine.push(true);
        break;
      case 0x89: // NEWFALSE
        machine.push(false);
        break;
      case 0x4b: // BININT1
        machine.push(machine.uint8());
        break;
      case 0x4d: // BININT2
        machine.push(machine.uint16());
        break;
      case 0x4a: // BININT
        machine.push(machine.int32());
        break;
      case 0x47: // BINFLOAT
        machine.push(machine.float64());
        break;
      case 0x8a: // LONG1
        pushInteger(machine, machine.uint8());
        break;
      case 0x8b: // LONG4
        pushInteger(machine, machine.int32());
        break;
      case 0x49: { // INT
        const line = machine.line();
        // Protocols before 2 tell booleans by their digits.
        if (line === "00" || line === "01") machine.push(line === "01");
        else machine.push(parseInteger(line) ?? machine.fail("no integer"));
        break;
      }
      case 0x4c: // LONG
        machine.push(parseInteger(machine.line().replace(/L$/, "")) ?? machine.fail("no integer"));
        break;
      case 0x46: // FLOAT
        machine.push(parseFloatText(machine.line()) ?? machine.fail("no float"));
        break;

      // Texts and bytes
      case 0x8c: // SHORT_BINUNICODE
        machine.push(machine.text(machine.uint8()));
        break;
      case 0x58: // BINUNICODE
        machine.push(machine.text(machine.uint32()));
        break;
      case 0x8d: // BINUNICODE8
        machine.push(machine.text(machine.uint64()));
        break;
      case 0x56: // UNICODE
        machine.push(decodeRawUnicode(machine.line()) ?? machine.fail("a malformed text"));
        break;
      case 0x55: // SHORT_BINSTRING
        machine.push(machine.latin1(machine.uint8()));
        break;
      case 0x54: // BINSTRING
        machine.push(machine.latin1(machine.int32()));
        break;
      case 0x53: // STRING
        machine.push(decodeQuoted(machine.line()) ?? machine.fail("a malformed text"));
        break;
      case 0x43: // SHORT_BINBYTES
        machine.push(machine.copy(machine.uint8()));
        break;
      case 0x42: // BINBYTES
        machine.push(machine.copy(machine.uint32()));
        break;
      case 0x8e: // BINBYTES8
        machine.push(machine.copy(machine.uint64()));
        break;
      case 0x96: // BYTEARRAY8
        machine.push(asPythonType(machine.copy(machine.uint64()), "bytearray"));
        break;

      // Tuples, lists, dicts and sets
      case 0x29: // EMPTY_TUPLE
        machine.pushTuple(0);
        break;
      case 0x85: // TUPLE1
        machine.pushTuple(1);
        break;
      case 0x86: // TUPLE2
        machine.pushTuple(2);
        break;
      case 0x87: // TUPLE3
        machine.pushTuple(3);
        break;
      case 0x74: { // TUPLE
        const start = machine.popMark();
        machine.pushTuple(machine.top - start);
        break;
      }
      case 0x5d: // EMPTY_LIST
        machine.spend(64);
        machine.push([]);
        break;
      case 0x6c: // LIST
        machine.push(machine.popItems());
        break;
      case 0x61: // APPEND
        machine.append(machine.below(1));
        break;
      case 0x65: // APPENDS
        machine.append(machine.popMark());
        break;
      case 0x7d: // EMPTY_DICT
        machine.pushDict();
        break;
      case 0x64: { // DICT
        const items = machine.popItems();
        machine.push({});
        const start = machine.top;
        for (const item of items) machine.push(item);
        machine.setItems(start);
        break;
      }
      case 0x73: // SETITEM
        machine.setItems(machine.below(2));
        break;
      case 0x75: // SETITEMS
        machine.setItems(machine.popMark());
        break;
      case 0x8f: // EMPTY_SET
        machine.spend(256);
        machine.push(new Set());
        break;
      case 0x90: // ADDITEMS
        machine.addItems();
        break;
      case 0x91: { // FROZENSET
        machine.push(asPythonType(machine.setOf(machine.popItems()), "frozenset"));
        break;
      }

      default:
        runObject(machine, opcode);
    }
  }
}

function pushInteger(machine: PickleMachine, length: number): void {
  if (length < 0 || length > machine.limits.maxIntegerBytes) machine.fail(`an integer of ${length} bytes`);
  machine.charge(length);
  machine.push(decodeInteger(machine.peek(length)));
}
