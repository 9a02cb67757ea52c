import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import { inspect } from "node:util";
import { exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from "jose";
import { ComputeAuthorizationError } from "../../mod.ts";
import { verifyJwt, type VerifyJwtOptions } from "../../src/auth/verify_jwt.ts";
import { ManualClock } from "../support/manual_clock.ts";

const ISSUER = "https://auth.example.org";
const AUDIENCE = "b5cf6f1e-5c2a-4b80-9a0b-4c0f5a5c0c11";
const clock = new ManualClock();
const NOW = clock.nowMs() / 1000;
const CLAIMS = { iss: ISSUER, aud: AUDIENCE, sub: "researcher", iat: NOW, exp: NOW + 300 };

interface Pair {
  privateKey: CryptoKey;
  publicKey: CryptoKey;
  jwk: JWK;
}

async function pair(algorithm = "RS512"): Promise<Pair> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  return { privateKey, publicKey, jwk: await exportJWK(publicKey) };
}

const [issuer, second, attacker] = await Promise.all([pair(), pair(), pair()]);
const OPTIONS: VerifyJwtOptions = {
  issuer: ISSUER,
  audience: AUDIENCE,
  algorithms: ["RS512"],
  keys: { keys: [issuer.jwk] }, // As Globus Auth has it: RS512, and no `kid`.
  clock,
};

type Json = Record<string, unknown>;

function base64url(part: unknown): string {
  return Buffer.from(typeof part === "string" ? part : JSON.stringify(part)).toString("base64url");
}

/** Signs whatever header and claims: a library would refuse the half of them. */
async function sign(key: CryptoKey, header: Json = {}, claims: unknown = CLAIMS): Promise<string> {
  const input = `${base64url({ typ: "JWT", alg: "RS512", ...header })}.${base64url(claims)}`;
  const signature = await crypto.subtle.sign(key.algorithm.name, key, Buffer.from(input));
  return `${input}.${Buffer.from(signature).toString("base64url")}`;
}

async function signHmac(secret: Uint8Array<ArrayBuffer>, bits: number): Promise<string> {
  const algorithm = { name: "HMAC", hash: `SHA-${bits}` };
  const key = await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign"]);
  return await sign(key, { alg: `HS${bits}` });
}

/** The honest token passes under these options, so that a refusal has one reason alone. */
async function assertHonestPasses(options = OPTIONS): Promise<void> {
  assertEquals(await verifyJwt(await sign(issuer.privateKey), options), CLAIMS);
}

async function assertRefused(token: string, reason: string, options = OPTIONS): Promise<void> {
  const error = await assertRejects(() => verifyJwt(token, options), ComputeAuthorizationError, reason);
  assertStringIncludes(error.message, "Cannot trust the JWT: ");
  assertEquals(error.cause, undefined);
  const shown = inspect(error, { showHidden: true, depth: Infinity });
  for (const part of token.split(".").filter((part) => part.length > 8)) assert(!shown.includes(part));
  assert(!shown.includes("researcher"));
}

Deno.test("verifyJwt() gives the claims of a token of one key without an id, as Globus Auth signs it", async () => {
  await assertHonestPasses();
});

Deno.test("verifyJwt() tries each of several keys without an id", async () => {
  for (const keys of [[issuer.jwk, second.jwk], [second.jwk, issuer.jwk]]) {
    await assertHonestPasses({ ...OPTIONS, keys: { keys } });
    await assertRefused(await sign(attacker.privateKey), "its signature is not by a key", {
      ...OPTIONS,
      keys: { keys },
    });
  }
});

Deno.test("verifyJwt() goes past a key that cannot be used", async () => {
  const weak = { kty: "RSA", n: issuer.jwk.n?.slice(0, 171) ?? "", e: "AQAB" }; // 1024 bits.
  const broken = { kty: "RSA", n: "AQAB", e: "" };
  await assertHonestPasses({ ...OPTIONS, keys: { keys: [weak, broken, issuer.jwk] } });
  await assertRefused(await sign(issuer.privateKey), "2048 bits", { ...OPTIONS, keys: { keys: [weak] } });
});

Deno.test("verifyJwt() tells what is wrong with the claims, also where there are several keys", async () => {
  const keys = { keys: [second.jwk, issuer.jwk, attacker.jwk] };
  const token = await sign(issuer.privateKey, {}, { ...CLAIMS, aud: "other" });
  await assertRefused(token, `its audience is "other", not "${AUDIENCE}"`, { ...OPTIONS, keys });
});

