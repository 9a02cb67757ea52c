/** Inngest signs the canonical JSON of a body (RFC 8785), not its bytes. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import canonicalize from "canonicalize";
import fc from "fast-check";
import { createHmac } from "node:crypto";
import { inngest, type InngestOptions } from "../../../edge/mod.ts";
import { canonicalJson } from "../../../edge/verify/canonical_json.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import { delivery, NOW_MS, signedRequest, verify } from "./deliveries.ts";
import { INNGEST } from "./schemes.ts";

const KEY = "signkey-test-f00f3005a3666b359a79c2bc3380ce2715e62727ac461ae1a2618f8766029c9f";
const event = { data: {}, id: "", name: "inngest/scheduled.timer", ts: 1674082830001, user: {}, v: "1" };
const call = {
  ctx: { fn_id: "local-testing-local-cron", run_id: "01GQ3HTEZ01M7R8Z9PR1DMHDN1", step_id: "step" },
  event,
  events: [event],
  steps: {},
  use_api: false,
};

function request(value: string, body: string): Request {
  return new Request("https://hooks.example.org/", {
    method: "POST",
    body,
    headers: { "x-inngest-signature": value },
  });
}

const at = (seconds: number) => ({ clock: new ManualClock(seconds * 1000) });

Deno.test("inngest() verifies the vector of Inngest's own SDK, however its members stand in the body", async () => {
  const value = "t=1687306735&s=70312c7815f611a4aa0b6f985910a85a6c232c845838d7f49f1d05fd8b2b0779";
  const { ctx, use_api, ...rest } = call;
  for (
    const body of [
      JSON.stringify(call),
      JSON.stringify(call, null, 2),
      JSON.stringify({ use_api, ...rest, ctx }),
    ]
  ) {
    const verification = await verify(inngest({ secrets: [KEY] }), request(value, body), at(1687306735));
    assertEquals(verification, { isVerified: true });
  }
  const altered = JSON.stringify({ ...call, use_api: true });
  assert(!(await verify(inngest({ secrets: [KEY] }), request(value, altered), at(1687306735))).isVerified);
});

Deno.test("inngest() verifies the vector of Inngest's SDKs for a body that is no JSON, whatever stands before the key", async () => {
  const body = "hey!  if you're reading this come work with us: careers@inngest.com";
  const value = "t=1709026298&s=3f1c811920eb25da7fa70e3ac484e32e93f01dbbca7c9ce2365f2062a3e10c26";
  for (
    const secret of ["signkey-test-12345678", "signkey-prod-12345678", "signkey-staging-12345678", "12345678"]
  ) {
    const verification = await verify(inngest({ secrets: [secret] }), request(value, body), at(1709026298));
    assertEquals(verification, { isVerified: true });
  }
});

/** What is sent, and its canonical form: the examples of RFC 8785 among them. */
const FORMS: [name: string, sent: string, canonical: string][] = [
  [
    "members of another order",
    '{ "b" : 1, "a" : [ 3, {"d":null,"c":true} ] }',
    '{"a":[3,{"c":true,"d":null}],"b":1}',
  ],
  [
    "RFC 8785, 3.2.2",
    '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],' +
    '"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
    '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  ],
  [
    "RFC 8785, 3.2.3",
    '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",' +
    '"\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}',
    '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis",' +
    '"€":"Euro Sign","😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
  ],
  ["a member that is __proto__", '{"b":1,"__proto__":{"a":2}}', '{"__proto__":{"a":2},"b":1}'],
  ["a number beyond 2^53", "[9007199254740993,-0,1.0]", "[9007199254740992,0,1]"],
];

for (const [name, sent, canonical] of FORMS) {
  Deno.test(`inngest() signs ${name} in the canonical form`, async () => {
    const encoder = new TextEncoder();
    assertEquals(new TextDecoder().decode(canonicalJson(encoder.encode(sent))), canonical);
    const timestamp = String(NOW_MS / 1000);
    const mac = createHmac("sha256", "12345678").update(canonical + timestamp).digest("hex");
    const verification = await verify(
      inngest({ secrets: ["12345678"] }),
      request(`t=${timestamp}&s=${mac}`, sent),
    );
    assert(verification.isVerified);
  });
}

Deno.test("canonicalJson() writes what the library of the RFC's author writes", () => {
  fc.assert(fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
    const body = new TextEncoder().encode(JSON.stringify(value, null, 1));
    assertEquals(new TextDecoder().decode(canonicalJson(body)), canonicalize(value));
  }));
});

Deno.test("inngest() refuses what has no canonical form, and costs no more than its length", async () => {
  const verifier = inngest({ secrets: [INNGEST.secret] });
  for (const body of ['"\\ud800"', "[".repeat(1_000_000), "[".repeat(70) + "]".repeat(70), '{"a":', "\xff"]) {
    const startMs = performance.now();
    const value = `t=${NOW_MS / 1000}&s=${"0".repeat(64)}`;
    assertEquals((await verify(verifier, request(value, body))).isVerified, false);
    assert(performance.now() - startMs < 2_000);
  }
});

Deno.test("inngest() takes current and fallback keys, a timestamp up to 300 seconds off, and the event's id", async () => {
  const both = inngest({ secrets: [INNGEST.otherSecret, INNGEST.secret] });
  for (const secret of [INNGEST.secret, INNGEST.otherSecret]) {
    const verification = await verify(both, signedRequest(INNGEST, delivery(), { secret }));
    assertEquals(verification, { isVerified: true, deliveryId: "01HMM", isIdSigned: true });
  }
  for (const apart of [-301, -300, 300, 301]) {
    const sent = signedRequest(INNGEST, delivery({ timestamp: String(NOW_MS / 1000 + apart) }));
    assertEquals((await verify(both, sent)).isVerified, Math.abs(apart) <= 300);
  }
});

for (
  const [name, options, message] of [
    ["no key", { secrets: [] }, "Cannot use inngest() without 'secrets'"],
    ["no list of keys", { secrets: INNGEST.secret }, "Cannot use inngest() without 'secrets'"],
    [
      "a key of which nothing is left",
      { secrets: ["signkey-prod-12"] },
      "'secrets[0]' of inngest(): it has fewer",
    ],
  ] as [string, InngestOptions, string][]
) {
  Deno.test(`inngest() refuses ${name}`, () => void assertThrows(() => inngest(options), TypeError, message));
}

Deno.test("inngest() refuses a tolerance that lets everything in", () => {
  const options = { secrets: [INNGEST.secret], toleranceSeconds: Infinity };
  assertThrows(() => inngest(options), RangeError, "'toleranceSeconds' of inngest()");
});
