/**
 * The part of `@std/assert` that the tests use, over `node:assert/strict`, so that they run where JSR cannot be
 * reached. To use the real one, change its line in `deno.json`.
 */
import assertStrict from "node:assert/strict";

export function assert(condition: unknown, message?: string): asserts condition {
  assertStrict.ok(condition, message);
}

export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  assertStrict.deepStrictEqual(actual, expected, message);
}

export function assertStrictEquals<T>(actual: unknown, expected: T, message?: string): asserts actual is T {
  assertStrict.strictEqual(actual, expected, message);
}

export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  assertStrict.notDeepStrictEqual(actual, expected, message);
}

export function assertMatch(actual: string, pattern: RegExp, message?: string): void {
  assertStrict.match(actual, pattern, message);
}

export function assertStringIncludes(actual: string, expected: string, message?: string): void {
  if (actual.includes(expected)) return;
  assertStrict.fail(message ?? `Expected ${JSON.stringify(actual)} to include ${JSON.stringify(expected)}`);
}

// deno-lint-ignore no-explicit-any -- a constructor of any arguments
type ErrorClass<E> = abstract new (...args: any[]) => E;

export function assertInstanceOf<T>(
  actual: unknown,
  type: ErrorClass<T>,
  message?: string,
): asserts actual is T {
  if (actual instanceof type) return;
  assertStrict.fail(message ?? `Expected an instance of ${type.name}, got ${String(actual)}`);
}

/** Calls `fn`, which must throw an error of this class with this text in its message, and returns the error. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  type?: ErrorClass<E>,
  text?: string,
): E {
  try {
    fn();
  } catch (error) {
    return check(error, type, text);
  }
  assertStrict.fail("Expected the function to throw");
}

/** Calls `fn`, whose promise must reject with an error of this class with this text, and returns the error. */
export async function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  type?: ErrorClass<E>,
  text?: string,
): Promise<E> {
  try {
    await fn();
  } catch (error) {
    return check(error, type, text);
  }
  assertStrict.fail("Expected the promise to reject");
}

function check<E extends Error>(
  error: unknown,
  type: ErrorClass<E> | undefined,
  text: string | undefined,
): E {
  if (type) assertInstanceOf(error, type, `Expected ${type.name}, got ${error}`);
  if (text !== undefined) assertStringIncludes((error as Error).message, text);
  return error as E;
}
