import { isPlain, type Place, type PlaceKey, refuse } from "../encode_place.ts";
import { NumpyArray } from "../values/numpy_array.ts";
import { pythonTypeOf } from "../values/python_type.ts";
import { ScalarEncoder } from "./scalar_encoder.ts";
import * as OP from "./opcodes.ts";

/** As deep as our own reader goes. */
export const MAX_DEPTH = 1000;
/** Longer keys are written anew each time: to remember them costs more. */
const MAX_SHARED_KEY = 64;

/** Writes lists, tuples, dicts and sets. */
export abstract class ContainerEncoder extends ScalarEncoder {
  /** Tuples in which all is hashable: one may be a part of many others. */
  #hashable: Set<unknown> | undefined;

  constructor(readonly place: Place) {
    super();
  }

  /** Writes any value that is so many levels deep. */
  abstract save(value: unknown, depth: number): void;

  /** A part of a value: its place is known to an error. */
  savePart(value: unknown, key: PlaceKey, depth: number): void {
    this.place.keys[depth] = key;
    this.save(value, depth + 1);
  }

  saveList(items: unknown[], depth: number): void {
    this.byte(OP.EMPTY_LIST);
    this.memoize(items);
    this.saveItems(items, depth);
  }

  saveItems(items: unknown[], depth: number): void {
    if (items.length === 0) return;
    this.byte(OP.MARK);
    // Not forEach: a hole in an array is an item too, which is refused.
    for (let i = 0; i < items.length; i++) this.savePart(items[i], i, depth);
    this.byte(OP.APPENDS);
  }

  saveTuple(items: unknown[], depth: number): void {
    const { length } = items;
    if (length === 0) return this.byte(OP.EMPTY_TUPLE);
    if (length > 3) this.byte(OP.MARK);
    for (let i = 0; i < length; i++) this.savePart(items[i], i, depth);
    if (this.memo.has(items)) {
      // It was written on the way, as a part of a list in it.
      if (length > 3) this.byte(OP.POP_MARK);
      else for (let i = 0; i < length; i++) this.byte(OP.POP);
      this.saveReference(items);
      return;
    }
    this.byte(length > 3 ? OP.TUPLE : OP.TUPLE1 + length - 1);
    this.memoize(items);
  }

  saveDict(value: object, entries: [unknown, unknown][], depth: number): void {
    const type = pythonTypeOf(value);
    if (type === "collections.Counter") {
      this.saveGlobal("collections", "Counter");
      this.savePlainDict(undefined, value instanceof Map, entries, depth);
      this.byte(OP.TUPLE1);
      this.byte(OP.REDUCE);
      return this.memoize(value);
    }
    if (type === undefined) return this.savePlainDict(value, value instanceof Map, entries, depth);
    this.saveCall({ module: "collections", name: type.slice("collections.".length), args: [] });
    this.memoize(value);
    this.saveEntries(value instanceof Map, entries, depth);
  }

  savePlainDict(
    value: object | undefined,
    isMap: boolean,
    entries: [unknown, unknown][],
    depth: number,
  ): void {
    this.byte(OP.EMPTY_DICT);
    if (value !== undefined) this.memoize(value);
    this.saveEntries(isMap, entries, depth);
  }

  saveEntries(isMap: boolean, entries: readonly [unknown, unknown][], depth: number): void {
    if (entries.length === 0) return;
    this.byte(OP.MARK);
    for (let index = 0; index < entries.length; index++) {
      const [key, item] = entries[index] as [unknown, unknown];
      if (isMap) {
        this.#saveKey(key, { of: "keys", index }, depth);
        this.savePart(item, { of: "values", index }, depth);
      } else {
        this.#saveProperty(key as string);
        this.savePart(item, key as string, depth);
      }
    }
    this.byte(OP.SETITEMS);
  }

  /** The key of a plain object: records have the same ones again and again. */
  #saveProperty(key: string): void {
    if (key.length > MAX_SHARED_KEY) return this.saveText(key);
    if (this.saveReference(key)) return;
    this.saveText(key);
    this.memoize(key);
  }

  saveSet(set: Set<unknown>, depth: number): void {
    const isFrozen = pythonTypeOf(set) === "frozenset";
    if (!isFrozen) {
      this.byte(OP.EMPTY_SET);
      this.memoize(set);
      if (set.size === 0) return;
    }
    this.byte(OP.MARK);
    let index = 0;
    for (const item of set) this.#saveKey(item, { of: "values", index: index++ }, depth);
    if (!isFrozen) return this.byte(OP.ADDITEMS);
    if (this.memo.has(set)) {
      this.byte(OP.POP_MARK);
      this.saveReference(set);
      return;
    }
    this.byte(OP.FROZENSET);
    this.memoize(set);
  }

  /** A key of a `Map` or a member of a `Set`, which Python wants not to change. */
  #saveKey(value: unknown, key: PlaceKey, depth: number): void {
    this.place.keys[depth] = key;
    this.#checkHashable(value, depth + 1);
    this.savePart(value, key, depth);
  }

  #checkHashable(value: unknown, depth: number): void {
    const reason = depth > MAX_DEPTH ? `nested deeper than ${MAX_DEPTH}` : unhashable(value);
    if (reason !== undefined) throw refuse(reason, depth, this.place);
    if (!Array.isArray(value) || this.#hashable?.has(value)) return;
    for (let i = 0; i < value.length; i++) {
      this.place.keys[depth] = i;
      this.#checkHashable(value[i], depth + 1);
    }
    (this.#hashable ??= new Set()).add(value);
  }
}

/** Why Python takes a value for no key; `undefined` where it may take it. */
function unhashable(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const type = pythonTypeOf(value);
  if (type === "tuple" || type === "frozenset") return undefined;
  if (Array.isArray(value)) return "a list, which Python takes for no key: use tuple(…)";
  if (value instanceof Set) return "a set, which Python takes for no key: use frozenset(…)";
  const isMutable = isPlain(value) || value instanceof Map || type === "bytearray" ||
    (value instanceof NumpyArray && !value.isScalar);
  return isMutable ? "a value that can change, which Python takes for no key" : undefined;
}
