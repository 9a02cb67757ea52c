import type { NumpyArray } from "./numpy_array.ts";
import type { PythonComplex } from "./python_complex.ts";
import type { PythonObject } from "./python_object.ts";
import type { PythonRange } from "./python_range.ts";
import type { PythonScalar } from "./python_scalar.ts";

/**
 * A value from Python.
 *
 * | Python | here |
 * |---|---|
 * | `None`, `bool`, `str` | `null`, `boolean`, `string` |
 * | `int` | `number`, beyond 2^53 `bigint` |
 * | `float` | `number`, with `NaN`, the infinities and `-0` |
 * | `list`, `tuple` | array; {@linkcode pythonTypeOf} tells a tuple |
 * | `dict` | plain object where all keys are strings, else `Map` |
 * | `bytes`, `bytearray` | `Uint8Array` |
 * | `set`, `frozenset` | `Set` |
 * | `Decimal`, `Fraction`, `UUID`, dates and times, `pathlib` paths | {@linkcode PythonScalar} |
 * | `complex`, `range` | {@linkcode PythonComplex}, {@linkcode PythonRange} |
 * | NumPy arrays and scalars | {@linkcode NumpyArray} |
 * | anything else | {@linkcode PythonObject} |
 *
 * A plain object lists keys that are small integers, such as `"7"`, before all others; a `Map` has Python's order.
 *
 * A result that came as JSON has the first five rows alone: there tuples are lists, and all keys of a `dict` strings.
 */
export type PythonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PythonValue[]
  | { [key: string]: PythonValue }
  | Map<PythonValue, PythonValue>
  | Set<PythonValue>
  | PythonScalar
  | PythonComplex
  | PythonRange
  | NumpyArray
  | PythonObject;
