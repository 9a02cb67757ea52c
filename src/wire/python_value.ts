/**
 * A value that came from Python. JSON has no other types than these: tuples arrive as arrays, and all keys
 * of a `dict` as strings. Integers beyond 2^53 arrive as `bigint`, `NaN` and the infinities as themselves.
 */
export type PythonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PythonValue[]
  | { [key: string]: PythonValue };
