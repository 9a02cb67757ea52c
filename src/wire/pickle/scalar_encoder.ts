import { hasLoneSurrogate } from "../code_points.ts";
import type { CallArgument, PythonCall } from "./encode_scalar.ts";
import * as OP from "./opcodes.ts";

const FIRST_BYTES = 256;
/** Texts up to this length are written by a loop: that is faster than to call the runtime. */
const MAX_LOOPED = 48;
const encoder = new TextEncoder();

/** The bytes of a pickle while they are written. */
class PickleWriter {
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  /** What was written. */
  done(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#at);
  }

  byte(value: number): void {
    if (this.#at === this.#bytes.length) this.#reserve(1);
    this.#bytes[this.#at++] = value;
  }

  /** An opcode with an argument of a byte. */
  opcode8(opcode: number, value: number): void {
    this.#reserve(2);
    this.#bytes[this.#at++] = opcode;
    this.#bytes[this.#at++] = value;
  }

  /** An opcode with an argument of two bytes. */
  opcode16(opcode: number, value: number): void {
    this.#reserve(3);
    this.#bytes[this.#at] = opcode;
    this.#view.setUint16(this.#at + 1, value, true);
    this.#at += 3;
  }

  /** An opcode with an argument of four bytes, with a sign or without one. */
  opcode32(opcode: number, value: number): void {
    this.#reserve(5);
    this.#bytes[this.#at] = opcode;
    this.#view.setUint32(this.#at + 1, value, true);
    this.#at += 5;
  }

  /** An opcode with a length of eight bytes. */
  opcode64(opcode: number, value: number): void {
    this.opcode32(opcode, value % 2 ** 32);
    this.#reserve(4);
    this.#view.setUint32(this.#at, Math.floor(value / 2 ** 32), true);
    this.#at += 4;
  }

  /** The opcode of a float, and the float. */
  float64(opcode: number, value: number): void {
    this.#reserve(9);
    this.#bytes[this.#at] = opcode;
    this.#view.setFloat64(this.#at + 1, value);
    this.#at += 9;
  }

  /** Bytes as they are. */
  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** A text in UTF-8 behind its length, by the opcode for short ones (a byte) or for long ones (four bytes). */
  text(text: string, shortOpcode: number, longOpcode: number): void {
    if (text.length <= MAX_LOOPED && this.#ascii(text, shortOpcode)) return;
    if (hasLoneSurrogate(text)) return this.#encoded(encodeUnits(text), longOpcode);
    if (text.length * 3 > 2 ** 28) return this.#encoded(encoder.encode(text), longOpcode);
    this.#reserve(5 + text.length * 3);
    const { written } = encoder.encodeInto(text, this.#bytes.subarray(this.#at + 5));
    this.#bytes[this.#at] = longOpcode;
    this.#view.setUint32(this.#at + 1, written, true);
    this.#at += 5 + written;
  }

  #encoded(bytes: Uint8Array, longOpcode: number): void {
    this.opcode32(longOpcode, bytes.length);
    this.bytes(bytes);
  }

  #ascii(text: string, opcode: number): boolean {
    const { length } = text;
    this.#reserve(2 + length);
    const start = this.#at + 2;
    for (let index = 0; index < length; index++) {
      const unit = text.charCodeAt(index);
      if (unit > 127) return false;
      this.#bytes[start + index] = unit;
    }
    this.#bytes[this.#at] = opcode;
    this.#bytes[this.#at + 1] = length;
    this.#at = start + length;
    return true;
  }

  #reserve(count: number): void {
    const needed = this.#at + count;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, needed));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/** UTF-8 in which halves of surrogate pairs stand as code points of their own, as Python's `surrogatepass` has it. */
function encodeUnits(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3);
  let at = 0;
  for (const point of text) {
    const code = point.codePointAt(0) as number;
    if (code < 0xd800 || code > 0xdfff) at += encoder.encodeInto(point, bytes.subarray(at)).written;
    else {
      bytes[at++] = 0xe0 | code >> 12;
      bytes[at++] = 0x80 | code >> 6 & 0x3f;
      bytes[at++] = 0x80 | code & 0x3f;
    }
  }
  return bytes.subarray(0, at);
}

/** Writes what has no parts, what was written before, and calls of classes with such. */
export class ScalarEncoder extends PickleWriter {
  /** The index of each object that was written, and of each key of a plain object. */
  readonly memo = new Map<unknown, number>();
  /** The index of each class and function, and of each type of NumPy's. */
  readonly names = new Map<unknown, number>();
  #memoized = 0;

