/** Proves that `verifyJwt()` takes a token only by a key and an algorithm that it was given. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
import { exportJWK, exportSPKI, SignJWT } from "jose";
import { ComputeAuthorizationError } from "../../mod.ts";
import { verifyJwt } from "../../src/auth/verify_jwt.ts";
import {
  assertHonestPasses,
  assertRefused,
  attacker,
  AUDIENCE,
  base64url,
  CLAIMS,
  issuer,
  type Json,
  NOW,
  OPTIONS,
  pair,
  second,
  sign,
  signHmac,
} from "./verify_jwt_helpers.ts";

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
