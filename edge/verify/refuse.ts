import type { HandshakeAnswer, Unverified } from "./verifier.ts";

/**
 * Refuses a request. The cause is for the operator: it has no secret and no signature in it.
 *
 * @param handshake The answer, where the request is a handshake.
 */
export function refuse(cause: string, handshake?: HandshakeAnswer): Unverified {
  return { isVerified: false, cause, ...(handshake === undefined ? {} : { handshake }) };
}
