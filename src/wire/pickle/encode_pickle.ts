import {
  describeClass,
  describeToJson,
  describeUnsendable,
  hasToJson,
  isPlain,
  type Place,
  type PlaceKey,
  refuse,
} from "../encode_place.ts";
import { NumpyArray } from "../values/numpy_array.ts";
import { PythonComplex } from "../values/python_complex.ts";
import { isReceived, PythonObject } from "../values/python_object.ts";
import { PythonRange } from "../values/python_range.ts";
import { PythonScalar } from "../values/python_scalar.ts";
import { pythonTypeOf } from "../values/python_type.ts";
import { byteOrderOf, bytesOf, NUMPY_CODES } from "./encode_numpy.ts";
import { type CallArgument, callOfDate, callOfScalar, type PythonCall } from "./encode_scalar.ts";
import { isSafeToSend } from "./safe_objects.ts";
import { PickleWriter } from "./pickle_writer.ts";

/** As deep as our own reader goes. */
const MAX_DEPTH = 1000;
/** Longer keys are written anew each time: to remember them costs more. */
const MAX_SHARED_KEY = 64;

const OP = {
  MARK: 0x28,
  STOP: 0x2e,
  POP: 0x30,
  POP_MARK: 0x31,
  BINBYTES: 0x42,
  SHORT_BINBYTES: 0x43,
  BINFLOAT: 0x47,
  BININT: 0x4a,
  BININT1: 0x4b,
  BININT2: 0x4d,
  NONE: 0x4e,
  REDUCE: 0x52,
  BINUNICODE: 0x58,
  EMPTY_LIST: 0x5d,
  APPENDS: 0x65,
  BUILD: 0x62,
  BINGET: 0x68,
  EMPTY_TUPLE: 0x29,
  LONG_BINGET: 0x6a,
  TUPLE: 0x74,
  SETITEMS: 0x75,
  EMPTY_DICT: 0x7d,
  PROTO: 0x80,
  NEWOBJ: 0x81,
  TUPLE1: 0x85,
  NEWTRUE: 0x88,
  NEWFALSE: 0x89,
  LONG1: 0x8a,
  LONG4: 0x8b,
  SHORT_BINUNICODE: 0x8c,
  BINBYTES8: 0x8e,
  EMPTY_SET: 0x8f,
  ADDITEMS: 0x90,
  FROZENSET: 0x91,
  NEWOBJ_EX: 0x92,
  STACK_GLOBAL: 0x93,
  MEMOIZE: 0x94,
} as const;

/**
 * Writes a value as a pickle of protocol 4, which Python 3.4 and later read. An object that stands in several places is
 * one in Python too, cycles included.
 *
 * @param name What the value is called in an error, such as `args`.
 * @throws {ComputeEncodeError} If Python has no such value; the error names the place.
 */
export function encodePickle(value: unknown, name: string): Uint8Array<ArrayBuffer> {
  const encoder = new Encoder({ name, keys: [] });
  return encoder.encode(value);
}

class Encoder {
  readonly #out = new PickleWriter();
  /** The index of each object that was written, and of each key of a plain object. */
  readonly #memo = new Map<unknown, number>();
  /** The index of each class and function, and of each type of NumPy's. */
  readonly #names = new Map<unknown, number>();
  #memoized = 0;

  constructor(readonly place: Place) {}

  encode(value: unknown): Uint8Array<ArrayBuffer> {
    this.#out.opcode8(OP.PROTO, 4);
    this.#save(value, 0);
    this.#out.byte(OP.STOP);
    return this.#out.done();
  }

