/** Proves that base64 is read and written alike with a runtime's own functions and without them. */
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Buffer } from "node:buffer";
import { decodeBase64, encodeBase64 } from "../../src/base/base64.ts";
import { encodeBase64Lines } from "../../src/wire/base64.ts";

/** Runs work as older runtimes would: without what they lack. */
function withoutOwn(work: () => void): void {
  const owners: [object, string][] = [[Uint8Array, "fromBase64"], [Uint8Array.prototype, "toBase64"]];
  const found = owners.map(([owner, name]) => Object.getOwnPropertyDescriptor(owner, name));
  for (const [owner, name] of owners) Reflect.deleteProperty(owner, name);
  try {
    work();
  } finally {
    owners.forEach(([owner, name], index) => {
      const property = found[index];
      if (property !== undefined) Object.defineProperty(owner, name, property);
    });
  }
}

for (
  const [where, run] of [["this runtime", (work: () => void) => work()], [
    "an older one",
    withoutOwn,
  ]] as const
) {
  Deno.test(`base64 is what Node writes and reads, in ${where}`, () => {
    run(() => {
      fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = Buffer.from(bytes).toString("base64");
        assertEquals(encodeBase64(bytes), text);
        assertEquals([...decodeBase64(text)], [...bytes]);
        assertEquals([...decodeBase64(encodeBase64Lines(bytes))], [...bytes]);
      }));
    });
  });

  Deno.test(`base64 of a large value has no seam, in ${where}`, () => {
    run(() => {
      const bytes = Uint8Array.from({ length: 100_001 }, (_, index) => index * 7);
      assertEquals(encodeBase64(bytes), Buffer.from(bytes).toString("base64"));
    });
  });

  Deno.test(`decodeBase64() refuses what is none, in ${where}`, () => {
    run(() => {
      for (const text of ["=", "A", "AA=A", "A-_A", "AAAA=", "Ä"]) assertThrows(() => decodeBase64(text));
    });
  });
}
