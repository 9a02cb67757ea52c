/** Large JSON is parsed part by part: to the same values as `JSON.parse` has, and refused where that refuses. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import examples from "@octokit/webhooks-examples" with { type: "json" };
import fc from "fast-check";
import { parseLargeJson } from "../../../edge/receive/parse_large_json.ts";

const encoder = new TextEncoder();
const parse = (text: string, partBytes: number) => parseLargeJson(encoder.encode(text), partBytes);

/** What comes of it, with the order of members and `__proto__` as they are. */
function outcome(run: () => unknown): string {
  try {
    return JSON.stringify(
      run(),
      (_, value) =>
        typeof value === "object" && value !== null && !Array.isArray(value)
          ? {
            names: Object.keys(value),
            members: Object.values(value),
            plain: Object.getPrototypeOf(value) === Object.prototype,
          }
          : value,
    );
  } catch (error) {
    assert(error instanceof SyntaxError || error instanceof TypeError, String(error));
    return "no JSON";
  }
}

function assertSame(text: string, partBytes: number): void {
  assertEquals(
    outcome(() => parse(text, partBytes)),
    outcome(() => JSON.parse(text.replace(/^\ufeff/, ""))),
    `${partBytes}: ${text}`,
  );
}

Deno.test("parseLargeJson() parses all example payloads of GitHub as JSON.parse does, whatever a part is", () => {
  for (
    const payload of examples.flatMap(({ examples }) => examples as unknown[]).filter((_, at) => at % 5 === 0)
  ) {
    for (const partBytes of [1, 50, 1_000]) {
      for (const space of [undefined, 1]) assertSame(JSON.stringify(payload, null, space), partBytes);
    }
  }
});

Deno.test("parseLargeJson() parses any JSON as JSON.parse does", () => {
  const text = fc.tuple(fc.json({ maxDepth: 6 }), fc.constantFrom(undefined, 1, "\t", "\r\n ")).map((
    [json, space],
  ) => JSON.stringify(JSON.parse(json), null, space));
  fc.assert(fc.property(text, fc.integer({ min: 1, max: 40 }), assertSame), { numRuns: 2_000, seed: 7 });
});

Deno.test("parseLargeJson() refuses whatever JSON.parse refuses", () => {
  const piece = fc.constantFrom(
    ...'[]{},:"\\ \n1-e0.',
    "true",
    "null",
    '"a"',
    '"a":',
    "[1,2]",
    '{"b":[]}',
    "\u00a0",
    "\ufeff",
    "é",
    "📏",
  );
  const text = fc.array(piece, { maxLength: 16 }).map((pieces) => pieces.join(""));
  fc.assert(fc.property(text, fc.integer({ min: 1, max: 6 }), assertSame), { numRuns: 20_000, seed: 7 });
});

Deno.test("parseLargeJson() refuses JSON in which one character is another", () => {
  const text = '{"a":[1,[2,3],{"b":"c","d":[]}],"e":{"f":[null,true,"g\\"h"]},"i":-1.5e3}';
  for (let at = 0; at < text.length; at++) {
    for (const other of ["", ",", "[", "}", "]", '"', ":", " ", "1", "\\", "\u0000"]) {
      for (const partBytes of [1, 8]) assertSame(text.slice(0, at) + other + text.slice(at + 1), partBytes);
    }
  }
});

for (
  const text of [
    '{"__proto__":[1,2,3],"a":1}',
    '{"a":[1,1,1],"b":2,"a":[3,3,3]}',
    '{"2":[1,2,3],"1":[4,5,6]}',
    "[          ]",
    "{          }",
    "[[1,2,3],]",
    "[,[1,2,3]]",
    '{"a":[1,2,3],}',
    '{"a":"b":[1,2,3]}',
    "{1:[1,2,3]}",
    "[1 [1,2,3]]",
    "[[1,2,3} ]",
    "[1,2,3] 4",
    '["unfinished, [1,2,3]',
    "[1,2,\u00a03,4]",
  ]
) {
  Deno.test(`parseLargeJson() does with ${text} what JSON.parse does`, () => {
    for (let partBytes = 1; partBytes < 12; partBytes++) assertSame(text, partBytes);
  });
}

Deno.test("parseLargeJson() passes a byte order mark over at the beginning, and nowhere else", () => {
  assertEquals(parse("\ufeff[1,2,3]", 2), [1, 2, 3]);
  for (const text of ["\ufeff\ufeff[1,2,3]", "[1,\ufeff2,3]", "[[1,2],\ufeff[1,2]]"]) {
    assertThrows(() => parse(text, 2), SyntaxError);
  }
});

Deno.test("parseLargeJson() refuses bytes that are no UTF-8, in whichever part", () => {
  const text = encoder.encode('["aaaa",["bbbb","cccc"],"dddd"]');
  for (const [at, byte] of text.entries()) {
    if (byte < 0x61) continue;
    const broken = text.with(at, 0xff);
    for (const partBytes of [1, 8, 100]) assertThrows(() => parseLargeJson(broken, partBytes), TypeError);
  }
});

Deno.test("parseLargeJson() takes time in proportion to the length, however it is nested", () => {
  const nested = (length: number) => {
    const depth = 60;
    const inner = '"x",'.repeat(length / 4 / depth);
    return encoder.encode(`${`[${inner}`.repeat(depth)}1${"]".repeat(depth)}`);
  };
  const timeMs = (bytes: Uint8Array) => {
    const startMs = performance.now();
    parseLargeJson(bytes);
    return performance.now() - startMs;
  };
  timeMs(nested(1_000_000));
  const [short, long] = [timeMs(nested(1_000_000)), timeMs(nested(10_000_000))];
  assert(long < 60 * Math.max(short, 5), `${short} ms for 1 MB, ${long} ms for 10 MB`);
});
