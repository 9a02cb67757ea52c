import type { PythonValue } from "../../mod.ts";
import {
  NumpyArray,
  PythonComplex,
  PythonObject,
  PythonRange,
  PythonScalar,
  pythonTypeOf,
} from "../compute_tasks.ts";
import { encodeBase64 } from "../../src/base/base64.ts";
import type { JsonValue } from "./readable_value.ts";

/** A value as JSON. */
export interface Readable {
  value: JsonValue;
  /** Whether nothing was left out. */
  isWhole: boolean;
}

/** How much may still be written, and whether it has sufficed. */
interface Room {
  left: number;
  isWhole: boolean;
}

type JsonObject = { [key: string]: JsonValue };

/** How deep values may stand in one another. */
const MAX_DEPTH = 100;
/** About what a number, a bracket and a comma take: no digit is counted. */
const CHARACTERS_EACH = 8;
/** Of a longer integer its length alone is told. */
const MAX_HEX_DIGITS = 10_000;
const DIGITS_PER_HEX_DIGIT = Math.log10(16);
/** The key that tells what JSON cannot say. */
const TAG = "$python";

/** Writes a value as JSON, in the forms of `toReadable`, as far as there is room: about so many characters. */
export function writeReadable(
  value: PythonValue,
  { maxCharacters }: { maxCharacters: number },
): Readable {
  const room = { left: maxCharacters, isWhole: true };
  return { value: write(value, room, 0), isWhole: room.isWhole };
}

function write(value: PythonValue, room: Room, depth: number): JsonValue {
  room.left -= CHARACTERS_EACH;
  switch (typeof value) {
    case "boolean":
      return value;
    case "number":
      return writeFloat(value);
    case "bigint":
      return writeBigInt(value, room);
    case "string":
      return writeText(value, room);
    case "object":
      return value === null ? null : writeObject(value, room, depth + 1);
    default: // Nothing that a result can be.
      return cut(room, typeof value, 0);
  }
}

function writeObject(value: Exclude<PythonValue, null>, room: Room, depth: number): JsonValue {
  if (value instanceof PythonScalar) return writeTagged(value.type, value.text, room);
  if (value instanceof Uint8Array) return writeBytes(value, room);
  if (value instanceof PythonComplex) return writeComplex(value.real, value.imag);
  if (value instanceof PythonRange) {
    const { start, stop, step } = value;
    return tagged("range", { start: whole(start, room), stop: whole(stop, room), step: whole(step, room) });
  }
  if (value instanceof NumpyArray) return writeNumpy(value, room);
  if (Array.isArray(value)) {
    return writeItems(pythonTypeOf(value) ?? "list", value, value.length, room, depth);
  }
  if (value instanceof Set) return writeItems(pythonTypeOf(value) ?? "set", value, value.size, room, depth);
  if (value instanceof Map) {
    return writeEntries(pythonTypeOf(value) ?? "dict", value, value.size, room, depth);
  }
  if (value instanceof PythonObject) return writeInstance(value, room, depth);
  return writeDict(value as { [key: string]: PythonValue }, room, depth);
}

function writeItems(
  type: string,
  values: Iterable<PythonValue>,
  length: number,
  room: Room,
  depth: number,
): JsonValue {
  if (depth > MAX_DEPTH) return cut(room, type, length);
  const items: JsonValue[] = [];
  for (const value of values) {
    if (room.left <= 0) return cut(room, type, length, { items });
    items.push(write(value, room, depth));
  }
  return type === "list" ? items : tagged(type, { items });
}

function writeEntries(
  type: string,
  pairs: Iterable<readonly [PythonValue, PythonValue]>,
  length: number,
  room: Room,
  depth: number,
): JsonValue {
  if (depth > MAX_DEPTH) return cut(room, type, length);
  const entries: JsonValue[] = [];
  for (const [key, value] of pairs) {
    if (room.left <= 0) return cut(room, type, length, { entries });
    entries.push([write(key, room, depth), write(value, room, depth)]);
  }
  return tagged(type, { entries });
}

