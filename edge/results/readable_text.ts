import type { PythonValue } from "../../mod.ts";
import { NumpyArray, PythonObject, pythonTypeOf } from "../compute_tasks.ts";

const MAX_CHARACTERS = 200;
const MAX_DEPTH = 4;

/**
 * A value of Python's in a short text, for a cell of a table: about as Python writes it, cut where it is long. Text
 * stands as it is; of bytes and NumPy's arrays the size is told.
 */
export function readableText(value: PythonValue): string {
  const text = typeof value === "string" ? value.slice(0, 2 * MAX_CHARACTERS) : write(value, 0);
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS - 1)}…` : text;
}

function write(value: PythonValue, depth: number): string {
  switch (typeof value) {
    case "boolean":
      return value ? "True" : "False";
    case "number":
      return Number.isFinite(value)
        ? String(value)
        : Number.isNaN(value)
        ? "nan"
        : value > 0
        ? "inf"
        : "-inf";
    case "string":
      return JSON.stringify(value.slice(0, MAX_CHARACTERS));
    case "object":
      return value === null ? "None" : writeObject(value, depth + 1);
    case "bigint":
      return writeBigInt(value);
    default:
      return String(value);
  }
}

function writeBigInt(value: bigint): string {
  const hexDigits = value.toString(16).length;
  return hexDigits > MAX_CHARACTERS ? `int of ${4 * hexDigits} bits` : value.toString();
}

function writeObject(value: Exclude<PythonValue, null>, depth: number): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (value instanceof NumpyArray) {
    const { isScalar, type, shape } = value;
    return isScalar ? String(value.valueOf()) : `${type} array of ${shape.join(" × ") || "no dimension"}`;
  }
  if (Array.isArray(value)) {
    return pythonTypeOf(value) === "tuple"
      ? `(${join(value, depth)}${value.length === 1 ? "," : ""})`
      : `[${join(value, depth)}]`;
  }
  if (value instanceof Set) return value.size === 0 ? "set()" : `{${join(value, depth)}}`;
  if (value instanceof Map) return `{${joinPairs(value, depth)}}`;
  if (value instanceof PythonObject) return `${value.name}(${join(value.args ?? [], depth)})`;
  if (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null) {
    return `{${joinPairs(Object.entries(value as { [key: string]: PythonValue }), depth)}}`;
  }
  return String(value); // Scalars, complex numbers and ranges write themselves.
}

function join(values: Iterable<PythonValue>, depth: number): string {
  return joinTexts(values, (value) => write(value, depth), depth);
}

function joinPairs(pairs: Iterable<readonly [PythonValue, PythonValue]>, depth: number): string {
  return joinTexts(pairs, ([key, value]) => `${write(key, depth)}: ${write(value, depth)}`, depth);
}

/** As many as there is room for, so that a large value costs no more than a small one. */
function joinTexts<T>(items: Iterable<T>, toText: (item: T) => string, depth: number): string {
  let text = "";
  for (const item of items) {
    if (text !== "") text += ", ";
    if (depth > MAX_DEPTH || text.length > MAX_CHARACTERS) return `${text}…`;
    text += toText(item);
  }
  return text;
}
