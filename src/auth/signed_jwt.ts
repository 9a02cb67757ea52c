import { checkNumber } from "../base/check.ts";
import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import { isRecord } from "../base/narrow.ts";
import type { JwtOptions } from "./jwt.ts";
import { checkKey, keyIdOf } from "./signer_key.ts";

/** How long a JWT is valid: short, for it cannot be revoked. */
export const DEFAULT_LIFETIME_SECONDS = 300;

/** A JWT as it is sent. */
export interface SignedJwt {
  token: string;
  /** When it ends, in milliseconds since 1970. */
  expiresAtMs: number;
}

const OWN_CLAIMS = ["iss", "sub", "aud", "exp", "iat", "jti"];

/** Ten years: beyond, it is a mistake in the unit. */
const MAX_LIFETIME_SECONDS = 315_360_000;
/** What {@linkcode JwtOptions} has. */
export const JWT_KEYS = "key algorithm issuer subject audience claims lifetimeSeconds keyId";

/**
 * Checks what can be known of the options at once.
 *
 * @throws {TypeError} If one is of the wrong type, the key is none for the algorithm, or a claim is not free.
 * @throws {RangeError} If one is empty or out of range.
 */
export function checkSigner(options: JwtOptions): void {
  const { key, algorithm, issuer, subject, audience, claims = {}, keyId } = options;
  const { lifetimeSeconds = DEFAULT_LIFETIME_SECONDS } = options;
  checkText(issuer, "issuer");
  if (subject !== undefined) checkText(subject, "subject");
  if (keyId !== undefined) checkText(keyId, "keyId");
  const audiences: unknown[] = Array.isArray(audience) ? audience : [audience];
  if (audiences.length === 0) throw new RangeError("Cannot use 'audience': it is empty");
  for (const one of audiences) checkText(one, "audience");
  checkNumber(lifetimeSeconds, "lifetimeSeconds", 1, MAX_LIFETIME_SECONDS);
  checkClaims(claims);
  checkKey(key, algorithm);
}

/**
 * Makes a JWT (RFC 7519) from options that {@linkcode checkSigner} has let through. Each one has a `jti` of its own.
 *
 * @throws {ComputeAuthorizationError} If the key cannot be imported or cannot sign.
 */
export async function signJwt(options: JwtOptions, clock: { nowMs(): number }): Promise<SignedJwt> {
  const { key, algorithm, issuer, subject, audience, claims } = options;
  const { keyId = keyIdOf(key), lifetimeSeconds = DEFAULT_LIFETIME_SECONDS } = options;
  const issuedAt = Math.floor(clock.nowMs() / 1000);
  const expiresAt = issuedAt + lifetimeSeconds;
  const header = { alg: algorithm, typ: "JWT", ...(keyId === undefined ? {} : { kid: keyId }) };
  const payload = {
    ...asJson(claims),
    iss: issuer,
    ...(subject === undefined ? {} : { sub: subject }),
    aud: typeof audience === "string" ? audience : [...audience],
    iat: issuedAt,
    exp: expiresAt,
    jti: crypto.randomUUID(),
  };
  // A program that signs nothing needs none of it: it is loaded with the first JWT.
  const { signClaims } = await import("./sign_claims.ts");
  try {
    return { token: await signClaims(payload, header, key), expiresAtMs: expiresAt * 1000 };
  } catch {
    // Without the cause: what a parser says of a key may show a part of it.
    throw new ComputeAuthorizationError(
      `Cannot sign a JWT with ${algorithm}: 'key' is broken, or of another kind; an RSA key must have 2048 bits`,
    );
  }
}

function checkText(value: unknown, name: string): void {
  if (typeof value !== "string") throw new TypeError(`Cannot use '${name}': it must be a text`);
  if (value === "") throw new RangeError(`Cannot use '${name}': it is empty`);
}

function checkClaims(claims: unknown): void {
  if (!isRecord(claims)) throw new TypeError("Cannot use 'claims': it must be an object");
  for (const name of OWN_CLAIMS) {
    if (!Object.hasOwn(claims, name)) continue;
    throw new TypeError(`Cannot use 'claims': '${name}' is set from the other options, or by itself`);
  }
  let json: unknown;
  try {
    json = asJson(claims);
  } catch {
    // A cycle or a bigint: thrown below, without what JSON.stringify says of the values.
  }
  if (!isRecord(json)) throw new TypeError("Cannot use 'claims': it cannot be written as JSON");
}

function asJson(claims: Record<string, unknown> | undefined): Record<string, unknown> {
  return claims === undefined ? {} : JSON.parse(JSON.stringify(claims));
}
