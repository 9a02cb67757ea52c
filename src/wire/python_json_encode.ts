import type { ComputeEncodeError } from "../errors/encode_error.ts";
import {
  describeClass,
  describeToJson,
  describeUnsendable,
  hasToJson,
  isPlain,
  type PlaceKey,
  refuse,
} from "./encode_place.ts";
import { pythonTypeOf } from "./values/python_type.ts";

/** Python's recursion limit, which its JSON reader runs into. */
const MAX_DEPTH = 1000;
/** Python refuses to read an integer of more digits (`sys.get_int_max_str_digits`). */
const MAX_INTEGER_DIGITS = 4300;
/** Each array and object takes two characters, and a submission has 10 MB at most. */
const MAX_CONTAINERS = 5_000_000;
/** 10^4300: the smallest integer with one digit too many. Made when it is first needed. */
let tooLarge: bigint | undefined;

const NON_ASCII = /[^ -~]/g;
const HAS_NON_ASCII = /[^ -~]/;

/**
 * Writes a value as Python's `json.dumps` would, so that Python's `json.loads` reads the same value: `NaN`,
 * `Infinity`, `-0.0` and integers of any size, every character beyond ASCII escaped.
 *
 * @param name What the value is called in an error, such as `args`.
 * @throws {ComputeEncodeError} If JSON cannot carry the value or a part of it; the error names the place.
 */
export function encodePythonJson(value: unknown, name: string): string {
  return encode(value, { name, containers: 0, isStrict: true, isBeyond: false });
}

/**
 * As {@linkcode encodePythonJson}, but `undefined` where the value has a part that JSON cannot carry and another form
 * might: an object of a class, or what is marked as another type than JSON would make of it.
 */
export function tryPythonJson(value: unknown, name: string): string | undefined {
  const walk: Walk = { name, containers: 0, isStrict: false, isBeyond: false };
  const json = encode(value, walk);
  return walk.isBeyond ? undefined : json;
}

function encode(value: unknown, walk: Walk): string {
  // The walk refuses what JSON.stringify would change in silence, and finds out whether it can be used at all.
  const isOwn = !isSimple(value) && needsOwnWriter(value, undefined, walk);
  if (walk.isBeyond) return "";
  const json = isOwn ? write(value) : JSON.stringify(value);
  return HAS_NON_ASCII.test(json) ? json.replace(NON_ASCII, escapeUnit) : json;
}

function escapeUnit(unit: string): string {
  return "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0");
}

interface Walk {
  /** What the value is called in an error. */
  readonly name: string;
  /** Arrays and objects so far: one that is a part of several counts, as it is written, each time. */
  containers: number;
  /** Whether what JSON cannot carry is refused, and not told by `isBeyond`. */
  readonly isStrict: boolean;
  /** Whether there is something that JSON cannot carry, and another form might. */
  isBeyond: boolean;
}

/** An array or object that the walk is in, noted only for a part that is to be looked into. */
interface Parent {
  readonly value: object;
  /** The place of the part. */
  readonly key: PlaceKey;
  readonly above: Parent | undefined;
}

/**
 * Throws for what JSON cannot carry. Returns whether a value that is not simple, or a part of it, is JSON in Python's
 * flavour alone.
 */
function needsOwnWriter(value: unknown, parent: Parent | undefined, walk: Walk): boolean {
  switch (typeof value) {
    case "number":
      return true;
    case "bigint":
      tooLarge ??= 10n ** BigInt(MAX_INTEGER_DIGITS);
      if (value < tooLarge && value > -tooLarge) return true;
      throw refuseAt(
        `an integer of more than ${MAX_INTEGER_DIGITS} digits, which Python does not read`,
        parent,
        walk,
      );
    case "object":
      return containerNeedsOwnWriter(value as object, parent, walk);
    default:
      throw refuseAt(describeUnsendable(value), parent, walk);
  }
}

/** Whether `JSON.stringify` writes a value as Python reads it, without a look into it. */
function isSimple(value: unknown): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0) && !isLongInteger(value);
    default:
      return value === null;
  }
}

function containerNeedsOwnWriter(value: object, above: Parent | undefined, walk: Walk): boolean {
  let depth = 0;
  for (let parent = above; parent !== undefined; parent = parent.above, depth++) {
    if (parent.value === value) throw refuseAt("a cycle: it is one of its own parents", above, walk);
  }
  if (depth >= MAX_DEPTH) {
    throw refuseAt(`nested deeper than ${MAX_DEPTH}, which Python does not read`, above, walk);
  }
  const beyond = !isPlain(value)
    ? `${describeClass(value)}, which JSON cannot carry: pass a plain object, an array, a string or a number`
    // Some parts are there again and again: a pickle has them once.
    : ++walk.containers > MAX_CONTAINERS
    ? `a value of more than ${MAX_CONTAINERS} arrays and objects`
    : undefined;
  if (!walk.isStrict && (beyond !== undefined || pythonTypeOf(value) !== undefined)) {
    walk.isBeyond = true;
    return false;
  }
  if (beyond !== undefined) throw refuseAt(beyond, above, walk);
  if (hasToJson(value)) throw refuseAt(describeToJson(value), above, walk);
  let found = false;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i];
      if (!isSimple(item) && needsOwnWriter(item, { value, key: i, above }, walk)) found = true;
    }
  } else {
    for (const key of Object.keys(value)) {
      const item = (value as Record<string, unknown>)[key];
      if (!isSimple(item) && needsOwnWriter(item, { value, key, above }, walk)) found = true;
    }
  }
  return found;
}

function refuseAt(what: string, parent: Parent | undefined, { name }: Walk): ComputeEncodeError {
  const keys: PlaceKey[] = [];
  for (; parent !== undefined; parent = parent.above) keys.unshift(parent.key);
  return refuse(what, keys.length, { name, keys });
}

/** Writes what {@linkcode needsOwnWriter} has let through. */
function write(value: unknown): string {
  switch (typeof value) {
    case "number":
      return writeNumber(value);
    case "bigint":
      return value.toString();
    case "object":
      if (value === null) return "null";
      if (Array.isArray(value)) return `[${value.map(write).join(",")}]`;
      return `{${
        Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${write(item)}`).join(",")
      }}`;
    default:
      return JSON.stringify(value);
  }
}

function writeNumber(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  if (isLongInteger(value)) return BigInt(value).toString();
  return Number.isNaN(value) ? "NaN" : String(value);
}

/**
 * Whether JavaScript writes the number as an integer with zeros for its last digits: 2^60 as `1152921504606847000`,
 * which Python, whose integers are exact, would take at its word. From 1e21 on it writes a float.
 */
function isLongInteger(value: number): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21;
}