Deno.test("verifyJwt() takes the key that the token names", async () => {
  const keys = { keys: [{ ...second.jwk, kid: "2026" }, { ...issuer.jwk, kid: "2027" }] };
  assertEquals(await verifyJwt(await sign(issuer.privateKey, { kid: "2027" }), { ...OPTIONS, keys }), CLAIMS);
  await assertHonestPasses({ ...OPTIONS, keys });
  await assertRefused(await sign(issuer.privateKey, { kid: "2026" }), "its signature is not by", {
    ...OPTIONS,
    keys,
  });
});

Deno.test("verifyJwt() refuses a foreign key id", async () => {
  const token = await sign(issuer.privateKey, { kid: "../../dev/null" });
  await assertHonestPasses();
  await assertRefused(token, "no key with its 'kid'");
  await assertRefused(token, "no key with its 'kid'", {
    ...OPTIONS,
    keys: { keys: [{ ...issuer.jwk, kid: "2027" }] },
  });
});

for (const alg of ["none", "None", "NONE", "nOnE"]) {
  Deno.test(`verifyJwt() refuses the algorithm ${alg}`, async () => {
    await assertHonestPasses();
    const [, claims, signature] = (await sign(issuer.privateKey)).split(".");
    const header = base64url({ alg });
    await assertRefused(`${header}.${claims}.`, `its algorithm is "${alg}"`);
    await assertRefused(`${header}.${claims}.${signature}`, `its algorithm is "${alg}"`);
  });
}

Deno.test("verifyJwt() refuses a token without an algorithm", async () => {
  await assertHonestPasses();
  for (const alg of [undefined, null, ["RS512"], { toString: "RS512" }, ""]) {
    await assertRefused(await sign(issuer.privateKey, { alg }), "its algorithm is ");
  }
});

