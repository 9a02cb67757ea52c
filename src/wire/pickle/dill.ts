import { PythonObject } from "../values/python_object.ts";
import { PythonRange } from "../values/python_range.ts";
import type { PythonValue } from "../values/python_value.ts";
import type { Builder } from "./builder.ts";
import { parseInteger } from "./numbers.ts";
import { buildNumpyArray } from "./numpy.ts";
import { isPlainName } from "./values.ts";

/** Types that dill knows from Python's module `types`; all others of its table are built in. */
const IN_TYPES = /^(?:[A-Z]\w*Type|SimpleNamespace)$/;
const RANGE = /^range\((-?\d+), (-?\d+)(?:, (-?\d+))?\)$/;

/** A type by the name that dill has for it. */
export const loadType: Builder = ([name], context) =>
  typeof name === "string" ? context.named(IN_TYPES.test(name) ? "types" : "builtins", name) : undefined;

/** dill writes a `range` as Python shows it. Nothing else is read, and nothing evaluated. */
export const evalRepr: Builder = ([text]) => {
  const [found, ...bounds] = typeof text === "string" ? RANGE.exec(text) ?? [] : [];
  const [start, stop, step] = bounds.map((bound) => bound === undefined ? 1 : parseInteger(bound));
  if (found === undefined || start === undefined || stop === undefined || step === undefined) {
    return undefined;
  }
  return new PythonRange(start, stop, step);
};

/** An array of NumPy's: what makes an empty one, with its arguments, and the state. */
export const createArray: Builder = ([make, args, state, attributes], context) => {
  if (make === undefined || !isPlainName(make) || !Array.isArray(args) || state === undefined) {
    return undefined;
  }
  if ((attributes ?? null) !== null) return undefined;
  return buildNumpyArray(new PythonObject({ module: make.module, name: make.name, args }), state, context);
};

/** The class of named tuples. */
export const createNamedtuple: Builder = ([name, fields, module], context) => {
  if (typeof name !== "string" || typeof module !== "string" || !isTexts(fields)) return undefined;
  return context.named(module, name, [...fields]);
};

function isTexts(value: PythonValue | undefined): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
