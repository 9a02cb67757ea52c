/** anyOf() lets in whom one of its verifiers lets in, and refuses with all causes. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { anyOf } from "../../../edge/verify/any_of.ts";
import type { Verifier } from "../../../edge/verify/verifier.ts";
import { verify } from "./deliveries.ts";

const admits = (deliveryId: string): Verifier => () => Promise.resolve({ isVerified: true, deliveryId });
const refuses = (cause: string): Verifier => () => Promise.resolve({ isVerified: false, cause });
const fails = (message: string): Verifier => () => Promise.reject(new Error(message));
const request = () => new Request("https://hooks.example.org/");

Deno.test("anyOf() takes the word of the first verifier that lets somebody in", async () => {
  assertEquals(await verify(anyOf(refuses("no"), admits("a"), admits("b")), request()), {
    isVerified: true,
    deliveryId: "a",
  });
});

Deno.test("anyOf() refuses where each of them does, with all causes", async () => {
  assertEquals(await verify(anyOf(refuses("no token"), refuses("no signature")), request()), {
    isVerified: false,
    cause: "no token; no signature",
  });
});

Deno.test("anyOf() lets in whom one lets in, though another could not find out", async () => {
  assertEquals((await verify(anyOf(fails("down"), admits("a")), request())).isVerified, true);
});

Deno.test("anyOf() rejects where nobody lets in and one could not find out", async () => {
  await assertRejects(() => verify(anyOf(fails("down"), refuses("no")), request()), Error, "down");
});

Deno.test("anyOf() refuses to be made of nothing, or of what is no verifier", () => {
  assertThrows(() => anyOf(), TypeError, "Cannot use anyOf()");
  assertThrows(() => anyOf({} as Verifier), TypeError, "Cannot use anyOf()");
});
