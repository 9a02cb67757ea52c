import {
  NUMPY_DATA,
  NumpyArray,
  type NumpyData,
  type NumpyLayout,
  type NumpyType,
} from "../values/numpy_array.ts";
import { PythonObject } from "../values/python_object.ts";
import type { PythonValue } from "../values/python_value.ts";
import type { BuildContext, Builder, StateBuilder } from "./builder.ts";
import { IS_LITTLE_ENDIAN, NUMPY_CODES } from "./encode_numpy.ts";
import { isPlainName } from "./values.ts";

interface ItemType {
  type: NumpyType;
  /** The bytes of an item. */
  itemBytes: number;
  /** Whether its bytes are in the other order than this machine's. */
  isSwapped: boolean;
}

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
