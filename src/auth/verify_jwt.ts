import type { JSONWebKeySet } from "jose";
import * as errors from "jose/errors";
import { createLocalJWKSet } from "jose/jwks/local";
import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import { decodeProtectedHeader } from "jose/decode/protected_header";
import { jwtVerify } from "jose/jwt/verify";
import { systemClock } from "../base/clock.ts";
import { checkJwtRules } from "./jwt_rules.ts";

/** What a JWT is held against. */
export interface VerifyJwtOptions {
  /** Who must have issued it, `https://auth.globus.org` for one. */
  issuer: string;
  /** Whom it must be for; of several, any. */
  audience: string | readonly string[];
  /** The algorithms that it may be signed with, all of them asymmetric. */
  algorithms: readonly string[];
  /**
   * The issuer's public keys (RFC 7517), or several sets of them, each of which is asked for only where the one before has
   * no key that the token names or, where it names none, no key that has signed it.
   */
  keys: { keys: object[] } | AsyncIterable<{ keys: object[] }>;
  /**
   * Tells the time.
   * @default {systemClock}
   */
  clock?: { nowMs(): number };
  /**
   * By how many seconds the issuer's clock may differ.
   * @default {0}
   */
  clockToleranceSeconds?: number;
}

/** The part of jose's options that is used. */
interface Expected {
  issuer: string;
  audience: string[];
  algorithms: string[];
  requiredClaims: string[];
  currentDate: Date;
  clockTolerance: number;
}

/** Longer ones are not even parsed: an id_token with many identities has some 4 kB. */
const MAX_TOKEN_BYTES = 16_384;
/** What comes from a token is shown in part: it may be of any length. */
const MAX_SHOWN_LENGTH = 200;
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]*$/;
/** Each brings a key, or says where one is to be had: the sender has no say in that. */
const KEY_HEADERS = ["jwk", "jku", "x5u", "x5c"];

/**
 * Checks a JWT against public keys that are already there (RFC 7515, RFC 7519, RFC 8725), and gives its claims.
 * It must be signed by one of the keys, name the issuer and an audience that are expected, and have an end.
 * Nothing is fetched, and no key is taken from the token.
 *
 * @example The `id_token` of Globus Auth
 * ```ts ignore
 * const claims = await verifyJwt(idToken, {
 *   issuer: "https://auth.globus.org",
 *   audience: clientId,
 *   algorithms: ["RS512"],
 *   keys: await (await fetch("https://auth.globus.org/jwk.json")).json(),
 * });
 * ```
 *
 * @throws {ComputeAuthorizationError} If it is not to be trusted; the message tells why, and does not show it.
 * @throws {TypeError} If the options would let through what they must not: no issuer, no audience, an algorithm
 * whose secret would be a public key.
 */
export async function verifyJwt(token: string, options: VerifyJwtOptions): Promise<Record<string, unknown>> {
  const expected = readOptions(options);
  checkForm(token);
  const { kid } = checkHeader(token, expected.algorithms);
  const { keys } = options;
  let problem: unknown;
  for await (const set of isSeveral(keys) ? keys : [keys]) {
    try {
      return await verifyWithAny(token, createLocalJWKSet(set as JSONWebKeySet), expected);
    } catch (error) {
      problem = error;
      if (!isKeyUnknown(error, kid)) break;
    }
  }
  throw refusal(reasonOf(problem, expected)); // Without the error itself: it may carry the claims.
}

function isSeveral(keys: VerifyJwtOptions["keys"]): keys is AsyncIterable<{ keys: object[] }> {
  return typeof keys === "object" && keys !== null && Symbol.asyncIterator in keys;
}

function readOptions(options: VerifyJwtOptions): Expected {
  const { issuer, algorithms, clock = systemClock, clockToleranceSeconds = 0 } = options;
  const audience = [options.audience].flat();
  checkJwtRules("verifyJwt()", { issuer, audience, algorithms });
  if (!(clockToleranceSeconds >= 0 && clockToleranceSeconds < Infinity)) {
    throw new RangeError("Cannot use 'clockToleranceSeconds' of verifyJwt(): it must be 0 or more");
  }
  return {
    issuer,
    audience,
    algorithms: [...algorithms],
    requiredClaims: ["exp"],
    currentDate: new Date(clock.nowMs()),
    clockTolerance: clockToleranceSeconds,
  };
}