  saveText(text: string): void {
    this.text(text, OP.SHORT_BINUNICODE, OP.BINUNICODE);
  }

  saveBoolean(value: boolean): void {
    this.byte(value ? OP.NEWTRUE : OP.NEWFALSE);
  }

  saveNumber(value: number): void {
    // An integer as JSON has it: 1 and 1.0 are the same here. Beyond 10^21 JavaScript writes a float.
    if (!Number.isInteger(value) || Object.is(value, -0) || Math.abs(value) >= 1e21) {
      return this.saveFloat(value);
    }
    if (value < -(2 ** 31) || value >= 2 ** 31) return this.saveInteger(BigInt(value));
    if (value < 0 || value > 0xffff) return this.opcode32(OP.BININT, value);
    if (value > 0xff) return this.opcode16(OP.BININT2, value);
    this.opcode8(OP.BININT1, value);
  }

  saveFloat(value: number): void {
    this.float64(OP.BINFLOAT, value);
  }

  saveInteger(value: bigint): void {
    const hex = (value < 0n ? ~value : value).toString(16);
    const length = (hex.length >> 1) + 1; // With room for the sign.
    const digits = hex.padStart(2 * length, "0");
    const bytes = new Uint8Array(length);
    const mask = value < 0n ? 255 : 0;
    for (let i = 0; i < length; i++) {
      const at = 2 * (length - 1 - i);
      bytes[i] = Number.parseInt(digits.slice(at, at + 2), 16) ^ mask;
    }
    if (length < 256) this.opcode8(OP.LONG1, length);
    else this.opcode32(OP.LONG4, length);
    this.bytes(bytes);
  }

  saveBytes(bytes: Uint8Array): void {
    if (bytes.length < 256) this.opcode8(OP.SHORT_BINBYTES, bytes.length);
    else if (bytes.length < 2 ** 32) this.opcode32(OP.BINBYTES, bytes.length);
    else this.opcode64(OP.BINBYTES8, bytes.length);
    this.bytes(bytes);
  }

  memoize(value: unknown, memo: Map<unknown, number> = this.memo): void {
    memo.set(value, this.#memoized++);
    this.byte(OP.MEMOIZE);
  }

  /** Writes a reference where the value was written before. */
  saveReference(value: unknown, memo: ReadonlyMap<unknown, number> = this.memo): boolean {
    const index = memo.get(value);
    if (index === undefined) return false;
    if (index < 256) this.opcode8(OP.BINGET, index);
    else this.opcode32(OP.LONG_BINGET, index);
    return true;
  }

  /** A class or a function, by its name. */
  saveGlobal(module: string, name: string): void {
    const key = JSON.stringify([module, name]);
    if (this.saveReference(key, this.names)) return;
    this.saveText(module);
    this.saveText(name);
    this.byte(OP.STACK_GLOBAL);
    this.memoize(key, this.names);
  }

  saveCall({ module, name, args }: PythonCall): void {
    this.saveGlobal(module, name);
    this.saveTupleOf(args, (argument) => this.#saveArgument(argument));
    this.byte(OP.REDUCE);
  }

  /** A tuple that is not referred to again. */
  saveTupleOf<Item>(items: readonly Item[], save: (item: Item, index: number) => void): void {
    if (items.length > 3) this.byte(OP.MARK);
    items.forEach(save);
    if (items.length === 0) this.byte(OP.EMPTY_TUPLE);
    else this.byte(items.length > 3 ? OP.TUPLE : OP.TUPLE1 + items.length - 1);
  }

  #saveArgument(argument: CallArgument): void {
    if (typeof argument === "string") this.saveText(argument);
    else if (typeof argument === "number") this.saveNumber(argument);
    else if (typeof argument === "boolean") this.saveBoolean(argument);
    else if (argument instanceof Uint8Array) this.saveBytes(argument);
    else this.saveCall(argument);
  }
}
