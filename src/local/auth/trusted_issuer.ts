import type { Context } from "hono";
import { decodeJwt } from "jose";
import { verifyJwt } from "../../auth/verify_jwt.ts";
import type { AuthState, TrustedIssuer } from "./auth_state.ts";

/** What a trusted issuer may sign with: its keys are public, so that none of them is a shared secret. */
const ALGORITHMS: readonly string[] = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];

/** The address of the service, as whoever asks knows it: that is who issues tokens. */
export function issuerOf(c: Context): string {
  return new URL(c.req.url).origin;
}

/** The trusted issuer that a JWT names, whether it is right or not. */
export function findIssuer({ trustedIssuers }: AuthState, token: string): TrustedIssuer | undefined {
  try {
    const { iss } = decodeJwt(token);
    return trustedIssuers.find(({ issuer }) => issuer === iss);
  } catch {
    return undefined;
  }
}

/**
 * The claims of a JWT of a trusted issuer.
 *
 * @param audiences For whom it may be, besides what the issuer was trusted for.
 * @throws {Error} If it is not to be trusted; the message tells why, and does not show it.
 */
export async function readTrusted(
  { clock }: AuthState,
  { issuer, audience, keys }: TrustedIssuer,
  token: string,
  audiences: readonly string[] = [],
): Promise<Record<string, unknown>> {
  return await verifyJwt(token, {
    issuer,
    audience: [audience, ...audiences],
    algorithms: ALGORITHMS,
    keys,
    clock,
  });
}