Deno.test("verifyJwt() refuses an algorithm that is not in the list, though the key could check it", async () => {
  const key = await crypto.subtle.importKey(
    "pkcs8",
    await crypto.subtle.exportKey("pkcs8", issuer.privateKey),
    { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const token = await sign(key, { alg: "RS256" });
  const jwk = { ...issuer.jwk };
  assertEquals(await verifyJwt(token, { ...OPTIONS, algorithms: ["RS256"], keys: { keys: [jwk] } }), CLAIMS);
  await assertHonestPasses();
  await assertRefused(token, 'its algorithm is "RS256", and only RS512 may be used');
});

for (const bits of [256, 384, 512]) {
  Deno.test(`verifyJwt() refuses HS${bits} with the bytes of the public key as the secret`, async () => {
    await assertHonestPasses();
    const spki = await exportSPKI(issuer.publicKey);
    const secrets = [
      Buffer.from(spki),
      Buffer.from(`${spki}\n`),
      new Uint8Array(await crypto.subtle.exportKey("spki", issuer.publicKey)),
      Buffer.from(issuer.jwk.n ?? "", "base64url"),
      Buffer.from(issuer.jwk.n ?? ""),
      Buffer.from(JSON.stringify(issuer.jwk)),
    ];
    for (const secret of secrets) {
      await assertRefused(await signHmac(new Uint8Array(secret), bits), `its algorithm is "HS${bits}"`);
    }
  });
}

Deno.test("verifyJwt() refuses to be given an algorithm that has a secret, or none", async () => {
  const token = await sign(issuer.privateKey);
  await assertHonestPasses();
  for (const algorithm of ["HS256", "HS384", "HS512", "none", "A256KW", "RSA-OAEP", "", 7, undefined]) {
    const algorithms = ["RS512", algorithm as string];
    await assertRejects(
      () => verifyJwt(token, { ...OPTIONS, algorithms }),
      TypeError,
      "must be asymmetric",
    );
  }
  for (const algorithms of [[], undefined, "RS512"] as unknown as string[][]) {
    await assertRejects(() => verifyJwt(token, { ...OPTIONS, algorithms }), TypeError, "'algorithms'");
  }
});

Deno.test("verifyJwt() refuses to be given no issuer, audience or tolerance", async () => {
  const token = await sign(issuer.privateKey);
  await assertHonestPasses();
  for (const value of [undefined, null, "", 7] as unknown as string[]) {
    await assertRejects(() => verifyJwt(token, { ...OPTIONS, issuer: value }), TypeError, "'issuer'");
    await assertRejects(() => verifyJwt(token, { ...OPTIONS, audience: value }), TypeError, "'audience'");
    await assertRejects(() => verifyJwt(token, { ...OPTIONS, audience: [value] }), TypeError, "'audience'");
  }
  await assertRejects(() => verifyJwt(token, { ...OPTIONS, audience: [] }), TypeError, "'audience'");
  for (const clockToleranceSeconds of [-1, NaN, Infinity]) {
    await assertRejects(
      () => verifyJwt(token, { ...OPTIONS, clockToleranceSeconds }),
      RangeError,
      "Tolerance",
    );
  }
});

Deno.test("verifyJwt() refuses a key that the token brings", async () => {
  await assertHonestPasses();
  for (const jwk of [attacker.jwk, issuer.jwk, null]) {
    await assertRefused(await sign(attacker.privateKey, { jwk }), "its header 'jwk' brings a key");
    await assertRefused(await sign(issuer.privateKey, { jwk }), "its header 'jwk' brings a key");
  }
});

Deno.test("verifyJwt() refuses a certificate that the token brings", async () => {
  await assertHonestPasses();
  const x5c = [Buffer.from(await crypto.subtle.exportKey("spki", attacker.publicKey)).toString("base64")];
  await assertRefused(await sign(attacker.privateKey, { x5c }), "its header 'x5c' brings a key");
  await assertRefused(await sign(issuer.privateKey, { x5c: [] }), "its header 'x5c' brings a key");
});

for (const name of ["jku", "x5u"]) {
  Deno.test(`verifyJwt() refuses the header ${name}, and never asks its server`, async () => {
    await assertHonestPasses();
    let requests = 0;
    const onListen = () => {};
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen }, () => {
      requests++;
      return Response.json({ keys: [attacker.jwk] });
    });
    try {
      const header = { [name]: `http://127.0.0.1:${server.addr.port}/jwk.json` };
      await assertRefused(await sign(attacker.privateKey, header), `its header '${name}' brings a key`);
      await assertRefused(await sign(issuer.privateKey, header), `its header '${name}' brings a key`);
      assertEquals(requests, 0);
      await (await fetch(header[name] as string)).body?.cancel();
      assertEquals(requests, 1); // It would have been seen.
    } finally {
      await server.shutdown();
    }
  });
}

Deno.test("verifyJwt() refuses any critical header", async () => {
  await assertHonestPasses();
  const headers: Json[] = [
    { crit: ["exp"], exp: NOW + 300 },
    { crit: ["b64"], b64: true },
    { crit: ["b64"], b64: false },
    { crit: ["http://example.org/unknown"], "http://example.org/unknown": true },
    { crit: [] },
    { crit: null },
  ];
  for (const header of headers) {
    await assertRefused(await sign(issuer.privateKey, header), "its header 'crit' asks for extensions");
  }
});

Deno.test("verifyJwt() refuses a key of somebody else", async () => {
  await assertHonestPasses();
  await assertRefused(await sign(attacker.privateKey), "its signature is not by a key of the issuer");
});

Deno.test("verifyJwt() refuses what was altered", async () => {
  await assertHonestPasses();
  const [header, claims, signature = ""] = (await sign(issuer.privateKey)).split(".");
  const otherClaims = base64url({ ...CLAIMS, sub: "administrator" });
  const otherHeader = base64url({ alg: "RS512", typ: "at+jwt" });
  const otherSignature = `${signature[0] === "A" ? "B" : "A"}${signature.slice(1)}`;
  for (
    const token of [
      `${header}.${otherClaims}.${signature}`,
      `${otherHeader}.${claims}.${signature}`,
      `${header}.${claims}.${otherSignature}`,
      `${header}.${claims}.`,
    ]
  ) await assertRefused(token, "its signature is not by a key of the issuer, or it was altered");
});

Deno.test("verifyJwt() refuses another issuer", async () => {
  await assertHonestPasses();
  for (const iss of [`${ISSUER}/`, ISSUER.toUpperCase(), "https://evil.example", [ISSUER], 7, null, ""]) {
    const token = await sign(issuer.privateKey, {}, { ...CLAIMS, iss });
    await assertRefused(token, `its issuer is ${JSON.stringify(iss)}, not "${ISSUER}"`);
  }
  const { iss: _, ...rest } = CLAIMS;
  await assertRefused(await sign(issuer.privateKey, {}, rest), "it has no claim 'iss'");
});

