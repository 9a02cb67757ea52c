import { checkNumber } from "../../src/base/check.ts";

/** By how much a timestamp may differ, where nothing else is said: what Standard Webhooks and Stripe use. */
export const DEFAULT_TOLERANCE_SECONDS = 300;

const SECONDS = /^[1-9][0-9]{0,11}$/;
const MAX_TOLERANCE_SECONDS = 86_400;

/**
 * Holds seconds since 1970, as a sender writes them, against the clock: a delivery that is kept back, or that was
 * seen and is sent again, is too old.
 *
 * @returns What is wrong with them, or nothing.
 */
export function checkTimestamp(text: string, nowMs: number, toleranceSeconds: number): string | undefined {
  if (!SECONDS.test(text)) return "the timestamp is no whole number of seconds since 1970";
  const ageSeconds = Math.floor(nowMs / 1000) - Number(text);
  if (Math.abs(ageSeconds) <= toleranceSeconds) return undefined;
  const where = ageSeconds > 0 ? `${ageSeconds} seconds in the past` : `${-ageSeconds} seconds ahead`;
  return `the timestamp is ${where}, and ${toleranceSeconds} are allowed: it was kept back, or a clock is wrong`;
}

/**
 * Checks the option that says how far off a timestamp may be.
 *
 * @throws {TypeError} If it is no number.
 * @throws {RangeError} If it is no positive whole number of seconds, or more than a day.
 */
export function checkTolerance(caller: string, toleranceSeconds: number): void {
  checkNumber(toleranceSeconds, `'toleranceSeconds' of ${caller}`, 1, MAX_TOLERANCE_SECONDS);
}
