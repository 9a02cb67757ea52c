import { checkKeys, checkNumber } from "./check.ts";

/**
 * When a value that is written now is gone; `Infinity` for never. One that lasts for no time is a removal: it is gone
 * whatever the clock says, and stays so when that is set back.
 *
 * @throws {TypeError} If `expiresInMs` is no number, or there is another key.
 * @throws {RangeError} If `expiresInMs` is negative.
 */
export function expiryOf(options: { expiresInMs?: number }, nowMs: number): number {
  checkKeys(options, "a store", "expiresInMs");
  const { expiresInMs = Infinity } = options;
  checkNumber(expiresInMs, "expiresInMs", 0, Infinity, false);
  return expiresInMs === 0 ? 0 : nowMs + expiresInMs;
}
