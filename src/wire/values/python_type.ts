import type { PythonValue } from "./python_value.ts";

/** A type that Python tells apart, and JavaScript does not. */
export type PythonTypeName =
  | "tuple"
  | "frozenset"
  | "bytearray"
  | "collections.OrderedDict"
  | "collections.Counter"
  | "collections.defaultdict";

/** A constructor that gives back what it is given: the fields of a class below are put onto that. */
class Given {
  constructor(value: object) {
    return value;
  }
}

/** Types stand on the values themselves, where no one sees them: a WeakMap of millions takes the runtime many seconds. */
class Typed extends Given {
  #type: PythonTypeName;

  constructor(value: object, type: PythonTypeName) {
    super(value);
    this.#type = type;
  }

  static of(value: object): PythonTypeName | undefined {
    return #type in value ? value.#type : undefined;
  }
}

/**
 * The Python type of an array, object, `Map`, `Set` or `Uint8Array` where it is not the usual one (`list`, `dict`,
 * `set`, `bytes`). A pickle keeps it when the same value is sent back; a copy of the value has lost it.
 *
 * @example
 * ```ts
 * import { pythonTypeOf, tuple } from "@edge-compute/globus";
 *
 * console.log(pythonTypeOf(tuple(1, 2)), pythonTypeOf([1, 2])); // tuple undefined
 * ```
 *
 * @param value A result, a part of one, or what {@linkcode tuple} and {@linkcode frozenset} have made.
 * @returns The type, or `undefined` where it is the usual one.
 */
export function pythonTypeOf(value: unknown): PythonTypeName | undefined {
  return typeof value === "object" && value !== null ? Typed.of(value) : undefined;
}

/** Notes the Python type of a new value, and returns the value. */
export function asPythonType<Value extends object>(value: Value, type: PythonTypeName): Value {
  new Typed(value, type);
  return value;
}

/**
 * An array that Python gets as a tuple, for arguments that travel as a pickle: in JSON tuples are lists.
 *
 * @example
 * ```ts
 * import { batchRun, type Client, tuple } from "@edge-compute/globus";
 *
 * export async function main(client: Client, endpointId: string, functionId: string): Promise<void> {
 *   await batchRun(client, { endpointId, tasks: [{ functionId, args: [new Map([[tuple(1, 2), "edge"]])] }] });
 * }
 * ```
 */
export function tuple<Items extends unknown[]>(...items: Items): Items {
  return asPythonType(items, "tuple");
}

/**
 * A `Set` that Python gets as a frozenset.
 *
 * @example
 * ```ts
 * import { frozenset } from "@edge-compute/globus";
 *
 * export const groups = new Set([frozenset(["a", "b"]), frozenset(["c"])]); // a set takes no sets in Python
 * ```
 */
export function frozenset<Item extends PythonValue>(items: Iterable<Item>): Set<Item> {
  return asPythonType(new Set(items), "frozenset");
}
