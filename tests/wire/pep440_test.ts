/** Proves that versions compare as Python's `packaging` compares them. */
import { assert, assertEquals } from "@std/assert";
import { compareVersions, meetsMinimum } from "../../src/wire/pep440.ts";

interface Vectors {
  order: [one: string, other: string, verdict: number][];
  meetsMinimum: [version: string, minimum: string, passes: boolean][];
  invalid: string[];
}

const vectors: Vectors = JSON.parse(
  await Deno.readTextFile(new URL("./pep440_vectors.json", import.meta.url)),
);

Deno.test("compareVersions() orders versions as Python's packaging does, both ways round", () => {
  assert(vectors.order.length >= 60);
  for (const [one, other, verdict] of vectors.order) {
    assertEquals(sign(compareVersions(one, other)), verdict, `${one} and ${other}`);
    assertEquals(sign(compareVersions(other, one)), verdict === 0 ? 0 : -verdict, `${other} and ${one}`);
    assertEquals(compareVersions(one, one), 0);
  }
});

Deno.test("meetsMinimum() passes what the Python client lets through, development releases above all", () => {
  for (const [version, minimum, passes] of vectors.meetsMinimum) {
    assertEquals(meetsMinimum(version, minimum), passes, `${version} against ${minimum}`);
  }
});

Deno.test("compareVersions() and meetsMinimum() give nothing for what is no version", () => {
  for (const text of vectors.invalid) {
    assertEquals(compareVersions(text, "1.0"), undefined, text);
    assertEquals(compareVersions("1.0", text), undefined, text);
    assertEquals(meetsMinimum("1.0", text), undefined, text);
    assertEquals(meetsMinimum(text, "1.0"), undefined, text);
  }
});

function sign(order: number | undefined): number | undefined {
  return order === undefined ? undefined : Math.sign(order);
}
