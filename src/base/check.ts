/** A millisecond that no wait gets to: 285,000 years. */
export const MAX_MS: number = Number.MAX_SAFE_INTEGER;

/**
 * Holds an option against its range, both ends of which are in it. One that is not given is in order.
 *
 * @throws {TypeError} If it is no number.
 * @throws {RangeError} If it is out of its range, or no whole number where it has to be one.
 */
export function checkNumber(value: unknown, name: string, min: number, max: number, isWhole = true): void {
  if (value === undefined) return;
  const isNumber = typeof value === "number";
  if (isNumber && value >= min && value <= max && (!isWhole || value % 1 === 0)) return;
  const range = max >= Number.MAX_SAFE_INTEGER ? `of ${min} or more` : `from ${min} to ${max}`;
  const problem = `Cannot use '${name}': it must be a ${isWhole ? "whole " : ""}number ${range}, not ${
    isNumber ? value : kindOf(value)
  }`;
  throw isNumber ? new RangeError(problem) : new TypeError(problem);
}

/**
 * Holds an object that a caller has made against the keys that it may have, as callers in JavaScript have no types. One
 * that is not given is in order, unless something in it is required.
 *
 * @param what What takes it, such as `createClient()`.
 * @param keys The keys that it may have, with spaces between them.
 * @param required Those of them that it must have.
 * @throws {TypeError} If it is no object, lacks what is required, or has another key: the nearest one is named.
 */
export function checkKeys(value: unknown, what: string, keys: string, required = ""): void {
  if (value !== undefined && (typeof value !== "object" || !value || Array.isArray(value))) {
    throw new TypeError(`Cannot use ${what} with ${kindOf(value)}: it takes an object`);
  }
  const known = keys.split(" ");
  const given: Record<string, unknown> = { ...value };
  for (const key in given) {
    if (known.includes(key)) continue;
    throw new TypeError(`Cannot use '${key}' of ${what}: the nearest key is '${nearest(key, known)}'`);
  }
  for (const key of required.split(" ")) {
    if (key && given[key] === undefined) throw new TypeError(`Cannot use ${what} without '${key}'`);
  }
}

/** What a value is, without what it says: it may be a secret. */
function kindOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "an array" : `a value of type ${typeof value}`;
}

/** The key that has most pairs of letters in common with another one, and the fewest beside them. */
function nearest(key: string, known: readonly string[]): string | undefined {
  const likeness = (other: string) => {
    const [one, two] = [pairsOf(key), pairsOf(other)];
    return one.filter((pair) => two.includes(pair)).length / (one.length + two.length);
  };
  return [...known].sort((one, two) => likeness(two) - likeness(one))[0];
}

function pairsOf(text: string): string[] {
  return [...` ${text.toLowerCase()}`].map((letter, place, all) => letter + all[place + 1]);
}
