/**
 * When a value that is written now is gone; `Infinity` for never. One that lasts for no time is a removal: it is gone
 * whatever the clock says, and stays so when that is set back.
 *
 * @throws {RangeError} If `expiresInMs` is negative or no number.
 */
export function expiryOf({ expiresInMs = Infinity }: { expiresInMs?: number }, nowMs: number): number {
  if (expiresInMs >= 0) return expiresInMs === 0 ? 0 : nowMs + expiresInMs;
  throw new RangeError(
    `Cannot write a value as 'expiresInMs' must be 0 or more: current value is ${expiresInMs}`,
  );
}
