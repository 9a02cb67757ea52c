/** More than anybody has of anything that is counted: beyond, it is a mistake. */
export const MAX_COUNT = 1_000_000_000;

/**
 * Holds an option against its range, both ends of which are in it. One that is not given is in order.
 *
 * @param name Its name, or with a quote in it all that is to be said of it: `'toleranceSeconds' of hmac()`.
 * @throws {TypeError} If it is no number.
 * @throws {RangeError} If it is out of its range, or no whole number where it has to be one.
 */
export function checkNumber(value: unknown, name: string, min: number, max: number, isWhole = true): void {
  if (value === undefined) return;
  const isNumber = typeof value === "number";
  if (isNumber && value >= min && value <= max && (!isWhole || value % 1 === 0)) return;
  const range = max === Infinity ? `of ${min} or more` : `from ${min} to ${max}`;
  const shown = name.includes("'") ? name : `'${name}'`;
  const kind = isWhole ? "whole number" : "number";
  // What is no number may be a secret that was put in the wrong place.
  const problem = `Cannot use ${shown}: it must be a ${kind} ${range}, not ${
    isNumber ? value : typeof value
  }`;
  throw isNumber ? new RangeError(problem) : new TypeError(problem);
}

/**
 * Holds an option against the type that it must have. One that is not given is in order.
 *
 * @throws {TypeError} If it is of another type.
 */
export function checkType(value: unknown, name: string, type: "boolean" | "function" | "string"): void {
  if (value === undefined || typeof value === type) return;
  throw new TypeError(`Cannot use '${name}': it must be a ${type}, not ${typeof value}`);
}

/**
 * Holds an option against the texts that it may be. One that is not given is in order.
 *
 * @throws {TypeError} If it is another one; the message names them all.
 */
export function checkOneOf(value: unknown, name: string, texts: readonly string[]): void {
  if (value === undefined || texts.some((text) => text === value)) return;
  throw new TypeError(`Cannot use '${name}': it must be '${texts.join("' or '")}'`);
}

/**
 * Holds an object that a caller has made against the keys that it may have, as callers in JavaScript have no types. One
 * that is not given is in order, unless something is required.
 *
 * @param what What takes it, such as `createClient()`.
 * @param keys The keys that it may have, with spaces between them.
 * @param required What it must have, for the message where there is no object at all.
 * @throws {TypeError} If it is no object, is missing, or has another key: the nearest one is named.
 */
export function checkKeys(value: unknown, what: string, keys: string, required = ""): void {
  if (value !== undefined && (typeof value !== "object" || !value)) {
    throw new TypeError(
      `Cannot use ${what}: it takes an object, not ${value === null ? "null" : typeof value}`,
    );
  }
  if (value === undefined && required) {
    throw new TypeError(`Cannot use ${what} without '${required.replaceAll(" ", "', '")}'`);
  }
  const known = keys.split(" ");
  const given: Record<string, unknown> = { ...value };
  for (const key in given) {
    if (known.includes(key)) continue;
    throw new TypeError(`Cannot use '${key}' of ${what}: the nearest key is '${nearest(key, known)}'`);
  }
}

/** The key that shares most letters with another one, and is about as long. */
function nearest(key: string, known: readonly string[]): string | undefined {
  const likeness = (other: string) =>
    [...key.toLowerCase()].filter((letter) => other.toLowerCase().includes(letter)).length -
    Math.abs(other.length - key.length);
  return [...known].sort((one, two) => likeness(two) - likeness(one))[0];
}
