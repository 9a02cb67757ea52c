import { isText } from "../base/narrow.ts";

/** What a JWT is held against. */
export interface JwtRules {
  issuer: string;
  audience: readonly string[];
  algorithms: readonly string[];
}

const ASYMMETRIC = /^(?:[RPE]S(?:256|384|512)|EdDSA|Ed25519)$/;

/**
 * Refuses rules that would let through what they must not: jose checks no issuer and no audience that are undefined,
 * and a public key must never be taken for a shared secret.
 *
 * @param caller The function that they were given to, for messages.
 * @throws {TypeError} If there is no issuer, no audience or no algorithm, or one that is not asymmetric.
 */
export function checkJwtRules(caller: string, { issuer, audience, algorithms }: JwtRules): void {
  if (!isText(issuer)) throw cannotUse("issuer", caller, "it must be a text");
  if (audience.length === 0 || !audience.every(isText)) {
    throw cannotUse("audience", caller, "it must be a text or several");
  }
  if (!Array.isArray(algorithms) || algorithms.length === 0) {
    throw cannotUse("algorithms", caller, "it must name one at least");
  }
  if (!algorithms.every((name) => typeof name === "string" && ASYMMETRIC.test(name))) {
    const reason = "the keys are public, so each must be asymmetric, such as RS256 or EdDSA";
    throw cannotUse("algorithms", caller, reason);
  }
}

/** The error for an option. */
export function cannotUse(name: string, caller: string, reason: string): TypeError {
  return new TypeError(`Cannot use '${name}' of ${caller}: ${reason}`);
}
