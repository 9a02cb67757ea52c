import { decodeProtectedHeader } from "jose/decode/protected_header";
import { UnknownKeyError, verifyJwt } from "../../src/auth/verify_jwt.ts";
import type { JsonWebKeySet, KeySet } from "./key_set.ts";
import type { ReadJwtOptions } from "./read_jwt_options.ts";
import type { VerifierContext } from "./verifier.ts";

export { keySet } from "./key_set.ts";

/**
 * Checks a token by the keys of its issuer, and once more by newer ones where it names one that is not known.
 *
 * @throws {ComputeAuthorizationError} If it is not to be trusted.
 * @throws {Error} If the keys cannot be had.
 */
export async function verifyByKeySet(
  token: string,
  { issuer, audience, algorithms, clockToleranceSeconds }: ReadJwtOptions,
  keys: KeySet,
  context: VerifierContext,
): Promise<Record<string, unknown>> {
  const { clock } = context;
  const against = (known: JsonWebKeySet) =>
    verifyJwt(token, {
      issuer,
      audience,
      algorithms,
      clockToleranceSeconds,
      clock,
      keys: { keys: [...known.keys] },
    });
  const kid = readKeyId(token, algorithms);
  // No key could make it good, so none is fetched.
  if (kid === NO_KEY) return await against({ keys: [] });
  const known = await keys.get(context);
  try {
    return await against(known);
  } catch (error) {
    if (!(error instanceof UnknownKeyError) || hasKey(known, kid)) throw error;
    const newer = await keys.getNewer(known, context);
    if (newer === undefined) throw error;
    return await against(newer);
  }
}

const NO_KEY = Symbol();

/** The key that a token names, which is its word alone; it may name none. */
function readKeyId(token: string, algorithms: readonly string[]): unknown {
  try {
    const { alg, kid } = decodeProtectedHeader(token);
    return algorithms.includes(String(alg)) ? kid : NO_KEY;
  } catch {
    return NO_KEY;
  }
}

function hasKey(known: JsonWebKeySet, kid: unknown): boolean {
  return kid !== undefined && known.keys.some((key) => "kid" in key && key.kid === kid);
}
