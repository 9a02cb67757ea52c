import { PythonObject } from "../values/python_object.ts";
import type { PythonValue } from "../values/python_value.ts";

/** A type whose fields can still be set. */
export type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** Whether a value is a class or a function itself. */
export function isPlainName(value: PythonValue): value is PythonObject & { readonly args: undefined } {
  return value instanceof PythonObject && value.args === undefined;
}

/** Whether a value is a `dict` with texts for keys. */
export function isDict(value: PythonValue): value is { [key: string]: PythonValue } {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** An index that is so far beyond the number of keys is set apart. */
const MAX_GAP = 64;

/**
 * Sets a key of a dict that has so many. Runtimes keep indexes as an array where they can, and would make one of 1,500
 * items for `"999"` alone; of what was read-only once they do not.
 */
export function setKey(
  dict: { [key: string]: PythonValue },
  key: string,
  value: PythonValue,
  count: number,
): void {
  if (Number(key) > 2 * count + MAX_GAP) {
    Object.defineProperty(dict, key, { value, writable: false, enumerable: true, configurable: true });
    Object.defineProperty(dict, key, { writable: true });
  } else setProperty(dict, key, value);
}

/** Sets an own property of any name. */
export function setProperty(object: { [key: string]: PythonValue }, key: string, value: PythonValue): void {
  // Assigning to `__proto__` would set the prototype.
  if (key === "__proto__") {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } else object[key] = value;
}
