/** Proves that `decodePythonJson()` reads what Python's `json` writes, soon, and refuses the rest. */
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ComputeDecodeError } from "../../src/errors/decode_error.ts";
import { loadParts } from "../../src/wire/on_demand.ts";
import { decodePythonJson } from "../../src/wire/python_json_decode.ts";
import type { PythonValue } from "../../src/wire/values/python_value.ts";
import { askPython, runPython } from "../support/python.ts";
import { runOnNode } from "../support/run.ts";
import { storms } from "../support/storm_length.ts";
import { anyValue, normalize, PYTHON_TAG, tag } from "./python_values.ts";

Deno.test("decodePythonJson() reads what json.dumps() wrote as the same value", async () => {
  const values = fc.sample(anyValue, 3000);
  const written = await askPython<string>(
    `${PYTHON_TAG}\ndef answer(tagged): return json.dumps(untag(tagged))`,
    values.map(tag),
  );
  written.forEach((text, index) => {
    assertEquals(decodePythonJson(text), normalize(values[index] as PythonValue), text);
  });
});

Deno.test("decodePythonJson() reads what json.dumps() wrote with other settings", async () => {
  const values = fc.sample(anyValue, 500);
  const written = await askPython<string>(
    `${PYTHON_TAG}\ndef answer(tagged): return json.dumps(untag(tagged), ensure_ascii=False, indent="\\t")`,
    values.map(tag),
  );
  written.forEach((text, index) => {
    assertEquals(decodePythonJson(text), normalize(values[index] as PythonValue), text);
  });
});

const EDGES = `
import json, sys
integers = [0, -1, *(s * (2**53 + d) for s in (1, -1) for d in range(-3, 4)), 10**15, 10**16, 10**17, 2**63, 2**64,
            2**70, -2**70, 10**20, 10**21, 10**22, 10**4299]
floats = [0.0, -0.0, 0.1, 1.0, -1.5, 1e15, 1e16, 1e17, 1e22, 123456789012345.6, 1234567890123456.0, 2.0**53, 2.0**60,
          2.0**70, 5e-324, 1.7976931348623157e308, 1e400, -1e400, 1/3, 0.12345678901234567]
for value in integers: print(json.dumps([json.dumps(value), "int", str(value)]))
for value in floats: print(json.dumps([json.dumps(value), "float", value.hex()]))
`;

await loadParts();

Deno.test("decodePythonJson() reads the numbers at the edges as Python wrote them", async () => {
  const lines = (await runPython(EDGES)).trimEnd().split("\n");
  assertStrictEquals(lines.length, 47);
  for (const line of lines) {
    const [written, type, told] = JSON.parse(line) as [string, string, string];
    for (const text of [written, `[${written}]`, `[NaN, ${written}]`, `{"k": ${written}, "n": NaN}`]) {
      const decoded = decodePythonJson(text);
      const value = Array.isArray(decoded) ? decoded.at(-1) : (decoded as { k?: unknown })?.k ?? decoded;
      if (type === "int") {
        const isSafe = Number.isSafeInteger(Number(told));
        assertStrictEquals(typeof value, isSafe ? "number" : "bigint", text);
        assertStrictEquals(BigInt(value as number), BigInt(told), text);
      } else {
        assertStrictEquals(value, Number(written), `${text}: ${told}`);
      }
    }
  }
});

