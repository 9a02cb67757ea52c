/** No `Retry-After` keeps a client waiting for longer: it may ask for hours. */
export const MAX_RETRY_AFTER_MS = 60_000;

/**
 * Reads `Retry-After` in both forms of RFC 9110, section 10.2.3. A date is held against the answer's own `Date`,
 * so that a wrong clock on either side does no harm.
 *
 * @returns Milliseconds, or nothing where the header is absent or malformed.
 */
export function retryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const value = headers.get("retry-after")?.trim();
  if (!value) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const until = httpDateMs(value);
  if (until === undefined) return undefined;
  const since = httpDateMs(headers.get("date") ?? "") ?? nowMs;
  return Math.max(0, until - since);
}

/** `Date.parse` takes much that is no date of HTTP, a bare number for one. */
function httpDateMs(value: string): number | undefined {
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(value)) return undefined;
  const ms = Date.parse(/GMT$/.test(value) ? value : `${value} GMT`);
  return Number.isNaN(ms) ? undefined : ms;
}
