/** Proves that `jwt()` signs each token with each kind of key, and refuses keys and claims that cannot be right. */
import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { createPrivateKey } from "node:crypto";
import { inspect } from "node:util";
import { exportJWK, exportPKCS8, exportSPKI, generateKeyPair, type JWK, jwtVerify } from "jose";
import { type AuthorizeContext, type Authorizer, ComputeAuthorizationError } from "../../mod.ts";
import { jwt } from "../../src/auth/jwt.ts";
import type { JwtAlgorithm, JwtKey, JwtOptions } from "../../src/auth/jwt_options.ts";
import { ManualClock } from "../support/manual_clock.ts";

const URL = "https://compute.example.org/v2/version";
const ISSUER = "https://portal.example.org";
const SERVICE = "https://compute.example.org";
const SECRET = new TextEncoder().encode("topsecret-topsecret-topsecret-topsecret-topsecret-topsecret-tops");

const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
const pem = await exportPKCS8(privateKey);
const jwk = await exportJWK(privateKey);
const rsa = await generateKeyPair("RS512", { extractable: true });
const rsaPem = await exportPKCS8(rsa.privateKey);
const ed = await generateKeyPair("Ed25519", { extractable: true });

const OPTIONS: JwtOptions = { key: privateKey, algorithm: "ES256", issuer: ISSUER, audience: SERVICE };

function contextOf(clock: ManualClock, client: object = {}): AuthorizeContext {
  return {
    signal: new AbortController().signal,
    fetch: () => Promise.reject(new Error("Unexpected request")),
    clock,
    client,
    rejected: undefined,
  };
}

async function authorized(authorizer: Authorizer, context: AuthorizeContext): Promise<Request> {
  return await authorizer(new Request(URL), context);
}

async function sent(authorizer: Authorizer, context = contextOf(new ManualClock())): Promise<string> {
  const header = (await authorized(authorizer, context)).headers.get("authorization") ?? "";
  assert(header.startsWith("Bearer "));
  return header.slice("Bearer ".length);
}

function read(token: string, key: CryptoKey | Uint8Array = publicKey, clock = new ManualClock()) {
  return jwtVerify(token, key, { currentDate: new Date(clock.nowMs()) });
}

/** Everything that a log may show of a value. */
function shown(value: unknown): string {
  return [
    String(value),
    JSON.stringify(value),
    inspect(value, { showHidden: true, depth: Infinity, breakLength: Infinity }),
    Deno.inspect(value),
    value instanceof Error ? value.stack : Object.values(value as object).map(shown).join("\n"),
  ].join("\n");
}

/** No run of 16 characters of a secret may be in what is shown. */
function assertHides(value: unknown, ...secrets: string[]): void {
  const text = shown(value);
  for (const secret of secrets) {
    for (let at = 0; at + 16 <= secret.length; at += 4) {
      const part = secret.slice(at, at + 16);
      // The line that a PEM begins with is named by errors, and says nothing.
      if (!/[-\n]/.test(part)) assert(!text.includes(part), `It shows ${part}`);
    }
  }
}

Deno.test("jwt() sends a signed JWT as a bearer token", async () => {
  const options = { ...OPTIONS, subject: "portal", audience: [SERVICE, "other"], claims: { role: ["a"] } };
  const { payload, protectedHeader } = await read(await sent(jwt(options)));
  const iat = new ManualClock().nowMs() / 1000;
  const { jti, ...rest } = payload;
  assertEquals(rest, {
    role: ["a"],
    iss: ISSUER,
    sub: "portal",
    aud: [SERVICE, "other"],
    iat,
    exp: iat + 300,
  });
  assert(/^[0-9a-f-]{36}$/.test(jti ?? ""));
  assertEquals({ ...protectedHeader }, { alg: "ES256", typ: "JWT" });
});

Deno.test("jwt() leaves out the subject where none is given", async () => {
  const { payload } = await read(await sent(jwt(OPTIONS)));
  assertEquals(Object.keys(payload).sort(), ["aud", "exp", "iat", "iss", "jti"]);
  assertEquals(payload.aud, SERVICE);
});

Deno.test("jwt() keeps the rest of the request", async () => {
  const request = new Request(URL, { method: "POST", body: "{}", headers: { authorization: "Basic abc" } });
  const result = await jwt(OPTIONS)(request, contextOf(new ManualClock()));
  assertEquals([result.method, result.url, await result.text()], ["POST", URL, "{}"]);
  assertEquals(result.headers.get("authorization")?.startsWith("Bearer ey"), true);
});

