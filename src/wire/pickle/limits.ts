/** What a pickle may take, so that none can exhaust the memory or the stack of who reads it. */
export interface PickleLimits {
  /**
   * The longest pickle.
   * @default {10 MiB}
   */
  maxBytes: number;
  /**
   * The memory for its values and to read them, as estimated: one byte of a pickle can ask for a `Set`, and three for a
   * copy of a large list.
   * @default {192 MiB}
   */
  maxMemoryBytes: number;
  /**
   * How many values it may keep to refer to them again.
   * @default {8,388,608}
   */
  maxMemoEntries: number;
  /**
   * How deep values may be nested, which Python does not do beyond 1,000 either.
   * @default {1000}
   */
  maxDepth: number;
  /**
   * The largest integer; more than 4,300 decimal digits in a text are refused, as Python does.
   * @default {1 MiB}
   */
  maxIntegerBytes: number;
  /**
   * How often the keys of its dicts and sets may have to be compared at worst, where they are numbers. Runtimes hash
   * numbers in ways that are known: whoever chooses the keys can have each of them compared with all others. So `n`
   * numbers that lie far apart count as `n² / 2`, whatever they are: 23,000 floats in one dict. Those from 0 upwards, such as
   * indexes, do not count. Raise it for results of tasks that you trust.
   * @default {268,435,456}
   */
  maxKeyComparisons: number;
}

/** The limits where the caller names none. The service takes results of 10 MB. */
export const PICKLE_LIMITS: Readonly<PickleLimits> = {
  maxBytes: 10 * 2 ** 20,
  maxMemoryBytes: 192 * 2 ** 20,
  maxMemoEntries: 2 ** 23,
  maxDepth: 1000,
  maxIntegerBytes: 2 ** 20,
  maxKeyComparisons: 2 ** 28,
};
