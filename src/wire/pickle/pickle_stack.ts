import { PythonObject } from "../values/python_object.ts";
import { asPythonType, pythonTypeOf } from "../values/python_type.ts";
import type { PythonValue } from "../values/python_value.ts";
import { PickleReader } from "./pickle_reader.ts";
import { isDict, isPlainName, type Mutable, setProperty } from "./values.ts";

/** The stack and the memo of a pickle, and what its opcodes do with lists, dicts and sets. */
export class PickleStack extends PickleReader {
  /** The stack: all below `top`. */
  readonly stack: PythonValue[] = [];
  top = 0;
  /** What stands below the last mark is out of reach. */
  #fence = 0;
  readonly #marks: number[] = [];
  /** By index. An index may be far out: then the runtime keeps the array as a table. */
  readonly #memo: (PythonValue | undefined)[] = [];
  #memoized = 0;
  /**
   * What is on the stack a second time, or was. All else is referred to by one place of the stack and by the memo
   * alone, so that another value can take its place.
   */
  #captured: Set<PythonValue> | undefined;
  /** Values that had to become others: a `dict` whose keys turned out not to be strings is a `Map` from then on. */
  replaced: Map<PythonValue, PythonValue> | undefined;
  /** Whether one that is replaced may be a part of others. */
  isReplacedInside = false;

  /** Whether any value may be a part of two others, or of itself. */
  get isShared(): boolean {
    return this.#captured !== undefined;
  }

  push(value: PythonValue): void {
    this.stack[this.top++] = value;
  }

  pop(): PythonValue {
    if (this.top <= this.#fence) this.fail("the stack is empty");
    return this.stack[--this.top] as PythonValue;
  }

  /** The top of the stack, which stays. */
  peekTop(): PythonValue {
    if (this.top <= this.#fence) this.fail("the stack is empty");
    return this.stack[this.top - 1] as PythonValue;
  }

  mark(): void {
    this.#marks.push(this.top);
    this.#fence = this.top;
  }

  /** Takes the last mark away, and tells where its items begin. */
  popMark(): number {
    const start = this.#marks.pop() ?? this.fail("there is no mark");
    this.#fence = this.#marks.at(-1) ?? 0;
    return start;
  }

  /** Drops the top of the stack, or the mark if it stands there. */
  drop(): void {
    if (this.#marks.at(-1) === this.top) this.popMark();
    else this.pop();
  }

  duplicate(): void {
    const value = this.peekTop();
    this.#capture(value);
    this.push(value);
  }

  /** The items after the last mark, taken off. */
  popItems(): PythonValue[] {
    const start = this.popMark();
    const items = this.stack.slice(start, this.top);
    this.top = start;
    this.spend(64 + 8 * items.length);
    return items;
  }

  pushTuple(length: number): void {
    const start = this.top - length;
    if (start < this.#fence) this.fail("the stack is empty");
    this.spend(120);
    const { stack } = this;
    const items = length === 1
      ? [stack[start]]
      : length === 2
      ? [stack[start], stack[start + 1]]
      : stack.slice(start, start + length);
    this.top = start;
    this.push(asPythonType(items as PythonValue[], "tuple"));
  }

  memoize(): void {
    this.put(this.#memoized);
  }

  put(index: number): void {
    const value = this.peekTop();
    if (this.#memo[index] === undefined) this.#memoized++;
    this.#memo[index] = value;
  }

  /** The index in a line of text. */
  memoIndex(): number {
    const line = this.line();
    const index = /^\d{1,9}$/.test(line) ? Number(line) : -1;
    return index < 0 ? this.fail(`no index of the memo: '${line.slice(0, 20)}'`) : index;
  }

  get(index: number): void {
    const value = this.#memo[index];
    if (value === undefined) this.fail(`nothing is memoized as ${index}`);
    if (typeof value !== "object" || value === null) return this.push(value);
    const current = this.#current(value);
    this.#capture(current);
    this.push(current);
  }

  #capture(value: PythonValue): void {
    // A class is on the stack for each of its instances. It is never changed.
    if (typeof value !== "object" || value === null || isPlainName(value)) return;
    (this.#captured ??= new Set()).add(value);
  }

  #current(value: PythonValue): PythonValue {
    return this.replaced?.get(value) ?? value;
  }

  /** The value to change, at this place of the stack. */
  protected target(at: number): PythonValue {
    if (at < this.#fence) this.fail("the stack is empty");
    return this.#current(this.stack[at] as PythonValue);
  }

  /** Puts another value in the place of one, wherever that is. */
  protected replace(at: number, value: PythonValue, by: PythonValue): void {
    (this.replaced ??= new Map()).set(value, by);
    if (this.#captured?.has(value)) {
      this.isReplacedInside = true;
      this.#captured.add(by);
    }
    this.stack[at] = by;
  }

  /** Where the topmost so many values begin. */
  below(count: number): number {
    if (this.top - count < this.#fence) this.fail("the stack is empty");
    return this.top - count;
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
    for (let at = start; at < top; at++) items.push(stack[at] as PythonValue);
    this.top = start;
  }

  /** Adds what stands after the last mark to the set below. */
  addItems(): void {
    const start = this.popMark();
    const target = this.target(start - 1);
    if (!(target instanceof Set)) this.fail("it adds to what is no set");
    this.spend(40 * (this.top - start));
    for (let at = start; at < this.top; at++) target.add(this.stack[at] as PythonValue);
    this.top = start;
  }

  /** Puts the keys and values that stand at `start` and above into what stands below. */
  setItems(start: number): void {
    const { stack, top } = this;
    if ((top - start) % 2 !== 0) this.fail("a key without a value");
    let target = this.target(start - 1);
    let at = start;
    if (isDict(target)) {
      for (; at < top; at += 2) {
        const key = stack[at] as PythonValue;
        if (typeof key !== "string") {
          target = this.#toMap(start - 1, target);
          break;
        }
        setProperty(target, key, stack[at + 1] as PythonValue);
      }
    }
    if (at < top) this.#setEntries(target, at);
    this.spend(20 * (top - start));
    this.top = start;
  }

  #setEntries(target: PythonValue, start: number): void {
    const { stack, top } = this;
    if (target instanceof Map) {
      for (let at = start; at < top; at += 2) {
        target.set(stack[at] as PythonValue, stack[at + 1] as PythonValue);
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
    const entries = Object.entries(dict);
    this.spend(256 + 40 * entries.length);
    const map = new Map<PythonValue, PythonValue>(entries);
    const type = pythonTypeOf(dict);
    this.replace(at, dict, type === undefined ? map : asPythonType(map, type));
    return map;
  }
}
