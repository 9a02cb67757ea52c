import type { PickleLimits } from "./limits.ts";
import { decodeText } from "./utf8.ts";

/** Why a pickle cannot be read, and where. */
export class PickleError extends Error {
  /** The class's name, unchanged by minifiers. */
  override readonly name = "PickleError" as const;
  /** The byte at which the opcode in question stands. */
  readonly offset: number;

  /** Made by the decoder of pickles. */
  constructor(message: string, offset: number) {
    super(`Cannot read a pickle: ${message}`);
    this.offset = offset;
  }
}

/** A pickle up to this size is read before a view of it would be made; then its floats are copied. */
const SMALL = 512;
const FLOAT_BYTES = new Uint8Array(8);
const FLOAT_VIEW = new DataView(FLOAT_BYTES.buffer);

/** The bytes of a pickle, read from the front. Each length is held against what is left before anything is made. */
export class PickleReader {
  /** The whole pickle. */
  readonly bytes: Uint8Array;
  /** The next byte. */
  at = 0;
  /** Where the opcode stands that is being carried out. */
  opcodeAt = 0;
  /** How many values of some size there are: an upper bound of how deep they are nested. */
  objects = 0;
  #view: DataView | undefined;
  #memoryLeft: number;

  constructor(bytes: Uint8Array, readonly limits: PickleLimits) {
    this.bytes = bytes;
    this.#memoryLeft = limits.maxMemoryBytes;
    if (bytes.length > limits.maxBytes) {
      throw new PickleError(`it has ${bytes.length} bytes, and the limit is ${limits.maxBytes}`, 0);
    }
  }

  /** Throws, saying where. */
  fail(reason: string): never {
    const opcode = this.bytes[this.opcodeAt]?.toString(16).padStart(2, "0");
    const where = opcode === undefined ? "byte" : `opcode 0x${opcode} at byte`;
    throw new PickleError(`${where} ${this.opcodeAt}: ${reason}`, this.opcodeAt);
  }

  /** Takes a value of about so many bytes, which may have others in it, off the memory that is left. */
  spend(bytes: number): void {
    this.objects++;
    this.charge(bytes);
  }

  /** Takes about so many bytes off the memory that is left. */
  charge(bytes: number): void {
    this.#memoryLeft -= bytes;
    if (this.#memoryLeft < 0) this.fail(`its values take more than ${this.limits.maxMemoryBytes} bytes`);
  }

  /** Skips so many bytes, and tells where they begin. */
  take(length: number): number {
    const start = this.at;
    if (length > this.bytes.length - start) this.fail("the pickle ends within it");
    this.at = start + length;
    return start;
  }

  uint8(): number {
    return this.bytes[this.take(1)] as number;
  }

  uint16(): number {
    const { bytes } = this;
    const at = this.take(2);
    return (bytes[at] as number) | (bytes[at + 1] as number) << 8;
  }

  int32(): number {
    const { bytes } = this;
    const at = this.take(4);
    return (bytes[at] as number) | (bytes[at + 1] as number) << 8 | (bytes[at + 2] as number) << 16 |
      (bytes[at + 3] as number) << 24;
  }

  uint32(): number {
    return this.int32() >>> 0;
  }

  /** A length of 64 bits; one that a number would not hold is beyond all that is left anyway. */
  uint64(): number {
    const low = this.uint32();
    return this.uint32() * 2 ** 32 + low;
  }

  float64(): number {
    const { bytes } = this;
    const at = this.take(8);
    this.charge(16);
    if (bytes.length > SMALL) {
      this.#view ??= new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return this.#view.getFloat64(at);
    }
    for (let index = 0; index < 8; index++) FLOAT_BYTES[index] = bytes[at + index] as number;
    return FLOAT_VIEW.getFloat64(0);
  }

  /** A text in UTF-8 of so many bytes. */
  text(length: number): string {
    const start = this.take(length);
    this.charge(24 + length);
    return decodeText(this.bytes, start, start + length) ?? this.fail("a text that is not UTF-8");
  }

  /** A text of Python 2, one character a byte. */
  latin1(length: number): string {
    const start = this.take(length < 0 ? Infinity : length);
    this.charge(24 + length);
    return latin1Text(this.bytes, start, start + length);
  }

  /** A copy of so many bytes, with a buffer of its own. */
  copy(length: number): Uint8Array {
    const start = this.take(length);
    this.charge(560 + length);
    // Not `slice` of what may be Node's Buffer: that would share its memory.
    return new Uint8Array(this.bytes.subarray(start, start + length));
  }

  /** Bytes as they stand, without a copy. */
  peek(length: number): Uint8Array {
    const start = this.take(length);
    return this.bytes.subarray(start, start + length);
  }

  /** The name in the rest of the line. */
  name(): string {
    const start = this.at;
    this.line();
    return decodeText(this.bytes, start, this.at - 1) ?? this.fail("a name that is not UTF-8");
  }

  /** The rest of the line, one character a byte. */
  line(): string {
    const start = this.at;
    const end = this.bytes.indexOf(10, start);
    this.at = end < 0 ? this.fail("the pickle ends within it") : end + 1;
    this.charge(24 + end - start);
    return latin1Text(this.bytes, start, end);
  }
}

/** A text with one character for each byte. */
function latin1Text(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(at + 8192, end)));
  }
  return text;
}
