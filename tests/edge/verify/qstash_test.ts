/** QStash's token: who issued it, for which address, body and time, and signed with which key. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { createHash, createHmac } from "node:crypto";
import { qstash, type QstashOptions } from "../../../edge/mod.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import { delivery, NOW_MS, signedRequest, verify } from "./deliveries.ts";
import { messageToken, QSTASH } from "./schemes.ts";

const URL = "https://hooks.example.org/hooks/push";
const BODY = '{"scan":7}';
const SECONDS = NOW_MS / 1000;
const { secret: CURRENT, otherSecret: NEXT } = QSTASH;
const CLAIMS = {
  iss: "Upstash",
  sub: URL,
  exp: SECONDS + 300,
  nbf: SECONDS,
  iat: SECONDS,
  jti: "jwt_67kxXD6UBAk7DqU6hzuHMDdXFXfP",
  body: createHash("sha256").update(BODY).digest("base64url"),
};

function request(
  token: string,
  { url = URL, body = BODY, id = "msg_1" as string | null } = {},
): Request {
  const headers = { "upstash-signature": token, ...(id === null ? {} : { "upstash-message-id": id }) };
  return new Request(url, { method: "POST", body, headers });
}

const verifier = qstash({ secrets: [CURRENT, NEXT] });
const signed = (claims: object, secret = CURRENT) => messageToken(secret, { ...CLAIMS, ...claims });

Deno.test("qstash() takes a token by the current key and by the next one, and no other", async () => {
  for (const secret of [CURRENT, NEXT]) {
    assertEquals(await verify(verifier, request(signed({}, secret))), {
      isVerified: true,
      deliveryId: "msg_1",
      isIdSigned: true,
    });
  }
  assert(!(await verify(verifier, request(signed({}, "sig_of_somebody_else")))).isVerified);
});

Deno.test("qstash() takes the claims of Upstash's documented example, whose digest is padded", async () => {
  // The example's own signature is not published: it is signed here.
  const claims = {
    iss: "Upstash",
    sub: "https://qstash-remote.requestcatcher.com/test",
    exp: 1656580612,
    nbf: 1656580312,
    iat: 1656580312,
    jti: "jwt_67kxXD6UBAk7DqU6hzuHMDdXFXfP",
    body: `${createHash("sha256").update(BODY).digest("base64url")}=`,
  };
  const sent = () =>
    request(messageToken(CURRENT, claims), { url: "https://qstash-remote.requestcatcher.com/test" });
  const at = (seconds: number) => ({ clock: new ManualClock(seconds * 1000) });
  for (
    const [seconds, isTaken] of [[1656580312 - 31, false], [1656580312 - 30, true], [1656580612 + 29, true], [
      1656580612 + 30,
      false,
    ]] as const
  ) {
    assertEquals((await verify(verifier, sent(), at(seconds))).isVerified, isTaken, String(seconds));
  }
});

const REFUSED: [name: string, token: string, cause: RegExp][] = [
  ["of another issuer", signed({ iss: "upstash" }), /"iss"/],
  ["without an issuer", signed({ iss: undefined }), /"iss"/],
  ["for another address", signed({ sub: `${URL}s` }), /another address/],
  ["for another query", signed({ sub: `${URL}?x` }), /another address/],
  ["without an address", signed({ sub: undefined }), /"sub"/],
  ["for no address", signed({ sub: "push" }), /another address/],
  [
    "for another body",
    signed({ body: createHash("sha256").update("{}").digest("base64url") }),
    /another body/,
  ],
  ["without a body", signed({ body: undefined }), /"body"/],
  ["with a body of another kind", signed({ body: 7 }), /another body/],
  ["that has ended", signed({ exp: SECONDS - 31 }), /"exp"/],
  ["without an end", signed({ exp: undefined }), /"exp"/],
  ["that has not begun", signed({ nbf: SECONDS + 31 }), /"nbf"/],
  ["without a beginning", signed({ nbf: undefined }), /"nbf"/],
  ["without an algorithm", messageToken(CURRENT, CLAIMS, { alg: "none" }), /alg/],
  ["of another algorithm", messageToken(CURRENT, CLAIMS, { alg: "HS512" }), /alg/],
  ["with an extension", messageToken(CURRENT, CLAIMS, { alg: "HS256", crit: ["x"], x: 1 }), /x/],
  ["that is none", "a.b.c", /malformed/],
  ["that has no signature", signed({}).replace(/[^.]*$/, ""), /malformed/],
  ["that is too long", `${"a".repeat(5_000)}.${signed({})}`, /longer than 4096/],
];
for (const [name, token, cause] of REFUSED) {
  Deno.test(`qstash() refuses a token ${name}`, async () => {
    const verification = await verify(verifier, request(token));
    assert(!verification.isVerified);
    assert(cause.test(verification.cause), verification.cause);
    assert(!verification.cause.includes(token.slice(-20)), verification.cause);
  });
}

Deno.test("qstash() refuses a token that was signed with its own claims for a key", async () => {
  const [header = "", payload = ""] = signed({}).split(".");
  const mac = createHmac("sha256", "").update(`${header}.${payload}`).digest("base64url");
  assert(!(await verify(verifier, request(`${header}.${payload}.${mac}`))).isVerified);
});

Deno.test("qstash() takes the address that it is told in place of the hook's", async () => {
  const url = "https://proxy.example.org/queue";
  const behind = qstash({ secrets: [CURRENT], url });
  assert((await verify(behind, request(signed({ sub: url })))).isVerified);
  assert(!(await verify(behind, request(signed({})))).isVerified);
});

Deno.test("qstash() names a delivery by its message: each run of a schedule, and the same when it is tried again", async () => {
  const idOf = async (id: string | null, jti: string) => {
    const verification = await verify(verifier, request(signed({ jti }), { id }));
    return verification.isVerified ? verification.deliveryId : verification.cause;
  };
  assertEquals(await idOf("msg_1", "a"), await idOf("msg_1", "b"));
  assert(await idOf("msg_1", "a") !== await idOf("msg_2", "a"));
  assertEquals(await idOf(null, "a"), undefined);
  assert((await idOf("msg 1", "a"))?.includes("is no id"));
  assert((await verify(verifier, signedRequest(QSTASH, delivery()))).isVerified);
});

for (
  const [name, options, message] of [
    ["no key", { secrets: [] }, "Cannot use qstash() without 'secrets'"],
    ["a short key", { secrets: ["sig_"] }, "'secrets[0]' of qstash(): it has fewer than 8 bytes"],
    ["an address that is none", { secrets: [CURRENT], url: "push" }, "'url' of qstash()"],
  ] as [string, QstashOptions, string][]
) {
  Deno.test(`qstash() refuses ${name}`, () => void assertThrows(() => qstash(options), TypeError, message));
}

for (const clockToleranceSeconds of [-1, 301, NaN, Infinity]) {
  Deno.test(`qstash() refuses a tolerance of ${clockToleranceSeconds} seconds`, () => {
    const options = { secrets: [CURRENT], clockToleranceSeconds };
    assertThrows(() => qstash(options), RangeError, "'clockToleranceSeconds' of qstash()");
  });
}
