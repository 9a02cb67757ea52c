import type { Unverified } from "./verifier.ts";

/** Lets nobody in. The cause is for the operator: it has no secret and no signature in it. */
export function refuse(cause: string): Unverified {
  return { isVerified: false, cause };
}
