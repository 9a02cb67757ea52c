/** Each scheme refuses each kind of tampering, never throws, and shows no secret. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { delivery, signedRequest, verify } from "./deliveries.ts";
import { SCHEMES } from "./schemes.ts";
import { tamperings } from "./tamperings.ts";

for (const scheme of SCHEMES) {
  Deno.test(`${scheme.name} refuses each kind of tampering, and tells the operator why`, async (t) => {
    const sent = delivery();
    const kinds = tamperings(scheme, sent);
    assert(kinds.length >= 20, `${kinds.length} kinds`);
    assertEquals(new Set(kinds.map(([name]) => name)).size, kinds.length);
    const verifier = scheme.verifier([scheme.secret]);
    for (const [name, tamper] of kinds) {
      await t.step(name, async () => {
        const honest = signedRequest(scheme, sent);
        assertEquals((await verify(verifier, honest.clone())).isVerified, true);
        const verification = await verify(verifier, await tamper(honest));
        assert(!verification.isVerified, "It was let in");
        assert(verification.cause.length > 10);
        assert(verification.cause.length < 300, verification.cause);
      });
    }
    assertEquals((await verify(verifier, signedRequest(scheme, sent))).isVerified, true);
  });

  Deno.test(`${scheme.name} tells of no secret and no signature`, async () => {
    const sent = delivery();
    const verifier = scheme.verifier([scheme.secret, scheme.otherSecret]);
    for (const [, tamper] of tamperings(scheme, sent)) {
      const request = await tamper(signedRequest(scheme, sent));
      const verification = await verify(verifier, request.clone());
      if (verification.isVerified) continue; // What is signed with the other secret.
      const { cause } = verification;
      for (const secret of [scheme.secret, scheme.otherSecret]) assert(!cause.includes(secret), cause);
      const signature = request.headers.get(scheme.signatureHeader)?.slice(-scheme.signatureLength) ?? "";
      for (let at = 0; at + 12 <= signature.length; at++) {
        assert(!cause.includes(signature.slice(at, at + 12)), cause);
      }
      assert(!cause.includes("head_commit"));
    }
  });
}

/** What may stand in a header field: bytes, without those that `Headers` refuses. */
const fieldValue = fc.oneof(
  fc.string({
    unit: fc.integer({ min: 0x20, max: 0xff }).map((byte) => String.fromCharCode(byte)),
    maxLength: 300,
  }),
  fc.stringMatching(/^[tsv01a=,.& whsec0-9-]{0,120}$/),
);

for (const scheme of SCHEMES) {
  Deno.test(`${scheme.name} refuses whatever stands in its header fields, and never throws`, async () => {
    const sent = delivery();
    const verifier = scheme.verifier([scheme.secret]);
    const { signatureHeader, timestampHeader, signedIdHeader } = scheme;
    const signed = [signatureHeader, timestampHeader, signedIdHeader].filter((name) => name !== undefined);
    await fc.assert(
      fc.asyncProperty(fieldValue, fc.constantFrom(...signed), fc.nat(), async (value, name, at) => {
        const request = signedRequest(scheme, sent);
        const honest = request.headers.get(name) ?? "";
        const cut = at % honest.length;
        for (const changed of [value, honest.slice(0, cut) + value + honest.slice(cut + 1)]) {
          request.headers.set(name, changed);
          if (request.headers.get(name) === honest) continue;
          const { isVerified } = await verify(verifier, request.clone());
          // What stands beside a good signature of a list may be anything.
          const isBeside = scheme.signatureSeparator !== undefined &&
            changed.includes(honest.slice(-scheme.signatureLength));
          assertEquals(isVerified && !isBeside, false, changed);
        }
      }),
      { numRuns: 300, seed: 7 },
    );
  });
}
