import type { CallArgument, PythonCall } from "./encode_scalar.ts";
import * as OP from "./opcodes.ts";
import { PickleWriter } from "./pickle_writer.ts";

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