function writeDict(dict: { [key: string]: PythonValue }, room: Room, depth: number): JsonValue {
  const pairs = Object.entries(dict);
  const type = pythonTypeOf(dict);
  if (type !== undefined || Object.hasOwn(dict, TAG)) {
    return writeEntries(type ?? "dict", pairs, pairs.length, room, depth);
  }
  if (depth > MAX_DEPTH) return cut(room, "dict", pairs.length);
  const written: [string, JsonValue][] = [];
  for (const [key, value] of pairs) {
    room.left -= key.length;
    if (room.left <= 0) return cut(room, "dict", pairs.length, { entries: written });
    written.push([key, write(value, room, depth)]);
  }
  return Object.fromEntries(written); // No setter of '__proto__' is called by it.
}

function writeInstance(object: PythonObject, room: Room, depth: number): JsonValue {
  const { args, kwargs, state, fields, items, entries } = object;
  const name = object.toString();
  room.left -= name.length;
  if (depth > MAX_DEPTH || room.left <= 0) return cut(room, "object", 0);
  const list = (values: readonly PythonValue[]) => writeItems("list", values, values.length, room, depth);
  return tagged("object", {
    class: name,
    ...(args === undefined ? {} : { args: list(args) }),
    ...(kwargs === undefined || Object.keys(kwargs).length === 0
      ? {}
      : { kwargs: writeDict(kwargs, room, depth) }),
    ...(state === undefined ? {} : { state: write(state, room, depth) }),
    ...(fields === undefined ? {} : { fields: list([...fields]) }),
    ...(items === undefined ? {} : { items: list(items) }),
    ...(entries === undefined ? {} : { entries: list(entries) }),
  });
}

function writeNumpy(array: NumpyArray, room: Room): JsonValue {
  const { type, data, shape, isFortranOrder, isScalar } = array;
  const item = (number: number | bigint) => type === "bool" ? Boolean(number) : whole(number, room);
  if (isScalar) {
    const [real = NaN, imag = NaN] = data;
    const value = type.startsWith("complex") ? writeComplex(Number(real), Number(imag)) : item(real);
    return tagged(`numpy.${type}`, { value });
  }
  const count = Math.min(data.length, Math.max(0, Math.floor(room.left / CHARACTERS_EACH)));
  room.left -= count * CHARACTERS_EACH;
  const items = Array.from(data.subarray(0, count) as Iterable<number | bigint>, item);
  const layout = { dtype: type, shape: [...shape], order: isFortranOrder ? "F" : "C" };
  if (count < data.length) return cut(room, "numpy.ndarray", data.length, { ...layout, data: items });
  return tagged("numpy.ndarray", { ...layout, data: items });
}

function writeBytes(bytes: Uint8Array, room: Room): JsonValue {
  const type = pythonTypeOf(bytes) ?? "bytes";
  room.left -= Math.ceil(bytes.length / 3) * 4;
  return room.left < 0 ? cut(room, type, bytes.length) : tagged(type, { base64: encodeBase64(bytes) });
}

function writeText(text: string, room: Room): JsonValue {
  const fitting = Math.max(0, room.left);
  room.left -= text.length;
  if (room.left >= 0) return text;
  return cut(room, "str", text.length, { text: text.slice(0, fitting) });
}

function writeTagged(type: string, text: string, room: Room): JsonValue {
  room.left -= text.length;
  return room.left < 0 ? cut(room, type, text.length) : tagged(type, { text });
}

function whole(number: number | bigint, room: Room): JsonValue {
  return typeof number === "bigint" ? writeBigInt(number, room) : writeFloat(number);
}

function writeBigInt(number: bigint, room: Room): JsonValue {
  const short = Number(number);
  if (Number.isSafeInteger(short)) return short;
  const hexDigits = number.toString(16).length;
  // Decimal digits take more than linear time: their number is told without them.
  if (hexDigits > MAX_HEX_DIGITS) return cut(room, "int", Math.ceil(hexDigits * DIGITS_PER_HEX_DIGIT));
  return writeTagged("int", number.toString(), room);
}

function writeFloat(number: number): JsonValue {
  if (Number.isFinite(number)) return number;
  return tagged("float", { text: Number.isNaN(number) ? "nan" : number > 0 ? "inf" : "-inf" });
}

function writeComplex(real: number, imag: number): JsonValue {
  return tagged("complex", { real: writeFloat(real), imag: writeFloat(imag) });
}

function tagged(type: string, parts: JsonObject): JsonObject {
  return { [TAG]: type, ...parts };
}

function cut(room: Room, type: string, length: number, parts: JsonObject = {}): JsonObject {
  room.isWhole = false;
  return { [TAG]: "truncated", type, length, ...parts };
}
