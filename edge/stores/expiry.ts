import type { StoreOptions } from "../../mod.ts";

/**
 * When a value that is written now is gone; `Infinity` for never.
 *
 * @throws {RangeError} If `expiresInMs` is negative or no number.
 */
export function expiryOf({ expiresInMs = Infinity }: StoreOptions, nowMs: number): number {
  if (expiresInMs >= 0) return nowMs + expiresInMs;
  throw new RangeError(
    `Cannot write a value as 'expiresInMs' must be 0 or more: current value is ${expiresInMs}`,
  );
}
