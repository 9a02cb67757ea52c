/** jwtBearer() lets in tokens of its issuer with the claims that it wants, and refuses all others. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { exportSPKI, type JWK } from "jose";
import { jwtBearer, type JwtBearerOptions } from "../../../edge/verify/jwt_bearer.ts";
import { delivery, NOW_MS, signedRequest, verify } from "./deliveries.ts";
import { base64url, claimsOf, type Json, signingKey, signToken, withToken } from "./issuer.ts";
import { GITHUB } from "./schemes.ts";

const ISSUER = "https://auth.example.org";
const NOW = NOW_MS / 1000;
const [key, globusKey, foreignKey] = await Promise.all([
  signingKey("RS256", "2026"),
  signingKey("RS512"),
  signingKey("RS256", "2026"),
]);
const OPTIONS = { issuer: ISSUER, audience: "hooks", keys: { keys: [key.jwk] } } as const;
const verifier = jwtBearer(OPTIONS);
const sign = (claims: Json = {}, header: Json = {}) => signToken(key, claimsOf(ISSUER, claims), header);

async function assertRefused(token: string, cause: string, by = verifier): Promise<void> {
  // The honest token is let in, so that a refusal has one reason alone.
  assert((await verify(verifier, withToken(await sign()))).isVerified);
  const verification = await verify(by, withToken(token));
  assert(!verification.isVerified, "It was let in");
  assertStringIncludes(verification.cause, cause);
  for (const part of token.split(".").filter((part) => part.length > 8)) {
    assert(!verification.cause.includes(part), verification.cause);
  }
}

Deno.test("jwtBearer() lets in who has a token, with its claims and its id", async () => {
  assertEquals(await verify(verifier, withToken(await sign())), {
    isVerified: true,
    deliveryId: "token-1",
    isIdSigned: true,
    claims: claimsOf(ISSUER),
  });
});

Deno.test("jwtBearer() keeps to the keys that it was made with", async () => {
  const keys = { keys: [{ ...key.jwk }] };
  const own = jwtBearer({ ...OPTIONS, keys });
  Object.assign(keys.keys[0] ?? {}, foreignKey.jwk);
  assert((await verify(own, withToken(await sign()))).isVerified);
  assert(!(await verify(own, withToken(await signToken(foreignKey, claimsOf(ISSUER))))).isVerified);
});

Deno.test("jwtBearer() takes a token without an id, or any number of times where it may", async () => {
  const claims = claimsOf(ISSUER, { jti: undefined });
  const token = await signToken(key, claims);
  delete claims.jti;
  assertEquals(await verify(verifier, withToken(token)), { isVerified: true, isIdSigned: true, claims });
  const often = jwtBearer({ ...OPTIONS, isSingleUse: false });
  assertEquals(await verify(often, withToken(await sign())), {
    isVerified: true,
    isIdSigned: true,
    claims: claimsOf(ISSUER),
  });
});

Deno.test("jwtBearer() lets in whom Globus Auth has logged in: RS512, and no id of a key", async () => {
  const globus = jwtBearer({
    issuer: "https://auth.globus.org",
    audience: "b5cf6f1e-5c2a-4b80-9a0b-4c0f5a5c0c11",
    algorithms: ["RS512"],
    keys: { keys: [globusKey.jwk] },
    isSingleUse: false,
  });
  const claims = claimsOf("https://auth.globus.org", {
    aud: "b5cf6f1e-5c2a-4b80-9a0b-4c0f5a5c0c11",
    identity_set: [{ sub: "5a2ff3ae-6a5d-4b4a-b84b-9e2b1b1f9f0a", username: "researcher@example.org" }],
  });
  const verification = await verify(globus, withToken(await signToken(globusKey, claims)));
  assertEquals(verification, { isVerified: true, isIdSigned: true, claims });
});

Deno.test("jwtBearer() lets in workflows of the repository and the branch that it names", async () => {
  const issuer = "https://token.actions.githubusercontent.com";
  const workflow = {
    sub: "repo:lab/analysis:ref:refs/heads/main",
    repository: "lab/analysis",
    repository_id: "1296269",
    ref: "refs/heads/main",
    event_name: "push",
  };
  const actions = jwtBearer({
    ...OPTIONS,
    issuer,
    claims: { repository_id: "1296269", ref: "refs/heads/main", event_name: ["push", "workflow_dispatch"] },
  });
  const verifyClaims = async (claims: Json) =>
    await verify(actions, withToken(await signToken(key, claimsOf(issuer, { ...workflow, ...claims }))));
  assert((await verifyClaims({})).isVerified);
  assert((await verifyClaims({ event_name: "workflow_dispatch" })).isVerified);
  const refused: [Json, string][] = [
    [{ repository_id: "1" }, `the token's claim 'repository_id' is not "1296269"`],
    [{ repository_id: 1296269 }, `the token's claim 'repository_id' is not "1296269"`],
    [{ ref: undefined }, "the token has no claim 'ref'"],
    [{ ref: "refs/heads/main2" }, `the token's claim 'ref' is not "refs/heads/main"`],
    [{ event_name: "pull_request" }, `the token's claim 'event_name' is not "push" or "workflow_dispatch"`],
  ];
  for (const [claims, cause] of refused) {
    assertEquals(await verifyClaims(claims), { isVerified: false, cause });
  }
});

Deno.test("jwtBearer() finds a value that it wants in a claim that is a list", async () => {
  const operators = jwtBearer({ ...OPTIONS, claims: { groups: "operators", isStaff: true, level: [3, 4] } });
  const isTaken = async (claims: Json) => (await verify(operators, withToken(await sign(claims)))).isVerified;
  assert(await isTaken({ groups: ["users", "operators"], isStaff: true, level: 4 }));
  assert(await isTaken({ groups: "operators", isStaff: true, level: 3 }));
  assert(!await isTaken({ groups: ["users"], isStaff: true, level: 3 }));
  assert(!await isTaken({ groups: [], isStaff: true, level: 3 }));
  assert(!await isTaken({ groups: ["operators"], isStaff: "true", level: 3 }));
  assert(!await isTaken({ groups: ["operators"], isStaff: true, level: 5 }));
});

Deno.test("jwtBearer() takes any of several audiences", async () => {
  const several = jwtBearer({ ...OPTIONS, audience: ["portal", "hooks"] });
  assert((await verify(several, withToken(await sign()))).isVerified);
  assert((await verify(several, withToken(await sign({ aud: ["x", "portal"] })))).isVerified);
  await assertRefused(await sign({ aud: "x" }), `its audience is "x", not "portal" or "hooks"`, several);
});

const WRONG_CLAIMS: [name: string, claims: Json, cause: string][] = [
  ["another issuer", { iss: "https://evil.example" }, 'its issuer is "https://evil.example"'],
  ["the issuer with a slash", { iss: `${ISSUER}/` }, "its issuer is "],
  ["no issuer", { iss: undefined }, "it has no claim 'iss'"],
  ["another audience", { aud: "others" }, 'its audience is "others", not "hooks"'],
  ["no audience", { aud: undefined }, "it has no claim 'aud'"],
  ["no end", { exp: undefined }, "it has no claim 'exp'"],
  ["an end that is over", { exp: NOW - 31 }, "it ended at "],
  ["an end that is a text", { exp: String(NOW + 300) }, "'exp' is no number"],
  ["a beginning to come", { nbf: NOW + 31 }, "it is not to be used before "],
  ["an id that is no text", { jti: 17 }, "'jti' is no id of up to 256 characters"],
  ["an empty id", { jti: "" }, "'jti' is no id"],
  ["an id that is too long", { jti: "x".repeat(257) }, "'jti' is no id"],
];
for (const [name, claims, cause] of WRONG_CLAIMS) {
  Deno.test(`jwtBearer() refuses a token with ${name}`, async () => {
    await assertRefused(await sign(claims), cause);
  });
}

Deno.test("jwtBearer() allows for clocks that differ by 30 seconds, or as the option says", async () => {
  assert((await verify(verifier, withToken(await sign({ exp: NOW - 29 })))).isVerified);
  assert((await verify(verifier, withToken(await sign({ nbf: NOW + 30 })))).isVerified);
  const strict = jwtBearer({ ...OPTIONS, clockToleranceSeconds: 0 });
  await assertRefused(await sign({ exp: NOW - 1 }), "it ended at ", strict);
  await assertRefused(await sign({ nbf: NOW + 1 }), "it is not to be used before ", strict);
});

const attackerJwk: JWK = foreignKey.jwk;
const FORGED_HEADERS: [name: string, header: Json, cause: string][] = [
  ["a key of its own", { jwk: attackerJwk }, "its header 'jwk' brings a key"],
  ["the address of keys", { jku: "https://evil.example/jwks" }, "its header 'jku' brings a key"],
  ["the address of a certificate", { x5u: "https://evil.example/pem" }, "its header 'x5u' brings a key"],
  ["a certificate", { x5c: ["AAAA"] }, "its header 'x5c' brings a key"],
  ["extensions", { crit: ["b64"], b64: false }, "its header 'crit' asks for extensions"],
  ["the algorithm of another key", { alg: "RS512" }, 'its algorithm is "RS512", and only RS256 may be used'],
  ["no algorithm", { alg: undefined }, "its algorithm is missing"],
  ["a list of algorithms", { alg: ["RS256"] }, 'its algorithm is ["RS256"]'],
  ["the id of another key", { kid: "../../dev/null" }, "no key with its 'kid'"],
];
for (const [name, header, cause] of FORGED_HEADERS) {
  for (const [whose, signer] of [["the issuer's key", key], ["another key", foreignKey]] as const) {
    Deno.test(`jwtBearer() refuses a token that has ${name} in its header, signed by ${whose}`, async () => {
      await assertRefused(await signToken(signer, claimsOf(ISSUER), header), cause);
    });
  }
}

Deno.test("jwtBearer() refuses a token that another key has signed under the issuer's key id", async () => {
  await assertRefused(
    await signToken(foreignKey, claimsOf(ISSUER)),
    "its signature is not by a key of the issuer",
  );
});

for (const alg of ["none", "None", "NONE", "nOnE"]) {
  Deno.test(`jwtBearer() refuses the algorithm ${alg}, with a signature and without`, async () => {
    const [, claims, signature] = (await sign()).split(".");
    const header = base64url({ alg, kid: "2026" });
    await assertRefused(`${header}.${claims}.${signature}`, `its algorithm is "${alg}"`);
    await assertRefused(`${header}.${claims}.`, `its algorithm is "${alg}"`);
  });
}

for (const bits of [256, 384, 512]) {
  Deno.test(`jwtBearer() refuses HS${bits} with the public key as the secret, however that is written`, async () => {
    const publicKey = await crypto.subtle.importKey(
      "jwk",
      key.jwk as JsonWebKey,
      { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
      true,
      ["verify"],
    );
    const spki = await exportSPKI(publicKey);
    const secrets = [spki, spki.trim(), JSON.stringify(key.jwk), key.jwk.n ?? ""].map((text) =>
      Buffer.from(text)
    );
    secrets.push(Buffer.from(key.jwk.n ?? "", "base64url"));
    for (const secret of secrets) {
      const algorithm = { name: "HMAC", hash: `SHA-${bits}` };
      const privateKey = await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign"]);
      const forged = await signToken({ ...key, algorithm: `HS${bits}`, privateKey }, claimsOf(ISSUER));
      await assertRefused(forged, `its algorithm is "HS${bits}"`);
    }
  });
}

Deno.test("jwtBearer() refuses a token that was altered in any part", async () => {
  const token = await sign();
  const parts = token.split(".");
  const [header = "", claims = "", signature = ""] = parts;
  const forged = base64url({ ...claimsOf(ISSUER), sub: "root" });
  const altered = [
    `${header}.${forged}.${signature}`,
    `${base64url({ alg: "RS256", kid: "2026", typ: "at+jwt" })}.${claims}.${signature}`,
    `${header}.${claims}.${signature.slice(0, 8)}${signature[8] === "A" ? "B" : "A"}${signature.slice(9)}`,
    `${header}.${claims}.${signature.slice(4)}`,
    `${header}.${claims}.${"A".repeat(signature.length)}`,
  ];
  for (const one of altered) await assertRefused(one, "its signature is not by a key of the issuer");
});

const NO_TOKEN = "there is no 'Authorization: Bearer …' with a token";
const NO_TOKENS: [name: string, token: (honest: string) => string, cause: string][] = [
  ["nothing", () => "", NO_TOKEN],
  ["a space", (token) => token.replace(".", ". "), NO_TOKEN],
  ["two tokens", (token) => `${token}, Bearer ${token}`, NO_TOKEN],
  ["quotes", (token) => `"${token}"`, NO_TOKEN],
  ["a text", () => "token", "it is malformed: three parts"],
  ["two parts", (token) => token.split(".").slice(0, 2).join("."), "it is malformed: three parts"],
  ["four parts", (token) => `${token}.AAAA`, "it is malformed: three parts"],
  ["five parts, as encrypted ones have", (token) => `${token}.AAAA.AAAA`, "it is malformed: three parts"],
  ["a part in base64", (token) => token.replace(".", "+/."), "it is malformed: three parts"],
  ["a header that is no JSON", (token) => token.replace(/^[^.]*/, "AAAA"), "its header is no JSON object"],
  [
    "a header that is a list",
    (token) => token.replace(/^[^.]*/, base64url([])),
    "its header is no JSON object",
  ],
  ["20,000 characters", (token) => token + "A".repeat(20_000), "it is longer than 16384 bytes"],
];
for (const [name, of, cause] of NO_TOKENS) {
  Deno.test(`jwtBearer() refuses what is no token: ${name}`, async () => {
    await assertRefused(of(await sign()), cause);
  });
}

