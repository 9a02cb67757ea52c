import type { PickleLimits } from "./limits.ts";

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
    return decodeText(this.bytes, start, this.#lineEnd()) ?? this.fail("a name that is not UTF-8");
  }

  /** The rest of the line, one character a byte. */
  line(): string {
    const start = this.at;
    return latin1Text(this.bytes, start, this.#lineEnd());
  }

  /** Skips the rest of the line, and tells where it ends. */
  #lineEnd(): number {
    const start = this.at;
    const end = this.bytes.indexOf(10, start);
    this.at = end < 0 ? this.fail("the pickle ends within it") : end + 1;
    this.charge(24 + end - start);
    return end;
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

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** Up to this many bytes the loops here are quicker than a call of the runtime's decoder. */
const SHORT = 48;
/** Up to this many code units are made a text at once. */
const CHUNK = 4096;
/**
 * A text is made of an array of its length: to add one character after another would leave a text of 30 characters as
 * 30 objects in V8.
 */
const UNITS = Array.from({ length: SHORT + 1 }, (_, length) => new Array<number>(length).fill(0));

/** The last short text in ASCII of each hash: the keys of dicts come again and again. */
const kept = new Array<string>(509).fill("");

/** Reads UTF-8 as Python writes it, lone surrogates included; `undefined` where it is none. */
export function decodeText(bytes: Uint8Array, start: number, end: number): string | undefined {
  const length = end - start;
  if (length > SHORT) return decodeLong(bytes.subarray(start, end));
  const units = UNITS[length] as number[];
  let hash = 0;
  for (let index = 0; index < length; index++) {
    const byte = bytes[start + index] as number;
    if (byte > 127) return decodeUnits(bytes, start, end);
    units[index] = byte;
    hash = hash * 31 + byte & 0xffffff;
  }
  hash %= kept.length;
  const known = kept[hash] as string;
  if (known.length === length && units.every((unit, index) => unit === known.charCodeAt(index))) return known;
  return kept[hash] = String.fromCharCode(...units);
}

/** The first byte of each surrogate, and of some characters. */
const SURROGATE = 0xed;

function decodeLong(bytes: Uint8Array): string | undefined {
  // The decoder throws at a surrogate, which takes longer than to read a short text here.
  if (bytes.includes(SURROGATE)) return decodeUnits(bytes, 0, bytes.length);
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Reads UTF-8 in which surrogates may stand for themselves, three bytes each (Python's `surrogatepass`). */
function decodeUnits(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = "";
  let units: number[] = [];
  for (let at = start; at < end;) {
    const first = bytes[at++] as number;
    const rest = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    let code = rest === 0 ? first : first & 0x3f >> rest;
    // What follows the end is not of this text.
    if (at + rest > end || first > 0xf4 || (rest > 0 && first < 0xc2)) return undefined;
    for (let left = rest; left > 0; left--) {
      const byte = bytes[at++] as number;
      if (byte >> 6 !== 0b10) return undefined;
      code = code << 6 | byte & 0x3f;
    }
    // A code that is written longer than it need be is none, nor is one beyond Unicode.
    if (rest > 1 && code < (rest === 2 ? 0x800 : 0x10000) || code > 0x10ffff) return undefined;
    if (code > 0xffff) units.push(0xd800 - 0x40 + (code >> 10), 0xdc00 | code & 0x3ff);
    else units.push(code);
    if (units.length >= CHUNK) {
      text += String.fromCharCode(...units);
      units = [];
    }
  }
  return text + String.fromCharCode(...units);
}
