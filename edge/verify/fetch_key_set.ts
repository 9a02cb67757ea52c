import { checkAddress } from "../check_address.ts";
import { within } from "../within.ts";
import { fetchJson } from "./fetch_json.ts";
import { isSafeUrl } from "./is_safe_url.ts";
import type { JsonWebKeySet } from "./key_set.ts";
import type { VerifierContext } from "./verifier.ts";

/** Where the keys of an issuer are, or by whom that is told. */
export interface KeySetAddress {
  readonly issuer: string;
  readonly jwksUrl: URL | undefined;
}

/** How long fetching the keys may take, with the question where they are. */
export const KEYS_TIMEOUT_MS = 5_000;

/**
 * Fetches the public keys of an issuer (RFC 7517), and asks the issuer where they are if nobody has said it
 * (OpenID Connect Discovery 1.0).
 *
 * @throws {Error} If they cannot be had within 5 seconds, or are none.
 */
export async function fetchKeySet(
  { issuer, jwksUrl }: KeySetAddress,
  context: VerifierContext,
): Promise<JsonWebKeySet> {
  const onTimeout = () => new Error(`Cannot fetch the issuer's keys: no answer within ${KEYS_TIMEOUT_MS} ms`);
  return await within({ ...context, timeoutMs: KEYS_TIMEOUT_MS, onTimeout }, async (signal) => {
    const url = jwksUrl ?? await discover(issuer, { ...context, signal });
    return readKeys(await fetchJson(url, context.fetch, signal));
  });
}

function readKeys(set: object): JsonWebKeySet {
  const keys = "keys" in set ? set.keys : undefined;
  if (Array.isArray(keys) && keys.every((key) => typeof key === "object" && key !== null)) return { keys };
  throw new Error("Cannot use the issuer's keys: what was answered is no set of JSON Web Keys");
}

/** Asks the issuer, which the options name, for the address of its keys, which is its word alone. */
async function discover(
  issuer: string,
  { clock, fetch, addressOptions = {}, signal }: VerifierContext,
): Promise<URL> {
  const address = new URL(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
  const configuration = await fetchJson(address, fetch, signal);
  if (!("issuer" in configuration) || configuration.issuer !== issuer) {
    throw unusable("it is that of another issuer");
  }
  const found = "jwks_uri" in configuration ? configuration.jwks_uri : undefined;
  const url = typeof found === "string" && URL.canParse(found) ? new URL(found) : undefined;
  if (url === undefined || !isSafeUrl(url)) throw unusable("its 'jwks_uri' must be an address with HTTPS");
  if (url.origin === address.origin) return url;
  const problem = await checkAddress({ clock, options: addressOptions }, url, signal);
  if (problem === undefined) return url;
  throw unusable(
    `nothing is fetched from its 'jwks_uri', as ${problem.cause}; give 'jwksUrl' if you trust it`,
  );
}

function unusable(problem: string): Error {
  return new Error(`Cannot use the issuer's OpenID configuration: ${problem}`);
}