Deno.test("verifyJwt() refuses another audience", async () => {
  await assertHonestPasses();
  for (const aud of ["other", [], ["other", "another"], [[AUDIENCE]], { [AUDIENCE]: true }, 7, null, ""]) {
    const token = await sign(issuer.privateKey, {}, { ...CLAIMS, aud });
    await assertRefused(token, `its audience is ${JSON.stringify(aud)}, not "${AUDIENCE}"`);
  }
  const { aud: _, ...rest } = CLAIMS;
  await assertRefused(await sign(issuer.privateKey, {}, rest), "it has no claim 'aud'");
  const long = await sign(issuer.privateKey, {}, { ...CLAIMS, aud: "x".repeat(5000) });
  const error = await assertRejects(() => verifyJwt(long, OPTIONS), ComputeAuthorizationError);
  assert(error.message.length < 400);
});

Deno.test("verifyJwt() takes any audience of several", async () => {
  const claims = { ...CLAIMS, aud: ["other", AUDIENCE] };
  assertEquals(await verifyJwt(await sign(issuer.privateKey, {}, claims), OPTIONS), claims);
  await assertHonestPasses({ ...OPTIONS, audience: ["mine", AUDIENCE] });
  await assertRefused(await sign(issuer.privateKey), `not "mine" or "yours"`, {
    ...OPTIONS,
    audience: ["mine", "yours"],
  });
});

Deno.test("verifyJwt() refuses a token whose time is over, to the second", async () => {
  await assertHonestPasses();
  for (const [exp, tolerance, passes] of [[1, 0, true], [0, 0, false], [-29, 30, true], [-30, 30, false]]) {
    const claims = { ...CLAIMS, exp: NOW + Number(exp) };
    const token = await sign(issuer.privateKey, {}, claims);
    const options = { ...OPTIONS, clockToleranceSeconds: Number(tolerance) };
    if (passes) assertEquals(await verifyJwt(token, options), claims);
    else await assertRefused(token, `it ended at ${new Date(claims.exp * 1000).toISOString()}, and`, options);
  }
});

Deno.test("verifyJwt() tells the time by the clock that it is given", async () => {
  const own = new ManualClock();
  const token = await sign(issuer.privateKey);
  assertEquals(await verifyJwt(token, { ...OPTIONS, clock: own }), CLAIMS);
  await own.advance(300_000);
  await assertRefused(token, "it is 2026-01-01T00:05:00.000Z here", { ...OPTIONS, clock: own });
  const { clock: _, ...withoutClock } = OPTIONS;
  const nowSeconds = Math.floor(Date.now() / 1000);
  const claims = { ...CLAIMS, exp: nowSeconds + 60 };
  assertEquals(await verifyJwt(await sign(issuer.privateKey, {}, claims), withoutClock), claims);
  const past = await sign(issuer.privateKey, {}, { ...CLAIMS, exp: nowSeconds - 60 });
  await assertRefused(past, "it ended at", withoutClock);
});

Deno.test("verifyJwt() refuses a token whose time has not come", async () => {
  await assertHonestPasses();
  for (const [nbf, tolerance, passes] of [[0, 0, true], [1, 0, false], [30, 30, true], [31, 30, false]]) {
    const claims = { ...CLAIMS, nbf: NOW + Number(nbf) };
    const token = await sign(issuer.privateKey, {}, claims);
    const options = { ...OPTIONS, clockToleranceSeconds: Number(tolerance) };
    if (passes) assertEquals(await verifyJwt(token, options), claims);
    else await assertRefused(token, "it is not to be used before 2026-01-01T00:00:", options);
  }
});

Deno.test("verifyJwt() refuses a token without an end", async () => {
  await assertHonestPasses();
  const { exp: _, ...rest } = CLAIMS;
  await assertRefused(await sign(issuer.privateKey, {}, rest), "it has no claim 'exp'");
});