  #save(value: unknown, depth: number): void {
    switch (typeof value) {
      case "string":
        return this.#text(value);
      case "number":
        return this.#number(value);
      case "bigint":
        return this.#integer(value);
      case "boolean":
        return this.#out.byte(value ? OP.NEWTRUE : OP.NEWFALSE);
      case "object":
        return value === null ? this.#out.byte(OP.NONE) : this.#object(value, depth);
      default:
        throw refuse(describeUnsendable(value), depth, this.place);
    }
  }

  /** A part of a value: its place is known to an error. */
  #part(value: unknown, key: PlaceKey, depth: number): void {
    this.place.keys[depth] = key;
    this.#save(value, depth + 1);
  }

  #text(text: string): void {
    this.#out.text(text, OP.SHORT_BINUNICODE, OP.BINUNICODE);
  }

  #number(value: number): void {
    // An integer as JSON has it: 1 and 1.0 are the same here. Beyond 10^21 JavaScript writes a float.
    if (!Number.isInteger(value) || Object.is(value, -0) || Math.abs(value) >= 1e21) {
      return this.#out.float64(OP.BINFLOAT, value);
    }
    if (value < -(2 ** 31) || value >= 2 ** 31) return this.#integer(BigInt(value));
    if (value < 0 || value > 0xffff) return this.#out.opcode32(OP.BININT, value);
    if (value > 0xff) return this.#out.opcode16(OP.BININT2, value);
    this.#out.opcode8(OP.BININT1, value);
  }

  #integer(value: bigint): void {
    const hex = (value < 0n ? ~value : value).toString(16);
    const length = (hex.length >> 1) + 1; // With room for the sign.
    const digits = hex.padStart(2 * length, "0");
    const bytes = new Uint8Array(length);
    const mask = value < 0n ? 255 : 0;
    for (let i = 0; i < length; i++) {
      const at = 2 * (length - 1 - i);
      bytes[i] = Number.parseInt(digits.slice(at, at + 2), 16) ^ mask;
    }
    if (length < 256) this.#out.opcode8(OP.LONG1, length);
    else this.#out.opcode32(OP.LONG4, length);
    this.#out.bytes(bytes);
  }

  #bytes(bytes: Uint8Array): void {
    if (bytes.length < 256) this.#out.opcode8(OP.SHORT_BINBYTES, bytes.length);
    else if (bytes.length < 2 ** 32) this.#out.opcode32(OP.BINBYTES, bytes.length);
    else this.#out.opcode64(OP.BINBYTES8, bytes.length);
    this.#out.bytes(bytes);
  }

  #memoize(value: unknown, memo = this.#memo): void {
    memo.set(value, this.#memoized++);
    this.#out.byte(OP.MEMOIZE);
  }

  /** Writes a reference where the value was written before. */
  #get(value: unknown, memo = this.#memo): boolean {
    const index = memo.get(value);
    if (index === undefined) return false;
    if (index < 256) this.#out.opcode8(OP.BINGET, index);
    else this.#out.opcode32(OP.LONG_BINGET, index);
    return true;
  }

  #object(value: object, depth: number): void {
    if (this.#get(value)) return;
    if (depth >= MAX_DEPTH) throw refuse(`nested deeper than ${MAX_DEPTH}`, depth, this.place);
    if (isPlain(value)) {
      if (hasToJson(value)) throw refuse(describeToJson(value), depth, this.place);
      if (!Array.isArray(value)) return this.#dict(value, Object.entries(value), depth);
      if (pythonTypeOf(value) === "tuple") return this.#tuple(value, depth);
      return this.#list(value, depth);
    }
    if (value instanceof Map) return this.#dict(value, [...value], depth);
    if (value instanceof Set) return this.#set(value, depth);
    if (value instanceof Date) {
      const call = callOfDate(value);
      if (call === undefined) throw refuse("a Date that Python does not have", depth, this.place);
      this.#call(call);
    } else if (value instanceof PythonScalar) {
      const call = callOfScalar(value);
      if (call === undefined) {
        throw refuse(`a ${value.type} that Python does not have: ${value.text}`, depth, this.place);
      }
      this.#call(call);
    } else if (value instanceof PythonComplex) this.#complex(value);
    else if (value instanceof PythonRange) this.#range(value);
    else if (value instanceof NumpyArray) this.#numpy(value);
    else if (value instanceof PythonObject) return this.#pythonObject(value, depth);
    else this.#anyBytes(value, depth);
    this.#memoize(value);
  }

  #anyBytes(value: object, depth: number): void {
    if (value instanceof Uint8Array) {
      if (pythonTypeOf(value) !== "bytearray") return this.#bytes(value);
      return this.#call({ module: "builtins", name: "bytearray", args: [value] });
    }
    if (value instanceof ArrayBuffer) return this.#bytes(new Uint8Array(value));
    if (value instanceof DataView || value instanceof Uint8ClampedArray) {
      return this.#bytes(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    }
    const what = describeClass(value);
    if (ArrayBuffer.isView(value)) {
      throw refuse(
        `${what}: pass new NumpyArray(type, array), or its bytes, or [...array]`,
        depth,
        this.place,
      );
    }
    throw refuse(
      `${what}, which Python does not have: pass a plain object, or a PythonObject`,
      depth,
      this.place,
    );
  }

  #list(items: unknown[], depth: number): void {
    this.#out.byte(OP.EMPTY_LIST);
    this.#memoize(items);
    this.#append(items, depth);
  }

  #append(items: unknown[], depth: number): void {
    if (items.length === 0) return;
    this.#out.byte(OP.MARK);
    // Not forEach: a hole in an array is an item too, which is refused.
    for (let i = 0; i < items.length; i++) this.#part(items[i], i, depth);
    this.#out.byte(OP.APPENDS);
  }

  #tuple(items: unknown[], depth: number): void {
    const { length } = items;
    if (length === 0) return this.#out.byte(OP.EMPTY_TUPLE);
    if (length > 3) this.#out.byte(OP.MARK);
    for (let i = 0; i < length; i++) this.#part(items[i], i, depth);
    if (this.#memo.has(items)) {
      // It was written on the way, as a part of a list in it.
      if (length > 3) this.#out.byte(OP.POP_MARK);
      else for (let i = 0; i < length; i++) this.#out.byte(OP.POP);
      this.#get(items);
      return;
    }
    this.#out.byte(length > 3 ? OP.TUPLE : OP.TUPLE1 + length - 1);
    this.#memoize(items);
  }

  #dict(value: object, entries: [unknown, unknown][], depth: number): void {
    const type = pythonTypeOf(value);
    if (type === "collections.Counter") {
      this.#global("collections", "Counter");
      this.#plainDict(undefined, value instanceof Map, entries, depth);
      this.#out.byte(OP.TUPLE1);
      this.#out.byte(OP.REDUCE);
      return this.#memoize(value);
    }
    if (type === undefined) return this.#plainDict(value, value instanceof Map, entries, depth);
    this.#call({ module: "collections", name: type.slice("collections.".length), args: [] });
    this.#memoize(value);
    this.#setItems(value instanceof Map, entries, depth);
  }

  #plainDict(value: object | undefined, isMap: boolean, entries: [unknown, unknown][], depth: number): void {
    this.#out.byte(OP.EMPTY_DICT);
    if (value !== undefined) this.#memoize(value);
    this.#setItems(isMap, entries, depth);
  }

  #setItems(isMap: boolean, entries: readonly [unknown, unknown][], depth: number): void {
    if (entries.length === 0) return;
    this.#out.byte(OP.MARK);
    for (let index = 0; index < entries.length; index++) {
      const [key, item] = entries[index] as [unknown, unknown];
      if (isMap) {
        this.#hashable(key, { of: "keys", index }, depth);
        this.#part(item, { of: "values", index }, depth);
      } else {
        this.#key(key as string);
        this.#part(item, key as string, depth);
      }
    }
    this.#out.byte(OP.SETITEMS);
  }

  /** The key of a plain object: records have the same ones again and again. */
  #key(key: string): void {
    if (key.length > MAX_SHARED_KEY) return this.#text(key);
    if (this.#get(key)) return;
    this.#text(key);
    this.#memoize(key);
  }

  #set(set: Set<unknown>, depth: number): void {
    const isFrozen = pythonTypeOf(set) === "frozenset";
    if (!isFrozen) {
      this.#out.byte(OP.EMPTY_SET);
      this.#memoize(set);
      if (set.size === 0) return;
    }
    this.#out.byte(OP.MARK);
    let index = 0;
    for (const item of set) this.#hashable(item, { of: "values", index: index++ }, depth);
    if (!isFrozen) return this.#out.byte(OP.ADDITEMS);
    if (this.#memo.has(set)) {
      this.#out.byte(OP.POP_MARK);
      this.#get(set);
      return;
    }
    this.#out.byte(OP.FROZENSET);
    this.#memoize(set);
  }

  /** A key of a `Map` or a member of a `Set`, which Python wants not to change. */
  #hashable(value: unknown, key: PlaceKey, depth: number): void {
    this.place.keys[depth] = key;
    this.#checkHashable(value, depth + 1);
    this.#part(value, key, depth);
  }

  #checkHashable(value: unknown, depth: number): void {
    const reason = depth > MAX_DEPTH ? `nested deeper than ${MAX_DEPTH}` : unhashable(value);
    if (reason !== undefined) throw refuse(reason, depth, this.place);
    if (!Array.isArray(value)) return;
    for (let i = 0; i < value.length; i++) {
      this.place.keys[depth] = i;
      this.#checkHashable(value[i], depth + 1);
    }
  }

  /** A class or a function, by its name. */
  #global(module: string, name: string): void {
    const key = JSON.stringify([module, name]);
    if (this.#get(key, this.#names)) return;
    this.#text(module);
    this.#text(name);
    this.#out.byte(OP.STACK_GLOBAL);
    this.#memoize(key, this.#names);
  }

  #call({ module, name, args }: PythonCall): void {
    this.#global(module, name);
    this.#argumentTuple(args, (argument: CallArgument) => {
      if (argument instanceof Uint8Array) this.#bytes(argument);
      else if (typeof argument === "object") this.#call(argument);
      else this.#save(argument, 0);
    });
    this.#out.byte(OP.REDUCE);
  }

  #argumentTuple<Item>(items: readonly Item[], save: (item: Item, index: number) => void): void {
    if (items.length > 3) this.#out.byte(OP.MARK);
    items.forEach(save);
    if (items.length === 0) this.#out.byte(OP.EMPTY_TUPLE);
    else this.#out.byte(items.length > 3 ? OP.TUPLE : OP.TUPLE1 + items.length - 1);
  }

  #complex({ real, imag }: PythonComplex): void {
    this.#global("builtins", "complex");
    this.#argumentTuple([real, imag], (part) => this.#out.float64(OP.BINFLOAT, part));
    this.#out.byte(OP.REDUCE);
  }

  #range({ start, stop, step }: PythonRange): void {
    this.#global("builtins", "range");
    this.#argumentTuple([start, stop, step], (bound) => this.#integer(BigInt(bound)));
    this.#out.byte(OP.REDUCE);
  }

  /** By the name that NumPy 1 and 2 both know. */
  #numpy(array: NumpyArray): void {
    const module = "numpy.core.multiarray";
    if (array.isScalar) {
      this.#global(module, "scalar");
      this.#dtype(array);
      this.#bytes(bytesOf(array));
      this.#out.byte(OP.TUPLE1 + 1);
      return this.#out.byte(OP.REDUCE);
    }
    this.#global(module, "_reconstruct");
    this.#global("numpy", "ndarray");
    this.#argumentTuple([0], (length) => this.#number(length));
    this.#bytes(Uint8Array.of(98));
    this.#out.byte(OP.TUPLE1 + 2);
    this.#out.byte(OP.REDUCE);
    this.#out.byte(OP.MARK);
    this.#number(1);
    this.#argumentTuple(array.shape, (length) => this.#number(length));
    this.#dtype(array);
    this.#save(array.isFortranOrder, 0);
    this.#bytes(bytesOf(array));
    this.#out.byte(OP.TUPLE);
    this.#out.byte(OP.BUILD);
  }

  #dtype({ type }: NumpyArray): void {
    if (this.#get(type, this.#names)) return;
    this.#global("numpy", "dtype");
    this.#argumentTuple([NUMPY_CODES[type], false, true], (argument) => this.#save(argument, 0));
    this.#out.byte(OP.REDUCE);
    this.#memoize(type, this.#names);
    const state = [3, byteOrderOf(type), null, null, null, -1, -1, 0];
    this.#argumentTuple(state, (part) => this.#save(part, 0));
    this.#out.byte(OP.BUILD);
  }

  #pythonObject(object: PythonObject, depth: number): void {
    const { args, kwargs, isNew, items, entries, state } = object;
    if (isReceived(object) && !isSafeToSend(object)) {
      // Sent on as it is, a result of one endpoint could run what it likes at another.
      throw refuse(
        `an object ${object} that came from Python, which would import and call that: ` +
          `make it anew by new PythonObject({ … }) if you mean it`,
        depth,
        this.place,
      );
    }
    if (args === undefined) return this.#global(object.module, object.name);
    this.place.keys[depth] = "args";
    if (object.module === "operator" && object.name === "call") this.#calledCall(args, depth + 1);
    else if (isNew) this.#new(object, args, depth + 1);
    else if (kwargs === undefined) {
      this.#global(object.module, object.name);
      this.#argumentTuple(args, (item, index) => this.#part(item, index, depth + 1));
      this.#out.byte(OP.REDUCE);
    } else this.#callWithKeywords(object, args, kwargs, depth + 1);
    this.#memoize(object);
    this.place.keys[depth] = "items";
    if (items !== undefined) this.#append(items, depth + 1);
    this.place.keys[depth] = "entries";
    if (entries !== undefined) this.#setItems(true, entries, depth + 1);
    if (state === undefined) return;
    this.#part(state, "state", depth);
    this.#out.byte(OP.BUILD);
  }

  /** What is called is made by a call itself; `operator.call` is there from Python 3.11 on alone. */
  #calledCall([callable, ...args]: unknown[], depth: number): void {
    this.#part(callable, 0, depth);
    this.#argumentTuple(args, (item, index) => this.#part(item, index + 1, depth));
    this.#out.byte(OP.REDUCE);
  }

  #new({ module, name, kwargs }: PythonObject, args: unknown[], depth: number): void {
    this.#global(module, name);
    this.#argumentTuple(args, (item, index) => this.#part(item, index, depth));
    if (kwargs === undefined) return this.#out.byte(OP.NEWOBJ);
    this.place.keys[depth - 1] = "kwargs";
    this.#plainDict(undefined, false, Object.entries(kwargs), depth);
    this.#out.byte(OP.NEWOBJ_EX);
  }

  /** A pickle calls by position alone, and so Python's `copyreg` does it: by a `partial` that knows the rest. */
  #callWithKeywords(
    { module, name }: PythonObject,
    args: unknown[],
    kwargs: Record<string, unknown>,
    depth: number,
  ): void {
    this.#global("functools", "partial");
    this.#global(module, name);
    this.#out.byte(OP.TUPLE1);
    this.#out.byte(OP.REDUCE);
    this.#out.byte(OP.MARK);
    this.#global(module, name);
    this.#argumentTuple(args, (item, index) => this.#part(item, index, depth));
    this.place.keys[depth - 1] = "kwargs";
    this.#plainDict(undefined, false, Object.entries(kwargs), depth);
    this.#out.byte(OP.EMPTY_DICT);
    this.#out.byte(OP.TUPLE);
    this.#out.byte(OP.BUILD);
    this.#out.byte(OP.EMPTY_TUPLE);
    this.#out.byte(OP.REDUCE);
  }
}

/** Why Python takes a value for no key; `undefined` where it may take it. */
function unhashable(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const type = pythonTypeOf(value);
  if (type === "tuple" || type === "frozenset") return undefined;
  const way = Array.isArray(value)
    ? "a list, which Python takes for no key: use tuple(…)"
    : value instanceof Set
    ? "a set, which Python takes for no key: use frozenset(…)"
    : undefined;
  if (way !== undefined) return way;
  const isMutable = isPlain(value) || value instanceof Map || type === "bytearray" ||
    (value instanceof NumpyArray && !value.isScalar);
  return isMutable ? "a value that can change, which Python takes for no key" : undefined;
}