const SECRET_JWK: JWK = { kty: "oct", k: Buffer.from(SECRET).toString("base64url") };

function hmacKey(hash: string): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", SECRET, { name: "HMAC", hash }, true, ["sign", "verify"]);
}

for (
  const [name, algorithm, key, verifier] of [
    ["a CryptoKey", "ES256", privateKey, publicKey],
    ["a JSON Web Key", "ES256", jwk, publicKey],
    ["a JSON Web Key with all members", "ES256", { ...jwk, alg: "ES256", use: "sig", ext: true }, publicKey],
    [
      "a JSON Web Key as WebCrypto exports it",
      "ES256",
      await crypto.subtle.exportKey("jwk", privateKey),
      publicKey,
    ],
    ["PKCS #8 in PEM", "ES256", pem, publicKey],
    ["PEM with CRLF and blanks around it", "ES256", ` \n${pem.replaceAll("\n", "\r\n")}\r\n`, publicKey],
    ["a CryptoKey", "RS512", rsa.privateKey, rsa.publicKey],
    ["a JSON Web Key", "RS512", await exportJWK(rsa.privateKey), rsa.publicKey],
    ["PKCS #8 in PEM", "RS512", rsaPem, rsa.publicKey],
    ["a CryptoKey", "Ed25519", ed.privateKey, ed.publicKey],
    ["a JSON Web Key", "EdDSA", { ...await exportJWK(ed.privateKey), alg: "Ed25519" }, ed.publicKey],
    ["PKCS #8 in PEM", "EdDSA", await exportPKCS8(ed.privateKey), ed.publicKey],
    ["a secret", "HS256", SECRET, SECRET],
    ["a Buffer", "HS384", Buffer.from(SECRET), SECRET],
    ["a CryptoKey", "HS512", await hmacKey("SHA-512"), SECRET],
    ["a JSON Web Key", "HS256", SECRET_JWK as JwtKey, SECRET],
  ] satisfies [string, JwtAlgorithm, JwtKey, CryptoKey | Uint8Array][]
) {
  Deno.test(`jwt() signs with ${algorithm} and ${name}`, async () => {
    const { protectedHeader, payload } = await read(
      await sent(jwt({ ...OPTIONS, key, algorithm })),
      verifier,
    );
    assertEquals([protectedHeader.alg, payload.iss], [algorithm, ISSUER]);
  });
}

for (const algorithm of ["RS256", "RS384", "PS256", "PS384", "PS512", "ES384", "ES512"] as const) {
  Deno.test(`jwt() signs with ${algorithm}`, async () => {
    const made = await generateKeyPair(algorithm, { extractable: true });
    for (
      const key of [made.privateKey, await exportPKCS8(made.privateKey), await exportJWK(made.privateKey)]
    ) {
      const token = await sent(jwt({ ...OPTIONS, key, algorithm }));
      assertEquals((await read(token, made.publicKey)).protectedHeader.alg, algorithm);
    }
  });
}

Deno.test("jwt() names the key that it signs with", async () => {
  const header = async (options: Partial<JwtOptions>) =>
    (await read(await sent(jwt({ ...OPTIONS, ...options })))).protectedHeader.kid;
  assertEquals(await header({ key: { ...jwk, kid: "of-the-key" } }), "of-the-key");
  assertEquals(await header({ key: { ...jwk, kid: "of-the-key" }, keyId: "given" }), "given");
  assertEquals(await header({ key: pem, keyId: "given" }), "given");
  assertEquals(await header({ key: jwk }), undefined);
});

Deno.test("jwt() uses its token again until a minute before the end", async () => {
  const clock = new ManualClock();
  const context = contextOf(clock);
  const authorizer = jwt(OPTIONS);
  const first = await sent(authorizer, context);
  await clock.advance(239_999);
  assertEquals(await sent(authorizer, context), first);
  await clock.advance(1);
  const second = await sent(authorizer, context);
  assertNotEquals(second, first);
  const [one, two] = [(await read(first)).payload, (await read(second, publicKey, clock)).payload];
  assertEquals([Number(two.iat) - Number(one.iat), Number(two.exp) - Number(one.exp)], [240, 240]);
  assertNotEquals(one.jti, two.jti);
  assertEquals(await sent(authorizer, context), second);
});

Deno.test("jwt() makes a short-lived token anew after half of its lifetime", async () => {
  const clock = new ManualClock();
  const context = contextOf(clock);
  const authorizer = jwt({ ...OPTIONS, lifetimeSeconds: 10 });
  const first = await sent(authorizer, context);
  assertEquals(Number((await read(first)).payload.exp), clock.nowMs() / 1000 + 10);
  await clock.advance(4_999);
  assertEquals(await sent(authorizer, context), first);
  await clock.advance(1);
  assertNotEquals(await sent(authorizer, context), first);
});

