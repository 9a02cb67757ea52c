import { checkNumber } from "../base/check.ts";
import { isRecord } from "../base/narrow.ts";
import { asJson, DEFAULT_LIFETIME_SECONDS, type JwtOptions, type SignedJwt } from "./jwt_options.ts";
import { checkKey } from "./signer_key.ts";

const OWN_CLAIMS = ["iss", "sub", "aud", "exp", "iat", "jti"];

/** Ten years: beyond, it is a mistake in the unit. */
const MAX_LIFETIME_SECONDS = 315_360_000;
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
  // A program that signs nothing needs none of it: it is loaded with the first JWT.
  const { makeJwt } = await import("./make_jwt.ts");
  return await makeJwt(options, clock);
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
