import { asPythonType } from "../values/python_type.ts";
import type { PythonValue } from "../values/python_value.ts";
import { PickleReader } from "./pickle_reader.ts";
import { isPlainName } from "./values.ts";

/** The indexes of the memo that are next in turn, and so many beyond them, make an array. */
const MAX_MEMO_GAP = 1024;

/** The stack and the memo of a pickle. */
export class PickleStack extends PickleReader {
  /** The stack: all below `top`. */
  readonly stack: PythonValue[] = [];
  top = 0;
  /** So much of the stack is paid for. */
  #room = 1024;
  /** What stands below the last mark is out of reach. */
  #fence = 0;
  readonly #marks: number[] = [];
  /** By index. */
  readonly #memo: (PythonValue | undefined)[] = [];
  /** Those whose index is far out. */
  #farMemo: Map<number, PythonValue> | undefined;
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

  /** Whether the parts of a value may have become parts of another, which was made from it. */
  protected isCopied = false;

  /** Whether a value may be a part of two others, or of itself. */
  isShared(value: PythonValue): boolean {
    return this.isCopied || this.#captured?.has(value) === true;
  }

  push(value: PythonValue): void {
    if (this.top === this.#room) {
      this.charge(24 * this.#room);
      this.#room *= 2;
    }
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
    this.charge(24);
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
    this.spend(64 + 8 * (this.top - start));
    const items = this.stack.slice(start, this.top);
    this.top = start;
    return items;
  }

  pushTuple(length: number): void {
    const start = this.top - length;
    if (start < this.#fence) this.fail("the stack is empty");
    this.spend(120 + 8 * length);
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
    const isNear = index <= this.#memoized + MAX_MEMO_GAP;
    if (this.#memoizedAs(index) === undefined) {
      if (++this.#memoized > this.limits.maxMemoEntries) {
        this.fail(`it memoizes more than ${this.limits.maxMemoEntries} values`);
      }
      this.charge(isNear ? 16 : 250);
    }
    if (isNear) this.#memo[index] = value;
    else (this.#farMemo ??= new Map()).set(index, value);
  }

  #memoizedAs(index: number): PythonValue | undefined {
    return this.#memo[index] ?? (this.#memo[index] === null ? null : this.#farMemo?.get(index));
  }

  /** The index in a line of text. */
  memoIndex(): number {
    const line = this.line();
    const index = /^\d{1,9}$/.test(line) ? Number(line) : -1;
    return index < 0 ? this.fail("no index of the memo") : index;
  }

  get(index: number): void {
    const value = this.#memoizedAs(index);
    if (value === undefined) this.fail(`nothing is memoized as ${index}`);
    if (typeof value !== "object" || value === null) return this.push(value);
    const current = this.#current(value);
    this.#capture(current);
    this.push(current);
  }

  #capture(value: PythonValue): void {
    // A class is on the stack for each of its instances. It is never changed.
    if (typeof value !== "object" || value === null || isPlainName(value)) return;
    const { size } = this.#captured ??= new Set();
    if (this.#captured.add(value).size > size) this.charge(40);
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
    this.charge(500);
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
}