Deno.test("jwtBearer() refuses a request without a token, and one that is signed otherwise", async () => {
  const cause = "there is no 'Authorization: Bearer …' with a token";
  assertEquals(await verify(verifier, signedRequest(GITHUB, delivery())), { isVerified: false, cause });
});

const GITHUB_ACTIONS = "https://token.actions.githubusercontent.com";
const REFUSED: [name: string, options: Json, message: string][] = [
  ["no issuer", { issuer: undefined }, "'issuer' of jwtBearer()"],
  ["an empty issuer", { issuer: "" }, "'issuer' of jwtBearer()"],
  ["no audience", { audience: undefined }, "'audience' of jwtBearer()"],
  ["an empty list of audiences", { audience: [] }, "'audience' of jwtBearer()"],
  ["an empty audience", { audience: ["hooks", ""] }, "'audience' of jwtBearer()"],
  ["no algorithm", { algorithms: [] }, "'algorithms' of jwtBearer()"],
  ["an algorithm alone", { algorithms: "RS256" }, "'algorithms' of jwtBearer()"],
  ["HS256", { algorithms: ["RS256", "HS256"] }, "'algorithms' of jwtBearer(): the keys are public"],
  ["none", { algorithms: ["none"] }, "'algorithms' of jwtBearer(): the keys are public"],
  ["no key", { keys: { keys: [] } }, "'keys' of jwtBearer()"],
  ["a list of keys", { keys: [key.jwk] }, "'keys' of jwtBearer()"],
  ["a private key", { keys: { keys: [{ ...key.jwk, d: "AQAB" }] } }, "each must be a public JSON Web Key"],
  ["a secret", { keys: { keys: [{ kty: "oct", k: "AQAB" }] } }, "each must be a public JSON Web Key"],
  ["keys and their address", { jwksUrl: `${ISSUER}/jwks` }, "it stands in place of 'jwksUrl'"],
  [
    "plain HTTP",
    { keys: undefined, jwksUrl: "http://auth.example.org/jwks" },
    "'jwksUrl' of jwtBearer(): it must be HTTPS",
  ],
  ["a file", { keys: undefined, jwksUrl: "file:///etc/jwks" }, "'jwksUrl' of jwtBearer(): it must be HTTPS"],
  ["no address", { keys: undefined, jwksUrl: "jwks" }, "'jwksUrl' of jwtBearer(): it is no address"],
  [
    "a password in the address",
    { keys: undefined, jwksUrl: "https://a:b@auth.example.org/" },
    "'jwksUrl' of jwtBearer()",
  ],
  [
    "an issuer with plain HTTP",
    { keys: undefined, issuer: "http://auth.example.org" },
    "'issuer' of jwtBearer(): it must be HTTPS",
  ],
  [
    "an issuer that is a name",
    { keys: undefined, issuer: "lab" },
    "'issuer' of jwtBearer(): it is no address",
  ],
  ["a list of claims", { claims: ["sub"] }, "'claims' of jwtBearer()"],
  ["a claim that may be nothing", { claims: { sub: [] } }, "'claims.sub' of jwtBearer()"],
  ["an empty claim", { claims: { sub: "" } }, "'claims.sub' of jwtBearer()"],
  ["a claim that is undefined", { claims: { sub: undefined } }, "'claims.sub' of jwtBearer()"],
  ["a pattern as a claim", { claims: { sub: /./ } }, "'claims.sub' of jwtBearer()"],
  ["any workflow on GitHub", { issuer: GITHUB_ACTIONS }, "any workflow on GitHub would be let in"],
  [
    "any main branch on GitHub",
    { issuer: GITHUB_ACTIONS, claims: { ref: "refs/heads/main" } },
    "any workflow on GitHub",
  ],
];
for (const [name, options, message] of REFUSED) {
  Deno.test(`jwtBearer() refuses to be made with ${name}`, () => {
    assertThrows(() => jwtBearer({ ...OPTIONS, ...options } as JwtBearerOptions), TypeError, message);
  });
}

for (const name of ["clockToleranceSeconds", "maxAgeSeconds", "cooldownSeconds"]) {
  Deno.test(`jwtBearer() refuses ${name} out of its range`, () => {
    for (const seconds of [-1, NaN, Infinity, 86_401, "30"]) {
      const kind = typeof seconds === "number" ? RangeError : TypeError;
      assertThrows(() => jwtBearer({ ...OPTIONS, [name]: seconds }), kind, `'${name}' of jwtBearer()`);
    }
  });
}
