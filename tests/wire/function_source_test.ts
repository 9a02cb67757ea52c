/** Proves that `readFunctionSource()` reads source in each strategy that has it. */
import { assertEquals } from "@std/assert";
import { encodeFunctionCode, readFunctionSource } from "../../src/wire/function_code.ts";
import { packBuffers } from "../../src/wire/packed_buffers.ts";
import { serializeValue } from "../../src/wire/serialized_value.ts";
import { tuple } from "../../src/wire/values/python_type.ts";
import { loadParts } from "../../src/wire/on_demand.ts";

await loadParts();

const SOURCE = { name: "f", source: "def f(): return {'é': '😀'}" };
const PICKLED = serializeValue(tuple(SOURCE.name, SOURCE.source), "pair", "pickle").slice(3);

Deno.test("readFunctionSource() reads the source in each strategy that has it", () => {
  for (const serializer of ["source", "all"] as const) {
    assertEquals(readFunctionSource(encodeFunctionCode(SOURCE.name, SOURCE.source, serializer)), SOURCE);
  }
  assertEquals(readFunctionSource(packBuffers([`sd\n${SOURCE.name}:${SOURCE.source}`])), SOURCE);
  assertEquals(readFunctionSource(packBuffers([`03\n${PICKLED}`])), SOURCE);
  assertEquals(readFunctionSource(packBuffers([`04\n${PICKLED}`])), SOURCE);
  assertEquals(
    readFunctionSource(packBuffers([`12\n${packBuffers(["01\ngASILg==", `04\n${PICKLED}`])}`])),
    SOURCE,
  );
});

Deno.test("readFunctionSource() tells of code without source that it has none", () => {
  const codes = [
    "",
    "st\nf",
    "01\ngASILg==\n",
    "03\n!",
    "03\ngASILg==\n",
    "12\n",
    "12\nx",
    "10\nst\n:f:x",
    "zz\n",
  ];
  for (const code of codes) assertEquals(readFunctionSource(packBuffers([code])), undefined, code);
  assertEquals(readFunctionSource("no length"), undefined);
});
