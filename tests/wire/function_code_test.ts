/** Proves that `encodeFunctionCode()` writes what Python's SDK writes, and refuses what Python cannot read. */
import { assertStrictEquals, assertThrows } from "@std/assert";
import { ComputeEncodeError } from "../../src/errors/encode_error.ts";
import { encodeFunctionCode } from "../../src/wire/function_code.ts";
import { askPython } from "../support/python.ts";

Deno.test("encodeFunctionCode() writes what register_source_code() of the Python SDK writes", () => {
  const cases: [name: string, source: string, code: string][] = [
    ["f", "def f(): return 1", "22\nst\nf:def f(): return 1"],
    [
      "entry",
      "def entry(x):\n    return {'héllo': x, 'emoji': '😀'}\n",
      "61\nst\nentry:def entry(x):\n    return {'héllo': x, 'emoji': '😀'}\n",
    ],
    ["f", "", "5\nst\nf:"],
    ["f", "x: int = 1\r\n", "17\nst\nf:x: int = 1\r\n"],
  ];
  for (const [name, source, code] of cases) assertStrictEquals(encodeFunctionCode(name, source), code);
});

const NAMES = [
  "f",
  "_",
  "__x1",
  "été",
  "变量",
  "𝐱",
  "ªb",
  "℘",
  "℮",
  "x·",
  "",
  "1f",
  "a b",
  "a.b",
  "a-b",
  "a:",
  "f\n",
  "€",
];

Deno.test("encodeFunctionCode() takes the names that Python takes", async () => {
  const isIdentifier = await askPython<boolean>("answer = str.isidentifier", NAMES);
  NAMES.forEach((name, index) => {
    if (isIdentifier[index]) encodeFunctionCode(name, "");
    else {
      assertStrictEquals(
        assertThrows(() => encodeFunctionCode(name, ""), RangeError).message,
        `Cannot register a function as '${name}': it is no Python identifier`,
      );
    }
  });
});

Deno.test("encodeFunctionCode() names the function as Python will", async () => {
  const names = ["e\u0301te", "ﬁ", "𝐱", "ª", "plain"];
  const defined = await askPython<string>(
    "def answer(name):\n    exec(f'def {name}(): pass', names := {})\n    return list(names)[-1]",
    names,
  );
  names.forEach((name, index) => {
    const code = encodeFunctionCode(name, "");
    assertStrictEquals(code.slice(code.indexOf("st\n") + 3), `${defined[index]}:`);
  });
});

Deno.test("encodeFunctionCode() refuses source that UTF-8 cannot carry", () => {
  const error = assertThrows(() => encodeFunctionCode("f", "def f(): return '\ud83d'"), ComputeEncodeError);
  assertStrictEquals(error.path, "source");
});
