import { PythonRange } from "../values/python_range.ts";
import { PythonScalar, type PythonScalarType } from "../values/python_scalar.ts";
import { asPythonType } from "../values/python_type.ts";
import { date, datetime, time, timedelta } from "./datetimes.ts";
import type { PythonValue } from "../values/python_value.ts";
import type { BuildContext, Builder, StateBuilder } from "./builder.ts";
import { PythonComplex } from "../values/python_complex.ts";
import { createArray, createNamedtuple, evalRepr, loadType } from "./dill.ts";
import { buildNumpyArray, numpyFromBuffer, numpyScalar } from "./numpy.ts";
import { isDict, isPlainName, setKey } from "./values.ts";

/** What a path begins with that is no name of a folder: two slashes are another root than one, or three. */
const POSIX_ROOT = /^(?:\/\/(?!\/)|\/*)/;
/** A share with its host, or a drive, and the root. */
const WINDOWS_ROOT = /^(?:\\\\[^\\]+\\[^\\]+|[^\\]:)?\\*/;
/** Of such ones a share has a root in any case. */
const SHARE = /^\\\\[^\\]+\\[^\\]+$/;

/** Joins the parts of a path as Python shows it: 3.13 pickles a path as it was written, others in normal form. */
function pathBuilder(type: PythonScalarType): Builder {
  const isWindows = type.endsWith("WindowsPath");
  const separator = isWindows ? "\\" : "/";
  return (args, context) => {
    if (!args.every(isText)) return undefined;
    const given = isWindows ? joinWindows(args) : joinPosix(args);
    if (given === undefined) return undefined;
    context.charge(8 * given.length);
    let root = (isWindows ? WINDOWS_ROOT : POSIX_ROOT).exec(given)?.[0] ?? "";
    const names = given.slice(root.length).split(separator).filter((name) => name !== "" && name !== ".");
    if (isWindows) root = root.replace(/(?<!^)\\+$/, "\\") + (SHARE.test(root) ? "\\" : "");
    else if (root.length > 2) root = "/";
    return new PythonScalar(type, root + names.join(separator) || ".");
  };
}

const isText = (part: PythonValue): part is string => typeof part === "string";

/** From the last part on that has a root. */
function joinPosix(parts: readonly string[]): string {
  const [root = "", ...rest] = parts.slice(Math.max(0, parts.findLastIndex((part) => part.startsWith("/"))));
  return root + (root === "" || root.endsWith("/") ? "" : "/") + rest.join("/");
}

/** A root or a drive further on may replace the first in part; such a path is left as it is told. */
function joinWindows(parts: readonly string[]): string | undefined {
  const [root = "", ...rest] = parts.map((part) => part.replaceAll("/", "\\"));
  if (rest.some((part) => /^\\|^.:/.test(part))) return undefined;
  // What follows a drive without a root is relative to the folder where one is on it.
  return root + (/^(?:.:)?$|\\$/.test(root) ? "" : "\\") + rest.join("\\");
}

/** A `dict` of these pairs. */
function dictOf(
  pairs: [PythonValue, PythonValue][],
  context: BuildContext,
): { [key: string]: PythonValue } | Map<PythonValue, PythonValue> {
  const object: { [key: string]: PythonValue } = {};
  context.charge(100 * pairs.length);
  for (const [index, [key, value]] of pairs.entries()) {
    if (typeof key !== "string") return context.mapOf(pairs);
    setKey(object, key, value, index);
  }
  return object;
}

/** Its items follow; Python 2 gives them at once, as a list of lists. */
const orderedDict: Builder = (args, context) => {
  const [pairs = []] = args;
  if (args.length > 1 || !Array.isArray(pairs)) return undefined;
  if (!pairs.every((pair) => Array.isArray(pair) && pair.length === 2)) return undefined;
  return asPythonType(dictOf(pairs as [PythonValue, PythonValue][], context), "collections.OrderedDict");
};

const counter: Builder = (args, context) => {
  const [counts = {}] = args;
  if (args.length > 1) return undefined;
  // A copy: the dict itself may be elsewhere too, where it is none.
  if (counts instanceof Map) return asPythonType(context.mapOf(counts), "collections.Counter");
  if (!isDict(counts)) return undefined;
  return asPythonType(dictOf(Object.entries(counts), context), "collections.Counter");
};

/** What makes its missing values is not kept. */
const defaultDict: Builder = (args) =>
  args.length <= 1 ? asPythonType({}, "collections.defaultdict") : undefined;

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
