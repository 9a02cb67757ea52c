import { PythonObject } from "../values/python_object.ts";
import { asPythonType, pythonTypeOf } from "../values/python_type.ts";
import type { PythonValue } from "../values/python_value.ts";
import { PickleStack } from "./pickle_stack.ts";
import { isDict, isPlainName, type Mutable, setKey } from "./values.ts";

/** Runtimes make a class for objects of the same keys; after so many each one has a table of its own. */
const MAX_SHAPES = 1_000;
const SHAPE_BYTES = 300;

/** What the opcodes of a pickle do with lists, dicts and sets. */
export class PickleContainers extends PickleStack {
  #comparisons: KeyComparisons | undefined;
  #comparisonsLeft = this.limits.maxKeyComparisons;
  /** The dict that was made last, while it is empty. */
  #newest: PythonValue | undefined;
  readonly #shapes = new Set<PythonValue | undefined>();
  /** The keys, in Python's order, of each dict that has one like `"7"`: an object puts those before all others. */
  #orders: Map<PythonValue, string[]> | undefined;

  /** An empty dict. */
  pushDict(): void {
    this.spend(96);
    this.push(this.#newest = {});
  }

  /** Appends what stands at `start` and above to what stands below. */
  append(start: number): void {
    const target = this.target(start - 1);
    const { stack, top } = this;
    let items = target;
    if (target instanceof PythonObject && !isPlainName(target)) {
      if (target.items === undefined) this.spend(64);
      items = (target as Mutable<PythonObject>).items ??= [];
    }
    if (!Array.isArray(items)) this.fail("it appends to what is no list");
    // The runtime makes room for 17 at once.
    this.charge(8 * (top - start) + (items.length === 0 ? 136 : 0));
    for (let at = start; at < top; at++) items.push(stack[at] as PythonValue);
    this.top = start;
  }

  /** Adds what stands after the last mark to the set below. */
  addItems(): void {
    const start = this.popMark();
    const target = this.target(start - 1);
    if (!(target instanceof Set)) this.fail("it adds to what is no set");
    this.charge(40 * (this.top - start));
    for (let at = start; at < this.top; at++) this.#add(target, this.stack[at] as PythonValue);
    this.top = start;
  }

  /** A set of these. */
  setOf(items: readonly PythonValue[]): Set<PythonValue> {
    this.spend(256 + 40 * items.length);
    const set = new Set<PythonValue>();
    for (const item of items) this.#add(set, item);
    return set;
  }

  /** A `Map` of these keys and values. */
  mapOf(entries: Iterable<readonly [PythonValue, PythonValue]>): Map<PythonValue, PythonValue> {
    this.spend(256);
    const map = new Map<PythonValue, PythonValue>();
    for (const [key, value] of entries) {
      this.charge(100);
      this.#set(map, key, value);
    }
    return map;
  }

  /** Puts the keys and values that stand at `start` and above into what stands below. */
  setItems(start: number): void {
    const { top } = this;
    if ((top - start) % 2 !== 0) this.fail("a key without a value");
    this.charge(20 * (top - start));
    const target = this.target(start - 1);
    if (isDict(target)) {
      const at = this.#setTexts(target, start);
      if (at < top) this.#setEntries(this.#toMap(start - 1, target), at);
    } else this.#setEntries(target, start);
    this.top = start;
  }

  #add(set: Set<PythonValue>, item: PythonValue): void {
    if (typeof item === "number" || typeof item === "bigint") this.#compare(set, item);
    set.add(item);
  }

  #set(map: Map<PythonValue, PythonValue>, key: PythonValue, value: PythonValue): void {
    if (typeof key === "number" || typeof key === "bigint") this.#compare(map, key);
    map.set(key, value);
  }

  #compare(container: Map<PythonValue, PythonValue> | Set<PythonValue>, key: number | bigint): void {
    this.#comparisonsLeft -= (this.#comparisons ??= new KeyComparisons()).cost(container, key);
    if (this.#comparisonsLeft < 0) {
      this.fail("a dict or set has too many numbers for keys: see 'maxKeyComparisons' of 'pickleLimits'");
    }
  }

  /** Sets the properties up to the first key that is no text, and tells where that stands. */
  #setTexts(dict: { [key: string]: PythonValue }, start: number): number {
    const { stack, top } = this;
    if (dict === this.#newest) this.#noteShape(stack[start]);
    let order = this.#orders?.get(dict);
    for (let at = start; at < top; at += 2) {
      const key = stack[at];
      if (typeof key !== "string") return at;
      const first = key.charCodeAt(0);
      if (order === undefined && first >= 48 && first <= 57) order = this.#keepOrder(dict);
      setKey(dict, key, stack[at + 1] as PythonValue, order?.length ?? Infinity);
      order?.push(key);
    }
    return top;
  }

  /** Takes the first key of a dict for its shape. */
  #noteShape(key: PythonValue | undefined): void {
    this.#newest = undefined;
    if (this.#shapes.has(key)) return;
    if (this.#shapes.size < MAX_SHAPES) this.#shapes.add(key);
    else this.charge(SHAPE_BYTES);
  }

  #keepOrder(dict: { [key: string]: PythonValue }): string[] {
    const order = Object.keys(dict);
    this.charge(400 + 8 * order.length);
    (this.#orders ??= new Map()).set(dict, order);
    return order;
  }

  #setEntries(target: PythonValue, start: number): void {
    const { stack, top } = this;
    if (target instanceof Map) {
      this.charge(30 * (top - start));
      for (let at = start; at < top; at += 2) {
        this.#set(target, stack[at] as PythonValue, stack[at + 1] as PythonValue);
      }
    } else if (target instanceof PythonObject && !isPlainName(target)) {
      const entries = (target as Mutable<PythonObject>).entries ??= [];
      for (let at = start; at < top; at += 2) {
        this.spend(64);
        entries.push([stack[at] as PythonValue, stack[at + 1] as PythonValue]);
      }
    } else this.fail("it puts items into what is no dict");
  }

  #toMap(at: number, dict: { [key: string]: PythonValue }): Map<PythonValue, PythonValue> {
    const keys = this.#orders?.get(dict) ?? Object.keys(dict);
    const map = this.mapOf(keys.map((key) => [key, dict[key] as PythonValue]));
    const type = pythonTypeOf(dict);
    this.replace(at, dict, type === undefined ? map : asPythonType(map, type));
    return map;
  }
}

/** What may have numbers for keys. */
type Container = ReadonlyMap<PythonValue, PythonValue> | ReadonlySet<PythonValue>;

/** Up to this many keys are compared in no time, but for large integers. */
const SMALL = 64;
/** Integers from 0 to so many times the number of keys are too few to choose from: any hash spreads them. */
const DENSE = 4;

/** Tells, for each dict and set of a pickle, with how many keys a new one may have to be compared at worst. */
class KeyComparisons {
  /** How many numbers each has that lie far apart, of those that are not small. */
  readonly #sparse = new Map<Container, number>();

  /** How many comparisons, of numbers of 64 bits, a new key may take. */
  cost(container: Container, key: number | bigint): number {
    const { size } = container;
    let others = size;
    if (size >= SMALL) {
      if (typeof key === "number" && key >= 0 && key < DENSE * size && Number.isInteger(key)) return 0;
      others = this.#sparse.get(container) ?? SMALL;
      this.#sparse.set(container, others + 1);
    } else if (typeof key === "number") return 0;
    return typeof key === "number" || others === 0 ? others : others * (2 + key.toString(16).length / 16);
  }
}
