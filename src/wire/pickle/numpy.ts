import { PythonObject } from "../values/python_object.ts";
import { isPlainName } from "./values.ts";
import type { PythonValue } from "../values/python_value.ts";
import type { BuildContext, Builder, StateBuilder } from "./builder.ts";
import {
  NUMPY_DATA,
  NumpyArray,
  type NumpyData,
  type NumpyLayout,
  type NumpyType,
} from "../values/numpy_array.ts";

interface ItemType {
  type: NumpyType;
  /** The bytes of an item. */
  itemBytes: number;
  /** Whether its bytes are in the other order than this machine's. */
  isSwapped: boolean;
}

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

const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** By NumPy's code of a type. */
const TYPES = new Map(Object.entries(NUMPY_CODES).map(([type, code]) => [code, type as NumpyType]));

/** NumPy's own bound is 64. */
const MAX_DIMENSIONS = 64;

/** What the array is of; `undefined` if no typed array holds that. */
function itemType(dtype: PythonValue | undefined): ItemType | undefined {
  if (!(dtype instanceof PythonObject) || dtype.module !== "numpy" || dtype.name !== "dtype") {
    return undefined;
  }
  const [code] = dtype.args ?? [];
  const type = typeof code === "string" ? TYPES.get(code) : undefined;
  if (type === undefined || !Array.isArray(dtype.state)) return undefined;
  const [, order, subarray, names, fields, , , , metadata] = dtype.state;
  if ((subarray ?? names ?? fields ?? metadata ?? null) !== null) return undefined;
  if (order !== "<" && order !== ">" && order !== "|" && order !== "=") return undefined;
  const itemBytes = Number(NUMPY_CODES[type].slice(1));
  return {
    type,
    itemBytes,
    isSwapped: order === ">" ? IS_LITTLE_ENDIAN : order === "<" && !IS_LITTLE_ENDIAN,
  };
}

/** The array that these bytes are, with as few copies as it takes: as a rule none. */
function toArray(
  dtype: PythonValue | undefined,
  data: PythonValue | undefined,
  layout: NumpyLayout & { shape: number[] },
  context: BuildContext,
): NumpyArray | undefined {
  const item = itemType(dtype);
  // From Python 2 the bytes come as a text.
  const bytes = typeof data === "string" ? Uint8Array.from(data, (char) => char.charCodeAt(0)) : data;
  if (item === undefined || !(bytes instanceof Uint8Array)) return undefined;
  const { type, itemBytes, isSwapped } = item;
  // Of complex numbers each part has its own order; those of half precision have no typed array yet.
  const Data = type === "float16" ? Uint16Array : NUMPY_DATA[type];
  const wordBytes = Data.BYTES_PER_ELEMENT;
  const expected = layout.shape.reduce((product, length) => product * length, itemBytes);
  if (bytes.length !== expected) {
    context.fail(`an array of ${expected} bytes, with ${bytes.length} bytes in it`);
  }
  let own = bytes;
  if (isSwapped && wordBytes > 1) {
    context.charge(bytes.length);
    own = swapped(bytes, wordBytes);
  } else if (bytes.byteOffset % wordBytes !== 0) own = new Uint8Array(bytes);
  const view = new Data(own.buffer, own.byteOffset, own.length / wordBytes);
  if (type !== "float16") return new NumpyArray(type, view as NumpyData[NumpyType], layout);
  context.charge(2 * bytes.length);
  return new NumpyArray(type, Float32Array.from(view as Uint16Array, fromFloat16), layout);
}

/** A copy with the bytes of each word in the other order. */
function swapped(bytes: Uint8Array, wordBytes: number): Uint8Array {
  const copy = new Uint8Array(bytes.length);
  for (let at = 0; at < copy.length; at++) copy[at ^ (wordBytes - 1)] = bytes[at] as number;
  return copy;
}

/** Half precision: a sign, 5 bits of exponent, 10 of fraction. */
function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = bits >> 10 & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

function shapeOf(value: PythonValue | undefined): number[] | undefined {
  const lengths = typeof value === "number" ? [value] : value;
  if (!Array.isArray(lengths) || lengths.length > MAX_DIMENSIONS) return undefined;
  const isShape = lengths.every((length) => Number.isSafeInteger(length) && (length as number) >= 0);
  return isShape ? [...lengths as number[]] : undefined;
}

/** An array as protocols before 5 have it: an empty one first, and its state. One of a subclass is left as it is. */
export const buildNumpyArray: StateBuilder = (object, state, context) => {
  if (!/^numpy\._?core\.multiarray$/.test(object.module) || !Array.isArray(state)) return undefined;
  const [type] = object.args ?? [];
  if (type === undefined || !isPlainName(type) || type.toString() !== "numpy.ndarray") return undefined;
  const [, lengths, dtype, isFortranOrder, data] = state;
  const shape = state.length === 5 ? shapeOf(lengths) : undefined;
  return shape && toArray(dtype, data, { shape, isFortranOrder: Boolean(isFortranOrder) }, context);
};

/** An array as protocol 5 has it. */
export const numpyFromBuffer: Builder = ([data, dtype, lengths, order], context) => {
  const shape = shapeOf(lengths);
  if (shape === undefined || (order !== "C" && order !== "F")) return undefined;
  return toArray(dtype, data, { shape, isFortranOrder: order === "F" }, context);
};

/** A single number, such as `numpy.float64(1)`. */
export const numpyScalar: Builder = ([dtype, data], context) =>
  toArray(dtype, data, { shape: [], isScalar: true }, context);

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
