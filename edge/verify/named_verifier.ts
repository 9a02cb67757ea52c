import type { Verifier } from "./verifier.ts";

/** What a verifier states of its sender. */
export type VerifierParts = Pick<Verifier, "maxBodyBytes" | "isHandshake">;

/**
 * Names a verifier for the operator's list: a minifier leaves no function the name that it was written with.
 */
export function namedVerifier(
  name: string,
  verifier: Verifier,
  { maxBodyBytes, isHandshake }: VerifierParts = {},
): Verifier {
  const parts = {
    ...(maxBodyBytes === undefined ? {} : { maxBodyBytes }),
    ...(isHandshake === undefined ? {} : { isHandshake }),
  };
  return Object.defineProperty(Object.assign(verifier, parts), "name", { value: name });
}
