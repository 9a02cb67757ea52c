/** Keys are imported once, and can do nothing but verify. */
import { assertEquals, assertStrictEquals } from "@std/assert";
import { ed25519Keys } from "../../../edge/verify/ed25519_keys.ts";
import { hmacKeys } from "../../../edge/verify/signatures.ts";

Deno.test("hmacKeys() imports secrets once, as keys that can do nothing but verify", async () => {
  const keys = hmacKeys([new Uint8Array(32), new Uint8Array(64)], "SHA-512");
  const [first, second, ...others] = await keys();
  assertStrictEquals(await keys(), await keys());
  assertEquals(others, []);
  for (const key of [first, second]) {
    assertEquals(key?.usages, ["verify"]);
    assertEquals(key?.extractable, false);
    assertEquals((key?.algorithm as HmacKeyAlgorithm).hash, { name: "SHA-512" });
  }
});

Deno.test("ed25519Keys() imports public keys once", async () => {
  const publicKey = Uint8Array.from(
    atob("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="),
    (c) => c.charCodeAt(0),
  );
  const keys = ed25519Keys([publicKey]);
  assertStrictEquals(await keys(), await keys());
  assertEquals((await keys()).map(({ type, usages }) => [type, usages]), [["public", ["verify"]]]);
});
