/**
 * A `range` of Python. Its bounds are `bigint` where a number would not hold them.
 *
 * @example
 * ```ts
 * import { PythonRange } from "@edge-compute/globus/values";
 *
 * console.log([...new PythonRange(0, 10, 3)]); // [0, 3, 6, 9]
 * ```
 */
export class PythonRange {
  /** The first number. */
  readonly start: number | bigint;
  /** The first number beyond. */
  readonly stop: number | bigint;
  /** From one number to the next. */
  readonly step: number | bigint;

  /**
   * Makes one of its bounds.
   *
   * @throws {RangeError} If a bound is no integer, or `step` is 0.
   */
  constructor(start: number | bigint, stop: number | bigint, step: number | bigint = 1) {
    for (const bound of [start, stop, step]) {
      if (typeof bound !== "bigint" && !Number.isSafeInteger(bound)) {
        throw new RangeError(`Cannot make a range with ${bound}: it is no exact integer`);
      }
    }
    if (BigInt(step) === 0n) throw new RangeError("Cannot make a range with a step of 0");
    this.start = start;
    this.stop = stop;
    this.step = step;
  }

  /** Its numbers, one by one. */
  *[Symbol.iterator](): Generator<number | bigint> {
    const [start, stop, step] = [BigInt(this.start), BigInt(this.stop), BigInt(this.step)];
    for (let at = start; step > 0n ? at < stop : at > stop; at += step) {
      const number = Number(at);
      yield Number.isSafeInteger(number) ? number : at;
    }
  }

  /** As Python writes it: `range(0, 10, 3)`. */
  toString(): string {
    return `range(${this.start}, ${this.stop}${BigInt(this.step) === 1n ? "" : `, ${this.step}`})`;
  }
}
