/** timestampedHmac() verifies vectors in the forms of Stripe and Inngest that OpenSSL made. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { createHmac } from "node:crypto";
import { timestampedHmac, type TimestampedHmacOptions } from "../../../edge/verify/timestamped_hmac.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import { delivery, NOW_MS, signedRequest, verify } from "./deliveries.ts";
import { STRIPE } from "./schemes.ts";

function request(header: string, value: string, body: string): Request {
  return new Request("https://hooks.example.org/", { method: "POST", body, headers: { [header]: value } });
}

const STRIPE_SIGNATURE = "88a022085c6bdb887b02cb26ff76dd681234d9675c0f22844059f55552a8883a";
const STRIPE_BODY = '{"id":"evt_test_webhook","object":"event"}';
const STRIPE_CLOCK = { clock: new ManualClock(1492774577_000) };
const stripe = timestampedHmac({ form: "stripe", secrets: ["whsec_test_secret"] });

Deno.test("timestampedHmac() verifies a vector in Stripe's form, by OpenSSL", async () => {
  const sent = request("stripe-signature", `t=1492774577,v1=${STRIPE_SIGNATURE}`, STRIPE_BODY);
  assertEquals(await verify(stripe, sent, STRIPE_CLOCK), {
    isVerified: true,
    deliveryId: "evt_test_webhook",
    isIdSigned: true,
  });
});

Deno.test("timestampedHmac() takes any of several signatures, and passes over those of other names", async () => {
  const zeros = "0".repeat(64);
  const good = `v1=${STRIPE_SIGNATURE}`;
  for (
    const fields of [
      `t=1492774577,v1=${zeros},${good}`,
      `t=1492774577,${good},v1=${zeros}`,
      `v0=${zeros},${good},t=1492774577`,
      `t=1492774577,${good},v0=no_hexadecimal`,
    ]
  ) {
    const sent = request("stripe-signature", fields, STRIPE_BODY);
    assert((await verify(stripe, sent, STRIPE_CLOCK)).isVerified, fields);
  }
});

Deno.test("timestampedHmac() takes ten signatures, and no more", async () => {
  const isTaken = async (wrong: number) => {
    const fields = `t=1492774577,v1=${STRIPE_SIGNATURE}${`,v1=${"0".repeat(64)}`.repeat(wrong)}`;
    return (await verify(stripe, request("stripe-signature", fields, STRIPE_BODY), STRIPE_CLOCK)).isVerified;
  };
  assert(await isTaken(9));
  assert(!await isTaken(10));
});

// As Stripe's own library reads the field: `header.split(",")`, and what it does not know is passed over.
for (
  const [name, fields] of [
    ["one signature that is malformed", `t=1492774577,v1=${STRIPE_SIGNATURE},v1=x`],
    ["a signature in upper case beside it", `t=1492774577,v1=${"A".repeat(64)},v1=${STRIPE_SIGNATURE}`],
    ["a field without a name", `t=1492774577,=1,v1=${STRIPE_SIGNATURE}`],
    ["a field without a value", `t=1492774577,v1=,v1=${STRIPE_SIGNATURE}`],
    ["a field that is a word", `t=1492774577,test,v1=${STRIPE_SIGNATURE}`],
    ["two commas", `t=1492774577,,v1=${STRIPE_SIGNATURE},`],
    ["a space after the comma", `t=1492774577, v1=${STRIPE_SIGNATURE}`],
    ["more than twenty fields", `t=1492774577,${"x=1,".repeat(40)}v1=${STRIPE_SIGNATURE}`],
    ["all of it twice", `t=1492774577,v1=${STRIPE_SIGNATURE}, t=1492774577,v1=${STRIPE_SIGNATURE}`],
  ] as const
) {
  Deno.test(`timestampedHmac() takes a good signature in a header with ${name}`, async () => {
    const verification = await verify(stripe, request("stripe-signature", fields, STRIPE_BODY), STRIPE_CLOCK);
    assert(verification.isVerified);
  });
}

for (
  const [name, fields] of [
    ["no timestamp", `v1=${STRIPE_SIGNATURE}`],
    ["two timestamps that differ", `t=1492774577,t=1492774578,v1=${STRIPE_SIGNATURE}`],
    ["the older signature alone", `t=1492774577,v0=${STRIPE_SIGNATURE}`],
    ["the separator of another form", `t=1492774577&v1=${STRIPE_SIGNATURE}`],
    ["the timestamp in the signature's field", `v1=1492774577,t=${STRIPE_SIGNATURE}`],
  ] as const
) {
  Deno.test(`timestampedHmac() refuses a header with ${name}`, async () => {
    const verification = await verify(stripe, request("stripe-signature", fields, STRIPE_BODY), STRIPE_CLOCK);
    assert(!verification.isVerified);
    assertEquals(
      verification.cause,
      "the header 'stripe-signature' is malformed: 't=', seconds, ',v1=' and 64 hexadecimal digits in lower case are expected",
    );
  });
}

for (const scheme of [STRIPE]) {
  Deno.test(`${scheme.name} takes a timestamp up to 300 seconds off, either way, or as the option says`, async () => {
    const tolerant = timestampedHmac({ form: "stripe", secrets: [scheme.secret], toleranceSeconds: 86_400 });
    for (const [verifier, limit] of [[scheme.verifier([scheme.secret]), 300], [tolerant, 86_400]] as const) {
      for (const apart of [-limit - 1, -limit, 0, limit, limit + 1]) {
        const timestamp = String(NOW_MS / 1000 + apart);
        const verification = await verify(verifier, signedRequest(scheme, delivery({ timestamp })));
        assertEquals(verification.isVerified, Math.abs(apart) <= limit, `${apart} seconds`);
      }
    }
  });

  Deno.test(`${scheme.name} takes old and new secrets while they are rotated`, async () => {
    const both = scheme.verifier([scheme.otherSecret, scheme.secret]);
    for (const secret of [scheme.secret, scheme.otherSecret]) {
      assert((await verify(both, signedRequest(scheme, delivery(), { secret }))).isVerified);
    }
    const one = scheme.verifier([scheme.otherSecret]);
    assert(!(await verify(one, signedRequest(scheme))).isVerified);
  });
}

Deno.test("timestampedHmac() finds the id where the sender puts it, once the signature is right", async () => {
  const idOf = async (options: Partial<TimestampedHmacOptions>, body: string) => {
    const verifier = timestampedHmac({ form: "stripe", secrets: [STRIPE.secret], ...options });
    const sent = signedRequest(STRIPE, delivery({ body }));
    sent.headers.set("x-id", "in a header".replaceAll(" ", "_"));
    const verification = await verify(verifier, sent);
    if (!verification.isVerified) return verification.cause;
    return [verification.deliveryId, verification.isIdSigned];
  };
  assertEquals(await idOf({}, '{"id":"evt_1"}'), ["evt_1", true]);
  assertEquals(await idOf({}, '{"id":17}'), ["17", true]);
  assertEquals(await idOf({}, '{"object":"event"}'), [undefined, undefined]);
  assertEquals(await idOf({}, '{"id":null}'), [undefined, undefined]);
  assertEquals(await idOf({}, '{"id":{"$":1}}'), [undefined, undefined]);
  assertEquals(await idOf({}, "no JSON"), [undefined, undefined]);
  assertEquals(await idOf({}, "null"), [undefined, undefined]);
  assertEquals(
    await idOf({}, '{"id":"evt 1"}'),
    "the field 'id' is no id: up to 256 visible ASCII characters are expected",
  );
  assertEquals(await idOf({ deliveryId: { field: "a.b" } }, '{"a":{"b":"c"}}'), ["c", true]);
  assertEquals(await idOf({ deliveryId: { field: "toString.name" } }, "{}"), [undefined, undefined]);
  assertEquals(await idOf({ deliveryId: { header: "X-Id" } }, "{}"), ["in_a_header", false]);
  assertEquals(await idOf({ deliveryId: "digest" }, "{}"), [
    "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    true,
  ]);
});

Deno.test("timestampedHmac() takes a form as data", async () => {
  const form = {
    header: "X-Beamline",
    separator: "&",
    timestampField: "t",
    signatureField: "s",
    signed: "{body}{timestamp}",
  } as const;
  const secret = "the secret of a beamline";
  const timestamp = String(NOW_MS / 1000);
  const signature = createHmac("sha256", secret).update(`{}${timestamp}`).digest("hex");
  const sent = request("x-beamline", `t=${timestamp}&s=${signature}`, "{}");
  assertEquals(await verify(timestampedHmac({ form, secrets: [secret] }), sent), { isVerified: true });
});

const FORM = {
  header: "x-sig",
  separator: ",",
  timestampField: "t",
  signatureField: "v1",
  signed: "{timestamp}.{body}",
};
const REFUSED: [name: string, options: unknown, message: string][] = [
  ["no secret", { form: "stripe", secrets: [] }, "without 'secrets'"],
  ["no list of secrets", { form: "stripe" }, "without 'secrets'"],
  ["a short secret", { form: "stripe", secrets: ["whsec_"] }, "fewer than 8 bytes"],
  ["an unknown form", { form: "github" }, `'form' of timestampedHmac(): it must be "stripe"`],
  ["no form", {}, "'form' of timestampedHmac()"],
  ["a form of Object", { form: "constructor" }, "'form' of timestampedHmac()"],
  ["no header", { form: { ...FORM, header: "x sig" } }, "'form.header'"],
  ["a separator that may be in a field", { form: { ...FORM, separator: "a" } }, "'form.separator'"],
  ["a field with a sign", { form: { ...FORM, timestampField: "t=" } }, "'form.timestampField'"],
  ["no field for the signature", { form: { ...FORM, signatureField: "" } }, "'form.signatureField'"],
  ["one field for both", { form: { ...FORM, signatureField: "t" } }, "need fields of their own"],
  ["an unsigned timestamp", { form: { ...FORM, signed: "{body}" } }, "'form.signed'"],
  ["an unsigned body", { form: { ...FORM, signed: "{timestamp}" } }, "it must have '{body}' in it, once"],
  ["an unknown value", { form: { ...FORM, signed: "{timestamp}{id}{body}" } }, "'form.signed'"],
  ["an open brace", { form: { ...FORM, signed: "{timestamp}{body" } }, "braces must have"],
  ["an id from nowhere", { form: "stripe", secrets: ["long enough"], deliveryId: {} }, "'deliveryId'"],
  [
    "an id of no field",
    { form: "stripe", secrets: ["long enough"], deliveryId: { field: "" } },
    "'deliveryId'",
  ],
];
for (const [name, options, message] of REFUSED) {
  Deno.test(`timestampedHmac() refuses ${name}`, () => {
    assertThrows(() => timestampedHmac(options as TimestampedHmacOptions), TypeError, message);
  });
}

Deno.test("timestampedHmac() refuses a tolerance that lets everything in", () => {
  const options = { form: "stripe", secrets: ["long enough"], toleranceSeconds: Infinity } as const;
  assertThrows(() => timestampedHmac(options), RangeError, "'toleranceSeconds' of timestampedHmac()");
});
