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

/** Sets an own property of any name. */
export function setProperty(object: { [key: string]: PythonValue }, key: string, value: PythonValue): void {
  // Assigning to `__proto__` would set the prototype.
  if (key === "__proto__") {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } else object[key] = value;
}
