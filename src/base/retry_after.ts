/**
 * Reads `Retry-After` in both forms of RFC 9110, section 10.2.3. A date is held against the answer's own `Date`,
 * so that a wrong clock on either side does no harm.
 *
 * @returns Milliseconds, or nothing where the header is absent or malformed.
 */
export function retryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const value = headers.get("retry-after")?.trim() ?? "";
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const untilMs = dateMs(value);
  if (untilMs === undefined) return undefined;
  return Math.max(0, untilMs - (dateMs(headers.get("date") ?? "") ?? nowMs));
}

/** `Date.parse` takes much that is no date of HTTP, a bare number for one. */
function dateMs(value: string): number | undefined {
  if (!/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? .*\d{2}:\d{2}:\d{2}/.test(value)) return undefined;
  const ms = Date.parse(/GMT$/.test(value) ? value : `${value} GMT`); // The form of C's asctime has no zone.
  return Number.isNaN(ms) ? undefined : ms;
}
