import { hasLoneSurrogate } from "../code_points.ts";

const FIRST_BYTES = 256;
/** Texts up to this length are written by a loop: that is faster than to call the runtime. */
const MAX_LOOPED = 48;
const encoder = new TextEncoder();

/** The bytes of a pickle while they are written. */
export class PickleWriter {
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
