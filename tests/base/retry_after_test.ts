/** Proves how `retryAfterMs()` reads seconds and dates, and what it does not read. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { retryAfterMs } from "../../src/base/retry_after.ts";

const NOW_MS = Date.UTC(1994, 10, 6, 8, 49, 30);

function read(retryAfter: string, date?: string): number | undefined {
  const headers = new Headers({ "retry-after": retryAfter });
  if (date !== undefined) headers.set("date", date);
  return retryAfterMs(headers, NOW_MS);
}

Deno.test("retryAfterMs() reads seconds", () => {
  assertEquals(read("0"), 0);
  assertEquals(read("120"), 120_000);
  assertEquals(read(" 7 "), 7000);
});

for (
  const date of [
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
  ]
) {
  Deno.test(`retryAfterMs() reads the date '${date}'`, () => {
    assertEquals(read(date), 7000);
  });
}

Deno.test("retryAfterMs() holds a date against the answer's own", () => {
  const retryAfter = "Sun, 06 Nov 1994 08:49:37 GMT";
  assertEquals(read(retryAfter, "Sun, 06 Nov 1994 08:49:07 GMT"), 30_000);
  assertEquals(read(retryAfter, "yesterday"), 7000);
});

Deno.test("retryAfterMs() takes a date without a zone for UTC, wherever the client is", async () => {
  const url = new URL("../../src/base/retry_after.ts", import.meta.url);
  const script = `import { retryAfterMs } from "${url}";
    console.log(retryAfterMs(new Headers({ "retry-after": "Sun Nov  6 08:49:37 1994" }), ${NOW_MS}));`;
  const deno = new Deno.Command(Deno.execPath(), {
    args: ["eval", script],
    env: { TZ: "Asia/Tokyo", NO_COLOR: "1" },
  });
  const { stdout } = await deno.output();
  assertEquals(new TextDecoder().decode(stdout), "7000\n");
});

Deno.test("retryAfterMs() gives 0 for a date that is over", () => {
  assertEquals(read("Sun, 06 Nov 1994 08:49:00 GMT"), 0);
});

Deno.test("retryAfterMs() gives nothing without the header", () => {
  assertEquals(retryAfterMs(new Headers(), NOW_MS), undefined);
});

Deno.test("retryAfterMs() takes a year of two digits for the last one that is not over 50 years away", () => {
  const nowMs = Date.UTC(2026, 0, 1);
  const until = (date: string) => {
    const ms = retryAfterMs(new Headers({ "retry-after": date }), nowMs);
    return ms && new Date(nowMs + ms).toISOString();
  };
  assertEquals(until("Wednesday, 01-Jan-76 00:00:00 GMT"), "2076-01-01T00:00:00.000Z");
  assertEquals(until("Saturday, 01-Jan-77 00:00:00 GMT"), 0);
  assertEquals(until("Sunday, 06-Nov-94 08:49:37 GMT"), 0);
});

const MALFORMED = [
  ...["", "-1", "1.5", "1e3", "soon", "1, 2", "0x10", "2026-01-01T00:00:00Z"],
  ...["Sunday", "Mon 5", "Mon, 5", "Mon 08:49:37", "Sun, 06 Nov 1994", "Nov 6 1994"],
  // Beside the three forms, by little.
  "sun, 06 nov 1994 08:49:37 GMT",
  "Sun, 6 Nov 1994 08:49:37 GMT",
  "Sun, 06 Nov 94 08:49:37 GMT",
  "Sun, 06-Nov-94 08:49:37 GMT",
  "Sunday, 06-Nov-1994 08:49:37 GMT",
  "Sunday, 06 Nov 1994 08:49:37 GMT",
  "Sun, 06 Nov 1994 08:49:37",
  "Sun, 06 Nov 1994 08:49:37 EST",
  "Sun, 06 Nov 1994 08:49:37 +0100",
  "Sun, 06 Nov 1994 08:49:37 UTC",
  "Sun, 06 Nov 1994 8:49:037 GMT",
  "Sun Nov 6 08:49:37 1994",
  "Sun,  6 Nov 1994 08:49:37 GMT",
  "Sat, 06 Nov 12021 08:49:37 GMT",
  "Invalid Date",
  "Sunsday, 06-Nov-94 08:49:37 GMT",
  "Sun Nov  6 08:49:37 1994 GMT",
  "Sun, 06 November 1994 08:49:37 GMT",
  "Sun, 06 Nov 1994 08:49:37 GMT and more",
  // No day, and no time.
  "Mon, 06 Nov 1994 08:49:37 GMT",
  "Wed, 31 Feb 2027 08:49:37 GMT",
  "Sun, 00 Nov 1994 08:49:37 GMT",
  "Sun, 06 Nox 1994 08:49:37 GMT",
  "Sun, 06 Nov 1994 24:00:00 GMT",
  "Sun, 06 Nov 1994 08:60:00 GMT",
];

for (const malformed of MALFORMED) {
  Deno.test(`retryAfterMs() gives nothing for '${malformed}'`, () => {
    assertEquals(read(malformed), undefined);
  });
}

Deno.test("retryAfterMs() reads back every date that toUTCString() writes", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 10 ** 8 }), (seconds) => {
    assertEquals(read(new Date(NOW_MS + seconds * 1000).toUTCString()), seconds * 1000);
  }));
});

Deno.test("retryAfterMs() never gives a negative number or NaN", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme-ascii" }), (value) => {
    const ms = read(value);
    assertEquals(ms === undefined || ms >= 0, true);
  }));
});
