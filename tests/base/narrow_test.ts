/** Proves what the functions that narrow take for an object, a text and an error, and what they make of all else. */
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { asError, given, isRecord, isText, membersOf, messageOf, parseJson } from "../../src/base/narrow.ts";

const OTHERS = [undefined, null, true, 0, NaN, 1n, "", "text", [], [{ a: 1 }], () => {}, Symbol("a")];

Deno.test("isRecord() takes objects, and nothing else", () => {
  for (const value of [{}, { a: 1 }, Object.create(null)]) assertEquals(isRecord(value), true);
  for (const value of OTHERS) assertEquals(isRecord(value), false);
});

Deno.test("membersOf() gives an object as it is, and an empty one for all else", () => {
  const value = { a: 1 };
  assertStrictEquals(membersOf(value), value);
  for (const other of OTHERS) assertEquals(membersOf(other), {});
});

Deno.test("isText() takes texts with something in them", () => {
  assertEquals(OTHERS.filter(isText), ["text"]);
});

Deno.test("asError() leaves an error as it is, and makes one of all else that is thrown", () => {
  const error = new RangeError("mine");
  assertStrictEquals(asError(error), error);
  assertEquals(["a text", 7, null, undefined, Symbol("a")].map(messageOf), [
    "a text",
    "7",
    "null",
    "undefined",
    "Symbol(a)",
  ]);
});

Deno.test("given() leaves out what is undefined, and nothing else", () => {
  assertEquals(given({ a: undefined, b: null, c: 0, d: "" }), { b: null, c: 0, d: "" });
});

Deno.test("parseJson() passes over one byte order mark, and refuses what is no JSON", () => {
  assertEquals(parseJson('\uFEFF{"a":1}'), { a: 1 });
  for (const text of ["", "\uFEFF", '\uFEFF\uFEFF{"a":1}', "{"]) {
    assertThrows(() => parseJson(text), SyntaxError);
  }
});
