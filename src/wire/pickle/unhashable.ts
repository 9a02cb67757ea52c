import { isPlain } from "../encode_place.ts";
import { NumpyArray } from "../values/numpy_array.ts";
import { pythonTypeOf } from "../values/python_type.ts";

/** Why Python takes a value for no key; `undefined` where it may take it. */
export function unhashable(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const type = pythonTypeOf(value);
  if (type === "tuple" || type === "frozenset") return undefined;
  if (Array.isArray(value)) return "a list, which Python takes for no key: use tuple(…)";
  if (value instanceof Set) return "a set, which Python takes for no key: use frozenset(…)";
  const isMutable = isPlain(value) || value instanceof Map || type === "bytearray" ||
    (value instanceof NumpyArray && !value.isScalar);
  return isMutable ? "a value that can change, which Python takes for no key" : undefined;
}
