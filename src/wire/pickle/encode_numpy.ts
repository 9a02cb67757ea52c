import type { NumpyArray, NumpyType } from "../values/numpy_array.ts";
import { toFloat16 } from "./float16.ts";

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
