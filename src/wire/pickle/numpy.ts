import { NumpyArray, type NumpyData, type NumpyLayout, type NumpyType } from "../values/numpy_array.ts";
import { PythonObject } from "../values/python_object.ts";
import type { PythonValue } from "../values/python_value.ts";
import type { BuildContext, Builder, StateBuilder } from "./builder.ts";
import { isPlainName } from "./values.ts";

interface ItemType<Type extends NumpyType = NumpyType> {
  type: Type;
  /** The bytes of a number that one swaps: of a complex one those of a part. */
  wordBytes: number;
  itemBytes: number;
  view: new (buffer: ArrayBufferLike, offset: number, length: number) => NumpyData[Type] | Uint16Array;
}

/** By NumPy's code of a type: its kind and the bytes of an item. */
const TYPES: ReadonlyMap<string, ItemType> = new Map<string, ItemType>([
  ["b1", { type: "bool", wordBytes: 1, itemBytes: 1, view: Uint8Array }],
  ["i1", { type: "int8", wordBytes: 1, itemBytes: 1, view: Int8Array }],
  ["i2", { type: "int16", wordBytes: 2, itemBytes: 2, view: Int16Array }],
  ["i4", { type: "int32", wordBytes: 4, itemBytes: 4, view: Int32Array }],
  ["i8", { type: "int64", wordBytes: 8, itemBytes: 8, view: BigInt64Array }],
  ["u1", { type: "uint8", wordBytes: 1, itemBytes: 1, view: Uint8Array }],
  ["u2", { type: "uint16", wordBytes: 2, itemBytes: 2, view: Uint16Array }],
  ["u4", { type: "uint32", wordBytes: 4, itemBytes: 4, view: Uint32Array }],
  ["u8", { type: "uint64", wordBytes: 8, itemBytes: 8, view: BigUint64Array }],
  ["f2", { type: "float16", wordBytes: 2, itemBytes: 2, view: Uint16Array }],
  ["f4", { type: "float32", wordBytes: 4, itemBytes: 4, view: Float32Array }],
  ["f8", { type: "float64", wordBytes: 8, itemBytes: 8, view: Float64Array }],
  ["c8", { type: "complex64", wordBytes: 4, itemBytes: 8, view: Float32Array }],
  ["c16", { type: "complex128", wordBytes: 8, itemBytes: 16, view: Float64Array }],
]);

/** NumPy's own bound is 64. */
const MAX_DIMENSIONS = 64;
const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** What the array is of, and whether its bytes are in the other order; `undefined` if no typed array holds that. */
function itemType(dtype: PythonValue | undefined): (ItemType & { isSwapped: boolean }) | undefined {
  if (!(dtype instanceof PythonObject) || dtype.module !== "numpy" || dtype.name !== "dtype") {
    return undefined;
  }
  const [code] = dtype.args ?? [];
  const known = typeof code === "string" ? TYPES.get(code) : undefined;
  if (known === undefined || !Array.isArray(dtype.state)) return undefined;
  const [, order, subarray, names, fields, , , , metadata] = dtype.state;
  if ((subarray ?? names ?? fields ?? metadata ?? null) !== null) return undefined;
  if (order !== "<" && order !== ">" && order !== "|" && order !== "=") return undefined;
  return { ...known, isSwapped: order === ">" ? IS_LITTLE_ENDIAN : order === "<" && !IS_LITTLE_ENDIAN };
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
  const { type, wordBytes, itemBytes, isSwapped } = item;
  const expected = layout.shape.reduce((product, length) => product * length, itemBytes);
  if (bytes.length !== expected) {
    context.fail(`an array of ${expected} bytes, with ${bytes.length} bytes in it`);
  }
  let own = bytes;
  if (isSwapped && wordBytes > 1) {
    context.charge(bytes.length);
    own = swapped(bytes, wordBytes);
  } else if (bytes.byteOffset % wordBytes !== 0) own = new Uint8Array(bytes);
  const view = new item.view(own.buffer, own.byteOffset, own.length / wordBytes);
  if (type !== "float16") return new NumpyArray(type, view as NumpyData[NumpyType], layout);
  context.charge(2 * bytes.length);
  return new NumpyArray(type, Float32Array.from(view as Uint16Array, fromFloat16), layout);
}

/** A copy with the bytes of each word in the other order. */
function swapped(bytes: Uint8Array, wordBytes: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  const view = new DataView(copy.buffer);
  for (let at = 0; at < copy.length; at += wordBytes) {
    if (wordBytes === 2) view.setUint16(at, view.getUint16(at), true);
    else if (wordBytes === 4) view.setUint32(at, view.getUint32(at), true);
    else {
      const high = view.getUint32(at);
      view.setUint32(at, view.getUint32(at + 4), true);
      view.setUint32(at + 4, high, true);
    }
  }
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
