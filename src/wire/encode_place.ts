import { ComputeEncodeError } from "../errors/encode_error.ts";

/** A step into a value: an index, a property, or an item of a `Map` or a `Set`. */
export type PlaceKey = number | string | { readonly of: "keys" | "values"; readonly index: number };

/** Where an encoder is in the value that it writes: only an error makes a path of it. */
export interface Place {
  /** What the value is called, such as `args`. */
  readonly name: string;
  /** The steps, one for each level; what stands beyond the level that one is at is of no meaning. */
  readonly keys: PlaceKey[];
}

/** The error for a value that is so many levels deep, with its path: `args[0].when`. */
export function refuse(what: string, depth: number, { name, keys }: Place): ComputeEncodeError {
  const path = name + keys.slice(0, depth).map(segment).join("");
  return new ComputeEncodeError(`Cannot encode '${path}' for Python: it is ${what}`, { path });
}

function segment(key: PlaceKey): string {
  if (typeof key === "number") return `[${key}]`;
  if (typeof key === "object") return `.${key.of}()[${key.index}]`;
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

/** Whether an object is told by its own enumerable properties, or an array by its items. */
export function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype = Object.getPrototypeOf(value);
  // An object literal of another realm has a prototype that is not ours, but is the end of its chain too.
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Whether it would rather be written as something else. */
export function hasToJson(value: object): boolean {
  return typeof (value as { toJSON?: unknown }).toJSON === "function";
}

/** What a plain value with a method `toJSON` is called in an error. */
export function describeToJson(value: object): string {
  return `an ${Array.isArray(value) ? "array" : "object"} with a toJSON method: pass what it returns`;
}

/** What an object of a class is called in an error. */
export function describeClass(value: object): string {
  const { constructor } = Object.getPrototypeOf(value) as { constructor?: { name?: unknown } };
  const name = constructor?.name;
  return `a ${typeof name === "string" && name !== "" ? name : "object of a class"}`;
}

/** What a value that no form can carry is called in an error. */
export function describeUnsendable(value: unknown): string {
  return value === undefined ? "undefined: use null for None" : `a ${typeof value}`;
}
