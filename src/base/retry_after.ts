/**
 * Reads `Retry-After` in both forms of RFC 9110, section 10.2.3. A date is held against the answer's own `Date`,
 * so that a wrong clock on either side does no harm.
 *
 * @returns Milliseconds, or nothing where the header is absent or malformed.
 */
export function retryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const value = headers.get("retry-after")?.trim() ?? "";
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const untilMs = dateMs(value, nowMs);
  if (untilMs === undefined) return undefined;
  return Math.max(0, untilMs - (dateMs(headers.get("date") ?? "", nowMs) ?? nowMs));
}

/** `Sun, 06 Nov 1994 08:49:37 GMT`, as `toUTCString` writes it, but for years with more digits. */
const FORM_LENGTH = 29;

/** Reads the three forms of RFC 9110, section 5.6.7, and no other: those of RFC 850 and of C's asctime as today's. */
function dateMs(value: string, nowMs: number): number | undefined {
  const text = value
    .replace(
      /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (\d\d)-(\w{3})-(\d\d)/,
      (name, day, month, digits) => {
        const year = 2000 + Number(digits);
        // More than 50 years away is meant to be past.
        const isPast = year > new Date(nowMs).getUTCFullYear() + 50;
        return `${name.slice(0, 3)}, ${day} ${month} ${isPast ? year - 100 : year}`;
      },
    )
    .replace(
      /^(\w{3}) (\w{3}) ([ \d]\d) (\S+) (\d{4})$/,
      (_, name, month, day, time, year) => `${name}, ${day.replace(" ", "0")} ${month} ${year} ${time} GMT`,
    );
  const ms = Date.parse(text);
  // `Date.parse` takes much that is no date, and a day that a month does not have.
  return text.length === FORM_LENGTH && new Date(ms).toUTCString() === text ? ms : undefined;
}
