import type { Verifier } from "./verifier.ts";

/** Names a verifier for the operator's list: a minifier leaves no function the name that it was written with. */
export function namedVerifier(name: string, verifier: Verifier): Verifier {
  return Object.defineProperty(verifier, "name", { value: name });
}
