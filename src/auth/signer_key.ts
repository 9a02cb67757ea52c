import { isRecord } from "../base/narrow.ts";
import type { JwtAlgorithm, JwtKey } from "./jwt_options.ts";

/** What a key must be for an algorithm (RFC 7518, RFC 8037), in the words of WebCrypto and of JWK. */
interface KeyKind {
  name: string;
  kty: "oct" | "RSA" | "EC" | "OKP";
  hash?: string;
  curve?: string;
}

const MIN_RSA_BITS = 2048;

/** The algorithms that all runtimes have. */
const KINDS: Readonly<Record<JwtAlgorithm, KeyKind>> = {
  HS256: { name: "HMAC", kty: "oct", hash: "SHA-256" },
  HS384: { name: "HMAC", kty: "oct", hash: "SHA-384" },
  HS512: { name: "HMAC", kty: "oct", hash: "SHA-512" },
  RS256: { name: "RSASSA-PKCS1-v1_5", kty: "RSA", hash: "SHA-256" },
  RS384: { name: "RSASSA-PKCS1-v1_5", kty: "RSA", hash: "SHA-384" },
  RS512: { name: "RSASSA-PKCS1-v1_5", kty: "RSA", hash: "SHA-512" },
  PS256: { name: "RSA-PSS", kty: "RSA", hash: "SHA-256" },
  PS384: { name: "RSA-PSS", kty: "RSA", hash: "SHA-384" },
  PS512: { name: "RSA-PSS", kty: "RSA", hash: "SHA-512" },
  ES256: { name: "ECDSA", kty: "EC", curve: "P-256" },
  ES384: { name: "ECDSA", kty: "EC", curve: "P-384" },
  ES512: { name: "ECDSA", kty: "EC", curve: "P-521" },
  EdDSA: { name: "Ed25519", kty: "OKP", curve: "Ed25519" },
  Ed25519: { name: "Ed25519", kty: "OKP", curve: "Ed25519" },
};

/**
 * Checks what can be told of a key without importing it.
 *
 * @throws {TypeError} If the key is of a kind that the algorithm cannot use. Neither of the two is shown, since
 * one may stand in the other's place.
 * @throws {RangeError} If the algorithm is unknown, or the key too small.
 */
export function checkKey(key: unknown, algorithm: unknown): asserts key is JwtKey {
  if (typeof algorithm !== "string" || !Object.hasOwn(KINDS, algorithm)) {
    const ErrorClass = typeof algorithm === "string" ? RangeError : TypeError;
    throw new ErrorClass(`Cannot use 'algorithm': it must be one of ${Object.keys(KINDS).join(", ")}`);
  }
  const kind = KINDS[algorithm as JwtAlgorithm];
  if (typeof key === "string") checkPem(key, kind, algorithm);
  else if (key instanceof Uint8Array) checkSecret(key, kind, algorithm);
  else if (isCryptoKey(key)) checkCryptoKey(key, kind, algorithm);
  else if (isRecord(key) && typeof key.kty === "string") checkJwk(key, kind, algorithm);
  else throw unusable("it must be a CryptoKey, a JSON Web Key, PKCS #8 in PEM, or a secret as Uint8Array");
}

/** A key of one's own: the caller may wipe a secret once it is handed over. */
export function copyKey(key: JwtKey): JwtKey {
  return key instanceof Uint8Array ? new Uint8Array(key) : key;
}

/** Whether it is a key of WebCrypto, of whatever realm. */
export function isCryptoKey(key: unknown): key is CryptoKey {
  return Object.prototype.toString.call(key) === "[object CryptoKey]";
}

function checkPem(pem: string, { kty }: KeyKind, algorithm: string): void {
  if (kty === "oct") {
    throw unusable(`${algorithm} takes a secret as Uint8Array, such as new TextEncoder().encode(secret)`);
  }
  if (pem.includes("\\n")) throw unusable("its line breaks are written as \\n; put real ones in their place");
  const label = /^-----BEGIN ((?:[A-Z]+ )*(?:KEY|CERTIFICATE))-----/.exec(pem.trim())?.[1];
  if (label === "PRIVATE KEY") return;
  if (label === "PUBLIC KEY" || label === "CERTIFICATE") throw isPublic();
  if (label === "ENCRYPTED PRIVATE KEY") throw unusable("it is encrypted; openssl pkcs8 decrypts it");
  throw unusable(
    "as a text it must be PKCS #8 in PEM, which begins with -----BEGIN PRIVATE KEY-----; " +
      "openssl pkcs8 -topk8 -nocrypt turns other forms into it",
  );
}

function checkSecret(secret: Uint8Array, { kty }: KeyKind, algorithm: string): void {
  if (kty !== "oct") {
    throw unusable(`a Uint8Array is a secret, for HS256, HS384 or HS512, not for ${algorithm}`);
  }
  if (secret.length === 0) throw new RangeError("Cannot use 'key': it is empty");
}

function checkCryptoKey(key: CryptoKey, kind: KeyKind, algorithm: string): void {
  if (key.type === "public") throw isPublic();
  const own = key.algorithm as { name: string; hash?: { name: string }; namedCurve?: string };
  const isFit = own.name === kind.name && (!kind.hash || own.hash?.name === kind.hash) &&
    (own.namedCurve === undefined || own.namedCurve === kind.curve);
  if (!isFit) {
    const needed = [kind.name, kind.hash ?? kind.curve].filter((part, i) => i === 0 || part !== kind.name);
    throw unusable(`for ${algorithm} it must be a CryptoKey of ${needed.join(" with ")}`);
  }
  if (!key.usages.includes("sign")) throw unusable("its usages must include 'sign'");
  const { modulusLength } = key.algorithm as Partial<RsaKeyAlgorithm>;
  if (modulusLength !== undefined && modulusLength < MIN_RSA_BITS) {
    throw new RangeError(`Cannot use 'key': for ${algorithm} it must have ${MIN_RSA_BITS} bits at least`);
  }
}

function checkJwk(jwk: Record<string, unknown>, { kty, curve }: KeyKind, algorithm: string): void {
  if (jwk.kty !== kty || (curve !== undefined && jwk.crv !== curve)) {
    const needed = curve === undefined ? `'kty' ${kty}` : `'kty' ${kty} and 'crv' ${curve}`;
    throw unusable(`for ${algorithm} it must be a JSON Web Key with ${needed}`);
  }
  if (kty === "oct" ? typeof jwk.k !== "string" || jwk.k === "" : typeof jwk.d !== "string") {
    throw kty === "oct" ? unusable("it has no 'k', the secret") : isPublic();
  }
  if (jwk.alg !== undefined && jwk.alg !== algorithm && !isEd25519(jwk.alg, curve)) {
    throw unusable(`its 'alg' says that it is not for ${algorithm}`);
  }
  if (jwk.use !== undefined && jwk.use !== "sig") {
    throw unusable("its 'use' says that it is not for signatures");
  }
  if (jwk.key_ops !== undefined && !(Array.isArray(jwk.key_ops) && jwk.key_ops.includes("sign"))) {
    throw unusable("its 'key_ops' must include 'sign'");
  }
}

/** One algorithm has two names (RFC 9864). */
function isEd25519(alg: unknown, curve: string | undefined): boolean {
  return curve === "Ed25519" && (alg === "EdDSA" || alg === "Ed25519");
}

function isPublic(): TypeError {
  return unusable("it is a public key; a JWT is signed with the private one");
}

function unusable(reason: string): TypeError {
  return new TypeError(`Cannot use 'key': ${reason}`);
}
