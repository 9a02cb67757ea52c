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

for (const malformed of ["", "-1", "1.5", "1e3", "soon", "1, 2", "2026-01-01T00:00:00Z", "Sunday", "0x10"]) {
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
