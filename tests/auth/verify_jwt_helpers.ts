/** Keys, an honest token, and what the tests of `verifyJwt` share. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import { inspect } from "node:util";
import { exportJWK, generateKeyPair, type JWK } from "jose";
import { ComputeAuthorizationError } from "../../mod.ts";
import { verifyJwt, type VerifyJwtOptions } from "../../src/auth/verify_jwt.ts";
import { ManualClock } from "../support/manual_clock.ts";

export const ISSUER = "https://auth.example.org";
export const AUDIENCE = "b5cf6f1e-5c2a-4b80-9a0b-4c0f5a5c0c11";
const clock = new ManualClock();
export const NOW = clock.nowMs() / 1000;
export const CLAIMS = { iss: ISSUER, aud: AUDIENCE, sub: "researcher", iat: NOW, exp: NOW + 300 };

export interface Pair {
  privateKey: CryptoKey;
  publicKey: CryptoKey;
  jwk: JWK;
}

export async function pair(algorithm = "RS512"): Promise<Pair> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  return { privateKey, publicKey, jwk: await exportJWK(publicKey) };
}

export const [issuer, second, attacker] = await Promise.all([pair(), pair(), pair()]);
export const OPTIONS: VerifyJwtOptions = {
  issuer: ISSUER,
  audience: AUDIENCE,
  algorithms: ["RS512"],
  keys: { keys: [issuer.jwk] }, // As Globus Auth has it: RS512, and no `kid`.
  clock,
};

export type Json = Record<string, unknown>;

export function base64url(part: unknown): string {
  return Buffer.from(typeof part === "string" ? part : JSON.stringify(part)).toString("base64url");
}

/** Signs whatever header and claims: a library would refuse the half of them. */
export async function sign(key: CryptoKey, header: Json = {}, claims: unknown = CLAIMS): Promise<string> {
  const input = `${base64url({ typ: "JWT", alg: "RS512", ...header })}.${base64url(claims)}`;
  const signature = await crypto.subtle.sign(key.algorithm.name, key, Buffer.from(input));
  return `${input}.${Buffer.from(signature).toString("base64url")}`;
}

export async function signHmac(secret: Uint8Array<ArrayBuffer>, bits: number): Promise<string> {
  const algorithm = { name: "HMAC", hash: `SHA-${bits}` };
  const key = await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign"]);
  return await sign(key, { alg: `HS${bits}` });
}

/** The honest token passes under these options, so that a refusal has one reason alone. */
export async function assertHonestPasses(options = OPTIONS): Promise<void> {
  assertEquals(await verifyJwt(await sign(issuer.privateKey), options), CLAIMS);
}

export async function assertRefused(token: string, reason: string, options = OPTIONS): Promise<void> {
  const error = await assertRejects(() => verifyJwt(token, options), ComputeAuthorizationError, reason);
  assertStringIncludes(error.message, "Cannot trust the JWT: ");
  assertEquals(error.cause, undefined);
  const shown = inspect(error, { showHidden: true, depth: Infinity });
  for (const part of token.split(".").filter((part) => part.length > 8)) assert(!shown.includes(part));
  assert(!shown.includes("researcher"));
}
