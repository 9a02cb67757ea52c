import type { PythonValue } from "../values/python_value.ts";

/** What may have numbers for keys. */
type Container = ReadonlyMap<PythonValue, PythonValue> | ReadonlySet<PythonValue>;

/** Up to this many keys are compared in no time, but for large integers. */
const SMALL = 64;
/** Integers from 0 to so many times the number of keys are too few to choose from: any hash spreads them. */
const DENSE = 4;

/** Tells, for each dict and set of a pickle, with how many keys a new one may have to be compared at worst. */
export class KeyComparisons {
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
