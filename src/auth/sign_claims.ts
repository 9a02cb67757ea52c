import { CompactSign } from "jose/jws/compact/sign";
import { importJWK, importPKCS8 } from "jose/key/import";
import type { JwtAlgorithm, JwtKey } from "./jwt.ts";

/** Signs claims as they are (RFC 7515). What it throws may show a part of the key. */
export async function signClaims(
  claims: Record<string, unknown>,
  header: { alg: JwtAlgorithm; typ: string; kid?: string },
  key: JwtKey,
): Promise<string> {
  // What makes claims by itself is of no use here.
  const payload = new TextEncoder().encode(JSON.stringify(claims));
  return await new CompactSign(payload).setProtectedHeader(header).sign(await importKey(key, header.alg));
}

async function importKey(key: JwtKey, algorithm: JwtAlgorithm): Promise<CryptoKey | Uint8Array> {
  if (typeof key === "string") return await importPKCS8(key.trim(), algorithm);
  if ("kty" in key) return await importJWK(key as Parameters<typeof importJWK>[0], algorithm);
  return key as CryptoKey | Uint8Array;
}