Deno.test("jwt() makes a new token when the service has refused the one that it has", async () => {
  const context = contextOf(new ManualClock());
  const authorizer = jwt(OPTIONS);
  const rejected = await authorized(authorizer, context);
  const second = await sent(authorizer, { ...context, rejected });
  assertNotEquals(`Bearer ${second}`, rejected.headers.get("authorization"));
  // Others that were refused the first one find the second: it is not made for each of them.
  assertEquals(await sent(authorizer, { ...context, rejected }), second);
  assertEquals(await sent(authorizer, { ...context, rejected: new Request(URL) }), second);
  assertEquals(await sent(authorizer, context), second);
});

Deno.test("jwt() makes one signature for calls that come together", async () => {
  const clock = new ManualClock();
  const context = contextOf(clock);
  const authorizer = jwt(OPTIONS);
  const together = async (one: AuthorizeContext) =>
    new Set(await Promise.all(Array.from({ length: 50 }, () => sent(authorizer, one))));
  const first = await together(context);
  assertEquals(first.size, 1);
  const rejected = await authorized(authorizer, context);
  const second = await together({ ...context, rejected });
  assertEquals(second.size, 1);
  assertNotEquals(second, first);
  await clock.advance(240_000);
  const third = await together(context);
  assertEquals(third.size, 1);
  assertNotEquals(third, second);
});

Deno.test("jwt() shares its token between clients, and no promise", async () => {
  const clock = new ManualClock();
  const clients = [contextOf(clock), contextOf(clock)] as const;
  const authorizer = jwt(OPTIONS);
  const tokens = await Promise.all([...clients, ...clients].map((context) => sent(authorizer, context)));
  assertEquals([tokens[0] === tokens[2], tokens[1] === tokens[3]], [true, true]);
  assertNotEquals(tokens[0], tokens[1]);
  const later = await sent(authorizer, clients[0]);
  assert(tokens.includes(later));
  assertEquals(await sent(authorizer, contextOf(clock)), later);
});

Deno.test("jwt() tries again after a failure, and one client's failure is not another's", async () => {
  const context = contextOf(new ManualClock());
  const authorizer = jwt({ ...OPTIONS, key: pem.replace(/\n.{8}/, "\nAAAAAAAA") });
  for (let i = 0; i < 2; i++) {
    await assertRejects(() => sent(authorizer, context), ComputeAuthorizationError, "Cannot sign a JWT");
  }
});

Deno.test("jwt() keeps to the secret that it was given", async () => {
  const key = new Uint8Array(SECRET);
  const authorizer = jwt({ ...OPTIONS, key, algorithm: "HS256" });
  key.fill(0);
  await read(await sent(authorizer), SECRET);
});

Deno.test("jwt() tells for whom it acts, and has nothing to revoke", async () => {
  assertEquals(await jwt(OPTIONS).account?.(), `${ISSUER}|${ISSUER}`);
  const { identify, account, revoke } = jwt({ ...OPTIONS, subject: "portal" });
  assertEquals(await identify?.(), { issuer: ISSUER });
  assertEquals(await account?.(), `${ISSUER}|portal`);
  assertEquals(revoke, undefined);
});

for (const name of ["iss", "sub", "aud", "exp", "iat", "jti"]) {
  Deno.test(`jwt() refuses the claim ${name}`, () => {
    for (const value of ["x", undefined]) {
      assertThrows(() => jwt({ ...OPTIONS, claims: { [name]: value } }), TypeError, `'${name}' is set from`);
    }
  });
}

Deno.test("jwt() sets its own claims even where they were added afterwards", async () => {
  const claims: Record<string, unknown> = { nbf: 1 };
  const authorizer = jwt({ ...OPTIONS, claims });
  Object.assign(claims, { iss: "other", aud: "other", exp: 1, iat: 1, jti: "other" });
  const { payload } = await read(await sent(authorizer));
  assertEquals([payload.iss, payload.aud, payload.nbf], [ISSUER, SERVICE, 1]);
  assertNotEquals(payload.jti, "other");
});

const cycle: Record<string, unknown> = {};
cycle.self = cycle;
const rs256Pair = await crypto.subtle.generateKey(
  {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength: 1024,
    publicExponent: new Uint8Array([1, 0, 1]),
  },
  true,
  ["sign", "verify"],
);
const sec1 = createPrivateKey(pem).export({ type: "sec1", format: "pem" }) as string;
const encrypted = createPrivateKey(pem)
  .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" }) as string;
