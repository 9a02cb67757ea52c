import { CompactSign } from "jose/jws/compact/sign";
import { importJWK, importPKCS8 } from "jose/key/import";
import { isRecord } from "../base/narrow.ts";
import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import {
  asJson,
  DEFAULT_LIFETIME_SECONDS,
  type JwtAlgorithm,
  type JwtKey,
  type JwtOptions,
  type SignedJwt,
} from "./jwt_options.ts";
import { isCryptoKey } from "./signer_key.ts";

/** What `signJwt` does, once it is loaded. */
export async function makeJwt(options: JwtOptions, clock: { nowMs(): number }): Promise<SignedJwt> {
  const { key, algorithm, issuer, subject, audience, claims } = options;
  const { keyId = keyIdOf(key), lifetimeSeconds = DEFAULT_LIFETIME_SECONDS } = options;
  const issuedAt = Math.floor(clock.nowMs() / 1000);
  const expiresAt = issuedAt + lifetimeSeconds;
  const payload = {
    ...asJson(claims),
    iss: issuer,
    ...(subject === undefined ? {} : { sub: subject }),
    aud: typeof audience === "string" ? audience : [...audience],
    iat: issuedAt,
    exp: expiresAt,
    jti: crypto.randomUUID(),
  };
  try {
    // What of jose makes claims by itself is of no use here.
    const token = await new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
      .setProtectedHeader({ alg: algorithm, typ: "JWT", ...(keyId === undefined ? {} : { kid: keyId }) })
      .sign(await importKey(key, algorithm));
    return { token, expiresAtMs: expiresAt * 1000 };
  } catch {
    // Without the cause: what a parser says of a key may show a part of it.
    throw new ComputeAuthorizationError(
      `Cannot sign a JWT with ${algorithm}: 'key' is broken, or of another kind; an RSA key must have 2048 bits`,
    );
  }
}

/** The id that a key has of its own, as a JSON Web Key may. */
function keyIdOf(key: JwtKey): string | undefined {
  const kid = isRecord(key) && !isCryptoKey(key) ? key.kid : undefined;
  return typeof kid === "string" ? kid : undefined;
}

async function importKey(key: JwtKey, algorithm: JwtAlgorithm): Promise<CryptoKey | Uint8Array> {
  if (typeof key === "string") return await importPKCS8(key.trim(), algorithm);
  if ("kty" in key) return await importJWK(key as Parameters<typeof importJWK>[0], algorithm);
  return key as CryptoKey | Uint8Array;
}
