import type { PythonValue } from "../../mod.ts";
import { writeReadable } from "./write_readable.ts";

/** What JSON can say. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** What is written of one value: beyond it stands a note that something was left out. */
const MAX_CHARACTERS = 16 * 2 ** 20;

/**
 * Writes a value of Python's as JSON. What JSON can say stands as it is. All else is an object with the key `$python`, so
 * that nothing is taken for something else:
 *
 * | Python | JSON |
 * |---|---|
 * | `None`, `bool`, `str`, `list`, `dict` whose keys are strings | as they are |
 * | `int` up to 2^53, `float` | as they are; `-0.0` is `0` |
 * | `int` beyond | `{ "$python": "int", "text": "9007199254740993" }` |
 * | `nan`, `inf` | `{ "$python": "float", "text": "nan" }`, `"inf"`, `"-inf"` |
 * | `bytes`, `bytearray` | `{ "$python": "bytes", "base64": "AAE=" }` |
 * | `tuple`, `set`, `frozenset` | `{ "$python": "tuple", "items": [1, 2] }` |
 * | any other `dict`, or one with the key `$python`; `OrderedDict`, `Counter`, `defaultdict` | `{ "$python": "dict", "entries": [[1, "one"]] }`, `"collections.OrderedDict"` |
 * | dates and times, `Decimal`, `Fraction`, `UUID`, paths | `{ "$python": "datetime.date", "text": "2026-01-31" }` |
 * | `complex` | `{ "$python": "complex", "real": 1, "imag": -2 }` |
 * | `range` | `{ "$python": "range", "start": 0, "stop": 10, "step": 3 }` |
 * | NumPy's scalars | `{ "$python": "numpy.float32", "value": 1.5 }` |
 * | NumPy's arrays | `{ "$python": "numpy.ndarray", "dtype": "int64", "shape": [2, 3], "order": "C", "data": [0, 1, 2, 3, 4, 5] }`; of complex numbers the real and imaginary parts in turn |
 * | any other object | `{ "$python": "object", "class": "builtins.KeyError", "args": ["k"] }`, with `kwargs`, `state`, `fields`, `items`, `entries` where it has them |
 * | what is too deep or too large | `{ "$python": "truncated", "type": "list", "length": 1000000, "items": […] }`, with what there was room for |
 *
 * It never throws, whatever a pickle held: values that refer to themselves end where they are too deep.
 */
export function toReadable(value: PythonValue): JsonValue {
  return writeReadable(value, { maxCharacters: MAX_CHARACTERS }).value;
}
