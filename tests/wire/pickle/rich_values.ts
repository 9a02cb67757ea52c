import fc from "fast-check";
import { frozenset, pythonTypeOf, tuple } from "../../../src/wire/values/python_type.ts";
import type { PythonValue } from "../../../src/wire/values/python_value.ts";
import { anyValue, normalize } from "../python_values.ts";

const distinct = (values: fc.Arbitrary<PythonValue>) =>
  fc.uniqueArray(values, { maxLength: 4, selector: describe });

/** Values that JSON cannot carry, too. What Python takes for equal stands in no set or `dict` twice. */
export const richValue: fc.Arbitrary<PythonValue> =
  fc.letrec<{ value: PythonValue; key: PythonValue }>((tie) => ({
    key: fc.oneof(
      { maxDepth: 3 },
      fc.string(),
      fc.integer(),
      fc.uint8Array({ maxLength: 5 }),
      fc.array(tie("key"), { maxLength: 4 }).map((items) => tuple(...items)),
      distinct(tie("key")).map((items) => frozenset(items)),
    ),
    value: fc.oneof(
      { maxDepth: 5 },
      tie("key"),
      anyValue.map(normalize),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.array(tie("value"), { maxLength: 5 }).map((items) => tuple(...items)),
      distinct(tie("key")).map((items) => new Set(items)),
      distinct(tie("key")).chain((keys) =>
        fc.array(tie("value"), { minLength: keys.length, maxLength: keys.length }).map((items) =>
          new Map(keys.map((key, index): [PythonValue, PythonValue] => [key, items[index] as PythonValue]))
        )
      ).filter((map) => ![...map.keys()].every((key) => typeof key === "string")),
    ),
  })).value;

/** A value as a text: the same for all that Python takes for equal, and for those alone. */
export function describe(value: PythonValue): string {
  const type = pythonTypeOf(value) ?? "";
  if (typeof value === "bigint") return `${value}`;
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : `${value}`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (value instanceof Uint8Array) return `${type}b${value}`;
  if (Array.isArray(value)) return `${type}[${value.map(describe)}]`;
  if (value instanceof Set) return `${type}{${[...value].map(describe).sort()}}`;
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  const isDict = value instanceof Map || Object.getPrototypeOf(value) === Object.prototype;
  const name = isDict ? type : value.constructor.name;
  return `${name}{${entries.map(([key, item]) => `${describe(key)}:${describe(item)}`)}}`;
}
