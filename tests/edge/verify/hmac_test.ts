/** hmac() verifies signatures in each algorithm and encoding, with an example of Slack. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { createHmac } from "node:crypto";
import { hmac, type HmacOptions } from "../../../edge/verify/hmac.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import { delivery, NOW_MS, signedRequest, verify } from "./deliveries.ts";
import { GATEWAY, SHOPIFY } from "./schemes.ts";

const SECRET = "a secret that is shared";
const OPTIONS: HmacOptions = {
  header: "x-signature",
  encoding: "hex",
  algorithm: "SHA-256",
  secrets: [SECRET],
};

function request(headers: Record<string, string>, body = "{}"): Request {
  return new Request("https://hooks.example.org/", { method: "POST", body, headers });
}

Deno.test("hmac() verifies Slack's own example", async () => {
  const verifier = hmac({
    header: "x-slack-signature",
    prefix: "v0=",
    encoding: "hex",
    algorithm: "SHA-256",
    secrets: ["8f742231b10e8888abcd99yyyzzz85a5"],
    signed: "v0:{x-slack-request-timestamp}:{body}",
    timestampHeader: "X-Slack-Request-Timestamp",
  });
  const body =
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V" +
    "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=" +
    "https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=" +
    "398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
  const sent = request({
    "x-slack-request-timestamp": "1531420618",
    "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
  }, body);
  const at = (seconds: number) => ({ clock: new ManualClock(seconds * 1000) });
  assertEquals(await verify(verifier, sent.clone(), at(1531420618)), { isVerified: true });
  assert(!(await verify(verifier, sent, at(1531420618 + 301))).isVerified);
});

for (
  const [algorithm, hash] of [["SHA-256", "sha256"], ["SHA-384", "sha384"], ["SHA-512", "sha512"]] as const
) {
  for (const encoding of ["hex", "base64"] as const) {
    Deno.test(`hmac() verifies ${algorithm} in ${encoding}, and no other`, async () => {
      const signature = (name: string) => createHmac(name, SECRET).update("{}").digest(encoding);
      const verifier = hmac({ ...OPTIONS, prefix: "sig:", encoding, algorithm });
      const isTaken = async (text: string) =>
        (await verify(verifier, request({ "x-signature": text }))).isVerified;
      assert(await isTaken(`sig:${signature(hash)}`));
      for (const other of ["md5", "sha1", "sha256", "sha384", "sha512"].filter((name) => name !== hash)) {
        assert(!await isTaken(`sig:${signature(other)}`), other);
      }
      assert(!await isTaken(signature(hash)));
    });
  }
}

Deno.test("hmac() takes the id of a header for signed only where it is", async () => {
  assertEquals(
    await verify(SHOPIFY.verifier([SHOPIFY.secret]), signedRequest(SHOPIFY, delivery({ id: "w1" }))),
    {
      isVerified: true,
      deliveryId: "w1",
      isIdSigned: false,
    },
  );
  assertEquals(
    await verify(GATEWAY.verifier([GATEWAY.secret]), signedRequest(GATEWAY, delivery({ id: "g1" }))),
    {
      isVerified: true,
      deliveryId: "g1",
      isIdSigned: true,
    },
  );
});

Deno.test("hmac() takes old and new secrets while they are rotated", async () => {
  for (const scheme of [SHOPIFY, GATEWAY]) {
    const both = scheme.verifier([scheme.otherSecret, scheme.secret]);
    for (const secret of [scheme.secret, scheme.otherSecret]) {
      assert((await verify(both, signedRequest(scheme, delivery(), { secret }))).isVerified);
    }
  }
});

Deno.test("hmac() takes a timestamp up to the tolerance off, either way", async () => {
  for (const apart of [-301, -300, 0, 300, 301]) {
    const timestamp = String(NOW_MS / 1000 + apart);
    const verification = await verify(
      GATEWAY.verifier([GATEWAY.secret]),
      signedRequest(GATEWAY, delivery({ timestamp })),
    );
    assertEquals(verification.isVerified, Math.abs(apart) <= 300);
  }
});

Deno.test("hmac() lets nobody move what is signed from one part into the next", async () => {
  const verifier = hmac({ ...OPTIONS, signed: "{x-a}:{x-b}:{body}" });
  const signature = createHmac("sha256", SECRET).update("1:2:3:{}").digest("hex");
  const isTaken = async (a: string, b: string, body: string) =>
    (await verify(verifier, request({ "x-signature": signature, "x-a": a, "x-b": b }, body))).isVerified;
  assert(await isTaken("1", "2", "3:{}")); // A body may have anything in it.
  assert(!await isTaken("1:2", "3", "{}"));
  assert(!await isTaken("1", "2:3", "{}"));
});

Deno.test("hmac() tells the operator which signed header is missing or malformed", async () => {
  const verifier = GATEWAY.verifier([GATEWAY.secret]);
  const causeWithout = async (name: string, value?: string) => {
    const sent = signedRequest(GATEWAY);
    sent.headers.delete(name);
    if (value !== undefined) sent.headers.set(name, value);
    const verification = await verify(verifier, sent);
    return verification.isVerified ? undefined : verification.cause;
  };
  assertEquals(await causeWithout("x-gateway-id"), "the header 'x-gateway-id', which is signed, is missing");
  assertEquals(
    await causeWithout("x-gateway-id", "a.b"),
    "the header 'x-gateway-id', which is signed, is malformed",
  );
  assertEquals(
    await causeWithout("x-gateway-time"),
    "the header 'x-gateway-time', which is signed, is missing",
  );
  assertEquals(
    await causeWithout("x-gateway-time", "1e9"),
    "the timestamp is no whole number of seconds since 1970",
  );
});

const REFUSED: [name: string, options: unknown, message: string][] = [
  ["no secret", { secrets: [] }, "Cannot use hmac() without 'secrets'"],
  ["an empty secret", { secrets: [SECRET, ""] }, "'secrets[1]' of hmac(): it has fewer than 8 bytes"],
  ["SHA-1", { algorithm: "SHA-1" }, '\'algorithm\' of hmac(): it must be "SHA-256", "SHA-384" or "SHA-512"'],
  ["MD5", { algorithm: "MD5" }, "'algorithm' of hmac()"],
  ["a hash in another case", { algorithm: "sha-256" }, "'algorithm' of hmac()"],
  ["a property of Object", { algorithm: "constructor" }, "'algorithm' of hmac()"],
  ["an unknown encoding", { encoding: "base64url" }, '\'encoding\' of hmac(): it must be "hex" or "base64"'],
  ["no header", { header: undefined }, "'header' of hmac()"],
  ["no name of a header", { header: "x signature" }, "'header' of hmac()"],
  ["a prefix that is no text", { prefix: 7 }, "'prefix' of hmac()"],
  [
    "what does not cover the body",
    { signed: "{x-id}" },
    "'signed' of hmac(): it must have '{body}' in it, once",
  ],
  ["what covers the body twice", { signed: "{body}.{body}" }, "'signed' of hmac()"],
  ["what is no text", { signed: ["body"] }, "'signed' of hmac(): it must be a text"],
  ["empty braces", { signed: "{}{body}" }, "'signed' of hmac(): braces"],
  ["a header beside the body", { signed: "{x-id}{body}" }, "'{x-id}' must have a text between it"],
  ["a header beside a header", { signed: "{x-a}{x-b}:{body}" }, "'{x-a}' must have a text between it"],
  ["a timestamp that is not signed", { timestampHeader: "x-time" }, "'signed' must have '{x-time}' in it"],
  ["a timestamp of no header", { timestampHeader: "" }, "'timestampHeader' of hmac()"],
  ["a tolerance without a timestamp", { toleranceSeconds: 300 }, "'toleranceSeconds' of hmac() without"],
  ["an id of no header", { deliveryId: { header: "x id" } }, "'deliveryId' of hmac()"],
  ["an id from nowhere", { deliveryId: "body" }, "'deliveryId' of hmac()"],
];
for (const [name, options, message] of REFUSED) {
  Deno.test(`hmac() refuses ${name}`, () => {
    assertThrows(() => hmac({ ...OPTIONS, ...options as HmacOptions }), TypeError, message);
  });
}