const READ: [text: string, value: PythonValue][] = [
  ["null", null],
  [" [ 1 , 2 ] \n", [1, 2]],
  ["NaN", NaN],
  ["-Infinity", -Infinity],
  ["[NaN, Infinity, -Infinity]", [NaN, Infinity, -Infinity]],
  ['[NaN, Infinity, [1, 2], {"1": 2}]', [NaN, Infinity, [1, 2], { "1": 2 }]],
  ["[true, false, null, NaN]", [true, false, null, NaN]],
  ["[NaN, -0.0, 0, 1e400, -1e400]", [NaN, -0, 0, Infinity, -Infinity]],
  ["[-0.0]", [-0]],
  ["9007199254740991", 9007199254740991],
  ["9007199254740993", 9007199254740993n],
  ["-9007199254740993", -9007199254740993n],
  ["[1.0, 12345678901234567890]", [1, 12345678901234567890n]],
  ["[12345678901234567890.5, 1e+22, 10000000000000000000000]", [
    12345678901234567890.5,
    1e22,
    10n ** 22n,
  ]],
  ["0.12345678901234567", 0.12345678901234567],
  ['"12345678901234567890"', "12345678901234567890"],
  ['["12345678901234567890", 1]', ["12345678901234567890", 1]],
  ['["NaN", NaN, "[NaN, \\"", "a\\\\"]', ["NaN", NaN, '[NaN, "', "a\\"]],
  ['[NaN, "\\ud83d\\ude00 \\ud83d", "é😀\u2028"]', [NaN, "😀 \ud83d", "é😀\u2028"]],
  ['{"a": NaN, "a": 1}', { a: 1 }],
  ['{"": NaN, "2": 1, "NaN": {}}', { "": NaN, "2": 1, NaN: {} }],
  ["[NaN, [], {}, [ ], { }]", [NaN, [], {}, [], {}]],
];

Deno.test("decodePythonJson() reads each kind of value", () => {
  for (const [text, value] of READ) assertEquals(decodePythonJson(text), value, text);
});

