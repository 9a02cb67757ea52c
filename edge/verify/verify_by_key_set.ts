export { keySet } from "./key_set.ts";
import type { KeySet } from "./key_set.ts";
import type { ReadJwtOptions } from "./read_jwt_options.ts";
import type { VerifierContext } from "./verifier.ts";

import { verifyJwt } from "../../src/auth/verify_jwt.ts";

/**
 * Checks a token by the keys of its issuer, and once more by newer ones where it names one that is not known.
 *
 * @throws {ComputeAuthorizationError} If it is not to be trusted.
 * @throws {Error} If the keys cannot be had.
 */
export function verifyByKeySet(
  token: string,
  { issuer, audience, algorithms, clockToleranceSeconds }: ReadJwtOptions,
  keys: KeySet,
  context: VerifierContext,
): Promise<Record<string, unknown>> {
  const { clock } = context;
  return verifyJwt(token, {
    issuer,
    audience,
    algorithms,
    clockToleranceSeconds,
    clock,
    keys: keySets(keys, context),
  });
}

async function* keySets(keys: KeySet, context: VerifierContext): AsyncGenerator<{ keys: object[] }> {
  yield { keys: [] }; // Where no key could make the token good, none is fetched.
  const known = await keys.get(context);
  yield { keys: [...known.keys] };
  const newer = await keys.getNewer(known, context);
  if (newer !== undefined) yield { keys: [...newer.keys] };
}
