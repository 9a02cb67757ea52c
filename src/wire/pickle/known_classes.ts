import { PythonComplex } from "../values/python_complex.ts";
import { PythonRange } from "../values/python_range.ts";
import { PythonScalar } from "../values/python_scalar.ts";
import { asPythonType } from "../values/python_type.ts";
import type { PythonValue } from "../values/python_value.ts";
import type { Builder, StateBuilder } from "./builder.ts";
import { counter, defaultDict, orderedDict } from "./collections.ts";
import { date, datetime, time, timedelta } from "./datetimes.ts";
import { buildNumpyArray, numpyFromBuffer, numpyScalar } from "./numpy.ts";
import { pathBuilder } from "./paths.ts";
import { createArray, createNamedtuple, evalRepr, loadType } from "./dill.ts";
import { isPlainName } from "./values.ts";

const isInteger = (value: unknown): value is number | bigint =>
  typeof value === "bigint" || Number.isSafeInteger(value);

/** `set([1, 2])`, as protocols before 4 have it. */
const set: Builder = ([items], context) => Array.isArray(items) ? context.setOf(items) : undefined;

/** Bytes as protocols before 3 have them: the text that they are in Latin-1. */
const encode: Builder = ([text, encoding]) =>
  typeof text === "string" && (encoding === "latin1" || encoding === "latin-1")
    ? bytesOfLatin1(text)
    : undefined;

function bytesOfLatin1(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < bytes.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 255) return undefined;
    bytes[index] = code;
  }
  return bytes;
}

const bytearray: Builder = (args, context) => {
  const [data] = args;
  const bytes = args.length === 0
    ? new Uint8Array()
    : data instanceof Uint8Array
    ? new Uint8Array(data)
    : encode(args, context);
  return bytes instanceof Uint8Array ? asPythonType(bytes, "bytearray") : undefined;
};

const complex: Builder = ([real, imag]) =>
  typeof real === "number" && typeof imag === "number" ? new PythonComplex(real, imag) : undefined;

const range: Builder = ([start, stop, step]) =>
  isInteger(start) && isInteger(stop) && isInteger(step) ? new PythonRange(start, stop, step) : undefined;

/** A part of a class, such as a class in it or a member of an `Enum`, is named with a dot. */
const getattr: Builder = (args, context) => {
  const [parent, name] = args;
  if (args.length !== 2 || parent === undefined || !isPlainName(parent)) return undefined;
  if (typeof name !== "string" || name === "" || name.includes(".")) return undefined;
  return context.named(parent.module, `${parent.name}.${name}`);
};

const decimal: Builder = (args) =>
  args.length === 1 && typeof args[0] === "string" ? new PythonScalar("decimal.Decimal", args[0]) : undefined;

const fraction: Builder = (args) => {
  const [numerator, denominator] = args;
  if (args.length === 1 && typeof numerator === "string") {
    return new PythonScalar("fractions.Fraction", numerator);
  }
  // A large one is not written out: that takes long, and a pickle may ask for it again and again.
  if (args.length !== 2 || typeof numerator !== "number" || typeof denominator !== "number") return undefined;
  const text = denominator === 1 ? `${numerator}` : `${numerator}/${denominator}`;
  return new PythonScalar("fractions.Fraction", text);
};

const uuid: StateBuilder = (object, state) => {
  if (object.module !== "uuid" || object.args?.length !== 0 || typeof state !== "object") return undefined;
  const integer = (state as { int?: PythonValue } | null)?.int;
  if (!isInteger(integer) || integer < 0 || integer >= 2n ** 128n) return undefined;
  const hex = integer.toString(16).padStart(32, "0");
  return new PythonScalar("uuid.UUID", hex.replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"));
};

/** Protocols 0 and 1 make objects this way. One made of a `list` or an `int` is told as the call that it is. */
const reconstructor: Builder = ([type, base, state], context) =>
  type !== undefined && isPlainName(type) && base !== undefined && isPlainName(base) &&
    base.module === "builtins" && base.name === "object" && state === null
    ? context.make(type, asPythonType([], "tuple"))
    : undefined;

const newObject: Builder = ([type, ...args], context) =>
  type !== undefined && isPlainName(type) ? context.make(type, asPythonType(args, "tuple")) : undefined;

const newObjectEx: Builder = ([type, args, kwargs], context) =>
  type !== undefined && isPlainName(type) && args !== undefined && kwargs !== undefined
    ? context.make(type, args, kwargs)
    : undefined;

/** The functions that Python's pickles call, by module and name, where the value they make has a type here. */
export const CALLS: ReadonlyMap<string, Builder> = new Map<string, Builder>([
  ["builtins set", set],
  ["builtins frozenset", (args, context) => {
    const items = set(args, context);
    return items instanceof Set ? asPythonType(items, "frozenset") : undefined;
  }],
  ["_codecs encode", encode],
  ["builtins bytes", (args) => args.length === 0 ? new Uint8Array() : undefined],
  ["builtins bytearray", bytearray],
  ["builtins complex", complex],
  ["builtins range", range],
  ["builtins getattr", getattr],
  ["copyreg _reconstructor", reconstructor],
  ["copyreg __newobj__", newObject],
  ["copyreg __newobj_ex__", newObjectEx],
  ["collections OrderedDict", orderedDict],
  ["collections Counter", counter],
  ["collections defaultdict", defaultDict],
  ["decimal Decimal", decimal],
  ["fractions Fraction", fraction],
  ["datetime datetime", datetime],
  ["datetime date", date],
  ["datetime time", time],
  ["datetime timedelta", timedelta],
  ...["pathlib", "pathlib._local"].flatMap((module): [string, Builder][] => [
    [`${module} PosixPath`, pathBuilder("pathlib.PosixPath")],
    [`${module} PurePosixPath`, pathBuilder("pathlib.PurePosixPath")],
    [`${module} WindowsPath`, pathBuilder("pathlib.WindowsPath")],
    [`${module} PureWindowsPath`, pathBuilder("pathlib.PureWindowsPath")],
  ]),
  ["dill._dill _load_type", loadType],
  ["dill._dill _eval_repr", evalRepr],
  ["dill._dill _create_array", createArray],
  ["dill._dill _create_namedtuple", createNamedtuple],
  ...["numpy.core", "numpy._core"].flatMap((module): [string, Builder][] => [
    [`${module}.multiarray scalar`, numpyScalar],
    [`${module}.numeric _frombuffer`, numpyFromBuffer],
  ]),
]);

/** The objects that are made empty first and have their value as a state, by the name of their class or function. */
export const STATES: ReadonlyMap<string, StateBuilder> = new Map<string, StateBuilder>([
  ["UUID", uuid],
  ["_reconstruct", buildNumpyArray],
]);
