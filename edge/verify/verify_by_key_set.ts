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
  try {
    return await against({ keys: [] });
  } catch (error) {
    if (!(error instanceof UnknownKeyError)) throw error; // No key could make it good, so none is fetched.
  }
  const known = await keys.get(context);
  try {
    return await against(known);
  } catch (error) {
    const newer = error instanceof UnknownKeyError ? await keys.getNewer(known, context) : undefined;
    if (newer === undefined) throw error;
    return await against(newer);
  }
}