Deno.test("decodePythonJson() makes a property of '__proto__'", () => {
  for (const text of ['{"__proto__": {"x": 1}}', '{"__proto__": {"x": 1}, "n": NaN}']) {
    const value = decodePythonJson(text) as Record<string, unknown>;
    assertStrictEquals(Object.getPrototypeOf(value), Object.prototype, text);
    assertEquals(Object.getOwnPropertyDescriptor(value, "__proto__"), {
      value: { x: 1 },
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
});

Deno.test("parsePythonJson() sets no prototype on Node, which has the accessor that Deno has taken away", async () => {
  const script = `import("./src/wire/python_json_parser.ts").then((module) => {
    const { parsePythonJson } = module.default ?? module;
    const value = parsePythonJson('{"__proto__": {"x": 1}, "n": NaN}');
    console.log(Object.getPrototypeOf(value) === Object.prototype, Object.keys(value).join());
  })`;
  const { code, stdout, stderr } = await runOnNode(["-e", script]);
  assertEquals([code, stdout.trim()], [0, "true __proto__,n"], stderr);
});

const REFUSED: [name: string, text: string, message: string][] = [
  ["nothing", "", "no value at index 0"],
  ["blanks alone", "  ", "no value at index 2"],
  ["a word", "None", "no value at index 0"],
  ["a word that begins as another", "nulL", "no value at index 0"],
  ["a negative NaN", "-NaN", "no value at index 0"],
  ["a second value", "NaN NaN", "text after the value at index 4"],
  ["a zero before an integer", "01", "text after the value at index 1"],
  ["a plus sign", "+1", "no value at index 0"],
  ["a fraction without digits", "1.", "text after the value at index 1"],
  ["an array without an end", "[NaN", "']' expected at index 4"],
  ["a comma at an array's end", "[NaN,]", "no value at index 5"],
  ["an object without an end", '{"a": NaN', "'}' expected at index 9"],
  ["a comma at an object's end", '{"a": NaN,}', "no string at index 10"],
  ["a key without quotes", "{a: NaN}", "no string at index 1"],
  ["a key without a colon", '{"a" NaN}', "':' expected at index 5"],
  ["a string without an end", '["NaN', "a string without an end at index 1"],
  ["a string whose end is escaped", '"a\\"', "a string without an end at index 0"],
  ["a line feed in a string", '["a\nb"]', "a malformed string before it at index 6"],
  ["an escape that is none", '["\\x41"]', "a malformed string before it at index 7"],
  ["single quotes", "['a']", "no value at index 1"],
  ["a byte order mark", "\ufeff1", "no value at index 0"],
];

for (const [name, text, message] of REFUSED) {
  Deno.test(`decodePythonJson() refuses ${name}`, () => {
    const error = assertThrows(() => decodePythonJson(text), ComputeDecodeError);
    assertStrictEquals(error.message, `Cannot read JSON from Python: ${message}`);
    assertStrictEquals(error.raw, text);
  });
}

Deno.test("decodePythonJson() reads or refuses any text as JSON.parse() does, but for Python's own", () => {
  const token = fc.constantFrom(
    ...'[]{},:"\\ 0123.eE-+'.split(""),
    "null",
    "true",
    '"a"',
    "12345678901234567",
  );
  fc.assert(
    fc.property(fc.array(token, { maxLength: 12 }).map((tokens) => tokens.join("")), (text) => {
      let expected: unknown;
      try {
        expected = JSON.parse(text);
      } catch {
        assertThrows(() => decodePythonJson(text), ComputeDecodeError);
        return;
      }
      const withoutBigInt = JSON.parse(
        JSON.stringify(
          decodePythonJson(text),
          (_, value) => typeof value === "bigint" ? Number(value) : value,
        ),
      );
      assertEquals(withoutBigInt, JSON.parse(JSON.stringify(expected)));
    }),
    { numRuns: 5000 },
  );
});

Deno.test("decodePythonJson() refuses hostile nesting and does not overflow the stack", () => {
  const depth = 200_000;
  const hostile = [
    "[".repeat(depth),
    '{"a":'.repeat(depth),
    "[".repeat(depth) + "NaN" + "]".repeat(depth),
    '[{"a":'.repeat(depth) + "NaN" + "}]".repeat(depth),
    "[".repeat(depth) + "12345678901234567890" + "]".repeat(depth),
  ];
  for (const text of hostile) {
    assertThrows(() => decodePythonJson(text), ComputeDecodeError, "nesting beyond 1000 at index");
  }
});

Deno.test("decodePythonJson() reads nesting of 1000, by either parser", () => {
  for (const [inner, innermost] of [["NaN", NaN], ["1", 1]] as const) {
    const text = "[".repeat(1000) + inner + "]".repeat(1000);
    let value = decodePythonJson(text);
    let depth = 0;
    for (; Array.isArray(value); value = value[0] as PythonValue) depth++;
    assertEquals([depth, value], [1000, innermost]);
  }
});

const MEGABYTES = storms(2, 10);

Deno.test(`decodePythonJson() reads strings of ${MEGABYTES} MB in little time`, () => {
  const size = MEGABYTES * 2 ** 20;
  const strings: [name: string, json: string, length: number][] = [
    ["escaped quotes", '\\"'.repeat(size / 2), size / 2],
    ["backslashes", "\\\\".repeat(size / 2), size / 2],
    ["backslashes in runs", ("\\\\".repeat(999) + '\\"').repeat(Math.floor(size / 2000)), size / 2000 * 1000],
    ["escapes", "\\u00e9".repeat(size / 6), size / 6],
    ["digits", "1".repeat(size), size],
    ["quotes and digits", '\\"1234567890123456'.repeat(size / 18), size / 18 * 17],
  ];
  for (const [name, json, length] of strings) {
    const started = performance.now();
    const [value] = decodePythonJson(`["${json}", NaN]`) as [string];
    const alone = decodePythonJson(`"${json}"`);
    const took = performance.now() - started;
    assert(value === alone, name);
    assert(Math.abs(value.length - length) < 2000, `${name}: ${value.length} of ${length}`);
    assert(took < 5000, `${name} took ${took} ms`); // Far more than it takes, far less than a quadratic way would.
  }
});

Deno.test("decodePythonJson() reads a million small items beside a NaN", () => {
  const text = `[NaN${', 1.5, "ab"'.repeat(500_000)}]`;
  assertStrictEquals((decodePythonJson(text) as unknown[]).length, 1_000_001);
});