const deriveOnly =
  (await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]))
    .privateKey;
const verifyOnly = await crypto.subtle.importKey("raw", SECRET, { name: "HMAC", hash: "SHA-256" }, true, [
  "verify",
]);

type ErrorClass = typeof TypeError | typeof RangeError;

for (
  const [name, type, text, options] of [
    ["no algorithm", TypeError, "'algorithm'", { algorithm: undefined }],
    ["the algorithm none", RangeError, "'algorithm'", { algorithm: "none" }],
    ["an unknown algorithm", RangeError, "'algorithm'", { algorithm: "toString" }],
    ["an algorithm for encryption", RangeError, "'algorithm'", { algorithm: "RSA-OAEP" }],
    ["the key as the algorithm", RangeError, "'algorithm'", { algorithm: pem }],
    ["no key", TypeError, "'key': it must be", { key: undefined }],
    ["null as the key", TypeError, "'key': it must be", { key: null }],
    ["a number as the key", TypeError, "'key': it must be", { key: 7 }],
    ["an object as the key", TypeError, "'key': it must be", { key: { d: "secret" } }],
    ["an ArrayBuffer as the key", TypeError, "'key': it must be", { key: SECRET.buffer, algorithm: "HS256" }],
    ["a key pair", TypeError, "'key': it must be", { key: rsa }],
    ["a text that is no PEM", TypeError, "PKCS #8", { key: "topsecret-topsecret" }],
    ["an empty text", TypeError, "PKCS #8", { key: "" }],
    ["SEC 1 in PEM", TypeError, "openssl pkcs8 -topk8", { key: sec1 }],
    ["an encrypted PEM", TypeError, "it is encrypted", { key: encrypted }],
    ["PEM with \\n for line breaks", TypeError, "line breaks", { key: pem.replaceAll("\n", "\\n") }],
    ["a public PEM", TypeError, "it is a public key", { key: await exportSPKI(publicKey) }],
    ["a public CryptoKey", TypeError, "it is a public key", { key: publicKey }],
    ["a public JSON Web Key", TypeError, "it is a public key", { key: await exportJWK(publicKey) }],
    ["a text as the secret", TypeError, "TextEncoder", { key: "topsecret-topsecret", algorithm: "HS256" }],
    ["PEM as the secret", TypeError, "TextEncoder", { key: pem, algorithm: "HS256" }],
    ["an empty secret", RangeError, "it is empty", { key: new Uint8Array(), algorithm: "HS256" }],
    ["a secret for ES256", TypeError, "is a secret", { key: SECRET }],
    ["a secret for RS256", TypeError, "is a secret", { key: SECRET, algorithm: "RS256" }],
    ["a secret JSON Web Key for ES256", TypeError, "'kty' EC", { key: SECRET_JWK }],
    ["a JSON Web Key of another kind", TypeError, "'kty' RSA", { key: jwk, algorithm: "RS256" }],
    ["a JSON Web Key of another curve", TypeError, "'crv' P-384", { key: jwk, algorithm: "ES384" }],
    ["a private JSON Web Key for HS256", TypeError, "'kty' oct", { key: jwk, algorithm: "HS256" }],
    ["a secret JSON Web Key without k", TypeError, "'k'", { key: { kty: "oct" }, algorithm: "HS256" }],
    ["a JSON Web Key for another algorithm", TypeError, "'alg'", { key: { ...jwk, alg: "ES384" } }],
    ["a JSON Web Key for encryption", TypeError, "'use'", { key: { ...jwk, use: "enc" } }],
    ["a JSON Web Key for other operations", TypeError, "'key_ops'", { key: { ...jwk, key_ops: ["verify"] } }],
    ["a CryptoKey of another kind", TypeError, "RSA-PSS with SHA-512", { algorithm: "PS512" }],
    ["a CryptoKey of another curve", TypeError, "ECDSA with P-521", { algorithm: "ES512" }],
    ["a CryptoKey of another hash", TypeError, "SHA-256", { key: rsa.privateKey, algorithm: "RS256" }],
    ["a CryptoKey for key agreement", TypeError, "ECDSA with P-256", { key: deriveOnly }],
    ["a CryptoKey that may not sign", TypeError, "'sign'", { key: verifyOnly, algorithm: "HS256" }],
    ["a small CryptoKey", RangeError, "2048 bits", { key: rs256Pair.privateKey, algorithm: "RS256" }],
    ["no issuer", TypeError, "'issuer'", { issuer: undefined }],
    ["an empty issuer", RangeError, "'issuer'", { issuer: "" }],
    ["a subject that is no text", TypeError, "'subject'", { subject: 7 }],
    ["an empty subject", RangeError, "'subject'", { subject: "" }],
    ["no audience", TypeError, "'audience'", { audience: undefined }],
    ["an empty audience", RangeError, "'audience'", { audience: "" }],
    ["an empty list of audiences", RangeError, "'audience'", { audience: [] }],
    ["an audience that is no text", TypeError, "'audience'", { audience: [SERVICE, 7] }],
    ["a key id that is no text", TypeError, "'keyId'", { keyId: 7 }],
    ["an empty key id", RangeError, "'keyId'", { keyId: "" }],
    ["a lifetime of 0", RangeError, "'lifetimeSeconds'", { lifetimeSeconds: 0 }],
    ["a negative lifetime", RangeError, "'lifetimeSeconds'", { lifetimeSeconds: -1 }],
    ["a lifetime that is no integer", RangeError, "'lifetimeSeconds'", { lifetimeSeconds: 0.5 }],
    ["a lifetime without an end", RangeError, "'lifetimeSeconds'", { lifetimeSeconds: Infinity }],
    ["a lifetime that is no number", TypeError, "'lifetimeSeconds'", { lifetimeSeconds: "300" }],
    ["claims that are a list", TypeError, "'claims': it must be", { claims: [] }],
    ["claims that are null", TypeError, "'claims': it must be", { claims: null }],
    ["claims with a cycle", TypeError, "'claims': it cannot", { claims: cycle }],
    ["claims with a bigint", TypeError, "'claims': it cannot", { claims: { id: 1n } }],
    ["claims that write themselves as a text", TypeError, "'claims': it cannot", { claims: new Date(0) }],
  ] satisfies [string, ErrorClass, string, Record<string, unknown>][]
) {
  Deno.test(`jwt() refuses ${name}, and shows no key`, () => {
    const wrong = { ...OPTIONS, ...options } as unknown as JwtOptions;
    const error = assertThrows(() => jwt(wrong), type as typeof TypeError, text);
    assertEquals(error.cause, undefined);
    assertHides(error, ...SECRETS);
  });
}