function checkForm(token: string): void {
  if (typeof token !== "string") throw refusal("it is no string");
  if (token.length > MAX_TOKEN_BYTES) throw refusal(`it is longer than ${MAX_TOKEN_BYTES} bytes`);
  if (!COMPACT.test(token)) {
    throw refusal("it is malformed: three parts in base64url with a dot in between are expected");
  }
}

/** The header is the sender's word: all that it may do is to pick one of the algorithms and one of the keys. */
function checkHeader(token: string, algorithms: readonly string[]): Record<string, unknown> {
  let header: Record<string, unknown>;
  try {
    header = decodeProtectedHeader(token);
  } catch {
    throw refusal("it is malformed: its header is no JSON object in base64url");
  }
  for (const name of KEY_HEADERS) {
    if (Object.hasOwn(header, name)) {
      throw refusal(`its header '${name}' brings a key; only the keys of the issuer are used`);
    }
  }
  if (Object.hasOwn(header, "crit")) {
    throw refusal("its header 'crit' asks for extensions, none of which is known here");
  }
  if (!algorithms.includes(header.alg as string)) {
    throw refusal(`its algorithm is ${shown(header.alg)}, and only ${algorithms.join(", ")} may be used`);
  }
  return header;
}

/** Keys without an id cannot be told apart, so each of them is tried. */
async function verifyWithAny(
  token: string,
  keySet: ReturnType<typeof createLocalJWKSet>,
  expected: Expected,
): Promise<Record<string, unknown>> {
  try {
    return (await jwtVerify(token, keySet, expected)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error) {
      try {
        return (await jwtVerify(token, key, expected)).payload;
      } catch (failure) {
        if (isAboutClaims(failure)) throw failure; // The signature is right, so no other key is.
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

function isAboutClaims(error: unknown): boolean {
  return error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired ||
    error instanceof errors.JWTInvalid;
}

function isKeyUnknown(error: unknown, kid: unknown): boolean {
  return error instanceof errors.JWKSNoMatchingKey ||
    (kid === undefined && error instanceof errors.JWSSignatureVerificationFailed);
}

function reasonOf(error: unknown, { issuer, audience, currentDate }: Expected): string {
  if (error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed) {
    const { claim, payload } = error;
    const value = payload[claim];
    if (value === undefined) return `it has no claim '${claim}'`;
    switch (claim) {
      case "iss":
        return `its issuer is ${shown(value)}, not ${shown(issuer)}`;
      case "aud":
        return `its audience is ${shown(value)}, not ${audience.map(shown).join(" or ")}`;
    }
    if (typeof value !== "number") return `its claim '${claim}' is no number`;
    const now = `it is ${currentDate.toISOString()} here; ask for a new one, or set the clock right`;
    if (claim === "exp") return `it ended at ${instant(value)}, and ${now}`;
    return `it is not to be used before ${instant(value)} ('${claim}'), and ${now}`;
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return "its signature is not by a key of the issuer, or it was altered";
  }
  if (error instanceof errors.JWKSNoMatchingKey) {
    return "the issuer has no key with its 'kid' and for its algorithm; fetch the issuer's keys anew";
  }
  if (error instanceof errors.JWKSInvalid) {
    return "the keys to check it with are no set of public JSON Web Keys";
  }
  if (error instanceof errors.JWTInvalid) return "its claims are no JSON object";
  if (error instanceof errors.JWSInvalid) return "it is malformed";
  return "no key of the issuer can be used with its algorithm; an RSA key must have 2048 bits at least";
}

function instant(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `second ${seconds}` : date.toISOString();
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "missing";
  return text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}…` : text;
}

function refusal(reason: string): ComputeAuthorizationError {
  return new ComputeAuthorizationError(`Cannot trust the JWT: ${reason}`);
}
