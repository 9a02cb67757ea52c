import type { NumpyArray, NumpyType } from "../values/numpy_array.ts";

/** NumPy's code of each type: its kind and the bytes of an item. */
export const NUMPY_CODES: { readonly [Type in NumpyType]: string } = {
  bool: "b1",
  int8: "i1",
  int16: "i2",
  int32: "i4",
  int64: "i8",
  uint8: "u1",
  uint16: "u2",
  uint32: "u4",
  uint64: "u8",
  float16: "f2",
  float32: "f4",
  float64: "f8",
  complex64: "c8",
  complex128: "c16",
};

export const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** How NumPy names the byte order of a type on this machine. */
export function byteOrderOf(type: NumpyType): "|" | "<" | ">" {
  if (type === "bool" || type === "int8" || type === "uint8") return "|";
  return IS_LITTLE_ENDIAN ? "<" : ">";
}

/** The numbers of an array as bytes, without a copy but for half precision. */
export function bytesOf({ type, data }: NumpyArray): Uint8Array {
  const items = type === "float16" ? Uint16Array.from(data as Float32Array, toFloat16) : data;
  return new Uint8Array(items.buffer, items.byteOffset, items.byteLength);
}

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** The bits of a number in half precision, rounded to the nearest, and to the even one of two. */
function toFloat16(value: number): number {
  float[0] = value;
  const single = bits[0] as number;
  const sign = single >>> 16 & 0x8000;
  const exponent = (single >>> 23 & 255) - 127;
  if (exponent > 15) return sign | (Number.isNaN(value) ? 0x7e00 : 0x7c00);
  // A number below 2^-14 has fewer digits, the more so the smaller it is.
  const base = Math.max(exponent, -14);
  const digits = Math.abs(float[0]) / 2 ** (base - 10);
  const kept = Math.floor(digits);
  const rest = digits - kept;
  const isUp = rest > 0.5 || (rest === 0.5 && kept % 2 === 1);
  // A carry goes into the exponent, up to infinity.
  return sign | (base + 14 << 10) + kept + (isUp ? 1 : 0);
}