const SECRETS = [
  new TextDecoder().decode(SECRET),
  pem,
  rsaPem,
  sec1,
  encrypted,
  jwk.d ?? "",
  "topsecret-topsecret",
  SECRET_JWK.k ?? "",
];

for (
  const [name, algorithm, key] of [
    ["a broken PEM", "ES256", pem.replace(/\n.{8}/, "\n!!!!!!!!")],
    ["a PEM that is cut off", "RS512", rsaPem.slice(0, 400)],
    ["a PEM of another kind", "RS512", pem],
    ["a PEM of another curve", "ES384", pem],
    ["a JSON Web Key without its public part", "ES256", { kty: "EC", crv: "P-256", d: jwk.d ?? "" }],
    ["a JSON Web Key that is no base64url", "ES256", { ...jwk, d: `${jwk.d}!` }],
    ["a secret that is no base64url", "HS256", { kty: "oct", k: `${SECRET_JWK.k}!` }],
    ["an RSA key of 1024 bits", "RS256", await exportPKCS8(rs256Pair.privateKey)],
  ] satisfies [string, JwtAlgorithm, JwtKey][]
) {
  Deno.test(`jwt() fails with ${name}, and shows no key`, async () => {
    const authorizer = jwt({ ...OPTIONS, key, algorithm });
    const error = await assertRejects(() => sent(authorizer), ComputeAuthorizationError, "Cannot sign a JWT");
    assertEquals(error.cause, undefined);
    assertEquals(error.message.includes(algorithm), true);
    assertHides(error, ...SECRETS, typeof key === "string" ? key : JSON.stringify(key));
  });
}

Deno.test("jwt() hides its key and its token", async () => {
  for (
    const [key, algorithm] of [[pem, "ES256"], [jwk, "ES256"], [SECRET, "HS256"]] satisfies [
      JwtKey,
      JwtAlgorithm,
    ][]
  ) {
    const authorizer = jwt({ ...OPTIONS, key, algorithm });
    const token = await sent(authorizer);
    assertHides(authorizer, ...SECRETS, ...token.split("."));
    assertEquals(
      Reflect.ownKeys(authorizer).sort(),
      Reflect.ownKeys(Object.assign(() => {}, { identify: 0, account: 0 })).sort(),
    );
  }
});