Deno.test("verifyJwt() refuses times that are no numbers", async () => {
  await assertHonestPasses();
  for (const value of [String(NOW + 300), null, [NOW + 300], "tomorrow"]) {
    for (const claim of ["exp", "nbf"]) {
      const token = await sign(issuer.privateKey, {}, { ...CLAIMS, [claim]: value });
      await assertRefused(token, `its claim '${claim}' is no number`);
    }
  }
  await assertRefused(
    await sign(issuer.privateKey, {}, { ...CLAIMS, exp: -1e300 }),
    "it ended at second -1e+300",
  );
});

Deno.test("verifyJwt() refuses what is no JWT in compact serialization", async () => {
  await assertHonestPasses();
  const token = await sign(issuer.privateKey);
  const [header = "", claims = "", signature = ""] = token.split(".");
  const malformed = [
    "",
    "..",
    "a.b",
    "....",
    `${header}.${claims}`,
    `${token}.`,
    `${token}.${claims}.${signature}`,
    `${token}=`,
    `${token}\n`,
    ` ${token}`,
    `Bearer ${token}`,
    `${header}..${signature}`,
    `.${claims}.${signature}`,
    `${header}.${claims}.${signature.replaceAll(/[-_]/g, "/")}/`,
    JSON.stringify({ protected: header, payload: claims, signature }),
    `${base64url("no JSON")}.${claims}.${signature}`,
    `${base64url("[]")}.${claims}.${signature}`,
    `${base64url("null")}.${claims}.${signature}`,
  ];
  for (const text of malformed) await assertRefused(text, "it is malformed");
  for (const value of [undefined, null, 7, {}, new Uint8Array(3)] as unknown as string[]) {
    await assertRejects(() => verifyJwt(value, OPTIONS), ComputeAuthorizationError, "it is no string");
  }
});

Deno.test("verifyJwt() refuses claims that are no object", async () => {
  await assertHonestPasses();
  for (const claims of ["no JSON", "[]", "null", "7"]) {
    await assertRefused(await sign(issuer.privateKey, {}, claims), "its claims are no JSON object");
    await assertRefused(await sign(issuer.privateKey, {}, claims), "its claims are no JSON object", {
      ...OPTIONS,
      keys: { keys: [second.jwk, issuer.jwk] },
    });
  }
});

Deno.test("verifyJwt() refuses a token of more than 16 kB, whoever signed it", async () => {
  const room = 16_384 - (await sign(issuer.privateKey, {}, { ...CLAIMS, pad: "" })).length;
  const fits = { ...CLAIMS, pad: "x".repeat(Math.floor(room / 4) * 3) };
  const token = await sign(issuer.privateKey, {}, fits);
  assert(token.length > 16_376 && token.length <= 16_384);
  assertEquals(await verifyJwt(token, OPTIONS), fits);
  const longer = { ...CLAIMS, pad: `${fits.pad}123456789` };
  await assertRefused(await sign(issuer.privateKey, {}, longer), "it is longer than 16384 bytes");
});

Deno.test("verifyJwt() refuses a key set that has none, or private ones", async () => {
  await assertHonestPasses();
  const token = await sign(issuer.privateKey);
  const secret = { kty: "oct", k: base64url("secret") };
  await assertRefused(token, "no key with its 'kid'", { ...OPTIONS, keys: { keys: [] } });
  await assertRefused(token, "no key with its 'kid'", { ...OPTIONS, keys: { keys: [secret] } });
  const keys = { keys: [await exportJWK(issuer.privateKey)] };
  await assertRejects(() => verifyJwt(token, { ...OPTIONS, keys }), ComputeAuthorizationError);
  for (
    const wrong of [undefined, null, [], {}, { keys: [7] }, { keys: {} }] as unknown as { keys: object[] }[]
  ) {
    await assertRefused(token, "no set of public JSON Web Keys", { ...OPTIONS, keys: wrong });
  }
});

for (const algorithm of ["RS256", "PS384", "ES256", "ES512", "Ed25519"]) {
  Deno.test(`verifyJwt() checks ${algorithm}`, async () => {
    const [own, foreign] = await Promise.all([pair(algorithm), pair(algorithm)]);
    const make = (key: CryptoKey) => new SignJWT(CLAIMS).setProtectedHeader({ alg: algorithm }).sign(key);
    const options = { ...OPTIONS, algorithms: [algorithm], keys: { keys: [own.jwk, issuer.jwk] } };
    assertEquals(await verifyJwt(await make(own.privateKey), options), CLAIMS);
    await assertRefused(await make(foreign.privateKey), "its signature is not by", options);
  });
}
