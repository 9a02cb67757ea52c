import type { PythonObject } from "../values/python_object.ts";
import type { PythonValue } from "../values/python_value.ts";

/** What the makers of known values need of the decoder. */
export interface BuildContext {
  /** Throws, saying where. */
  fail(reason: string): never;
  /** Takes so much of the memory that is left. */
  charge(bytes: number): void;
  /** A set of these. */
  setOf(items: readonly PythonValue[]): Set<PythonValue>;
  /** A `Map` of these keys and values. */
  mapOf(entries: Iterable<readonly [PythonValue, PythonValue]>): Map<PythonValue, PythonValue>;
  /** A class or function by its name; of a class of named tuples, with their fields. */
  named(module: string, name: string, fields?: string[]): PythonObject;
  /** An instance made by `__new__`. */
  make(type: PythonValue, args: PythonValue, kwargs?: PythonValue): PythonObject;
}

/**
 * Makes the value that a call in Python would give. `undefined`, a `RangeError` or a `TypeError` says that it is not the
 * call known here: then it is told as a call.
 */
export type Builder = (args: PythonValue[], context: BuildContext) => PythonValue | undefined;

/** Makes the value that an object is once its state is set; `undefined` where it is not the one known here. */
export type StateBuilder = (
  object: PythonObject,
  state: PythonValue,
  context: BuildContext,
) => PythonValue | undefined;
