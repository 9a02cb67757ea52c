import { fetchJson } from "./fetch_json.ts";
import { isSafeUrl } from "./is_safe_url.ts";
import type { JsonWebKeySet } from "./key_set.ts";
import type { VerifierContext } from "./verifier.ts";

/** Where the keys of an issuer are, or by whom that is told. */
export interface KeySetAddress {
  readonly issuer: string;
  readonly jwksUrl: URL | undefined;
}

type Get = (url: URL) => Promise<object>;

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
  { clock, fetch, signal }: VerifierContext,
): Promise<JsonWebKeySet> {
  const late = new AbortController();
  const done = new AbortController();
  clock.sleep(KEYS_TIMEOUT_MS, { signal: done.signal }).then(
    () => late.abort(new Error(`Cannot fetch the issuer's keys: no answer within ${KEYS_TIMEOUT_MS} ms`)),
    () => {},
  );
  const get: Get = (url) => fetchJson(url, fetch, AbortSignal.any([signal, late.signal]));
  try {
    return readKeys(await get(jwksUrl ?? await discover(issuer, get)));
  } finally {
    done.abort();
  }
}

function readKeys(set: object): JsonWebKeySet {
  const keys = "keys" in set ? set.keys : undefined;
  if (Array.isArray(keys) && keys.every((key) => typeof key === "object" && key !== null)) return { keys };
  throw new Error("Cannot use the issuer's keys: what was answered is no set of JSON Web Keys");
}

async function discover(issuer: string, get: Get): Promise<URL> {
  const configuration = await get(new URL(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`));
  if (!("issuer" in configuration) || configuration.issuer !== issuer) {
    throw new Error("Cannot use the issuer's OpenID configuration: it is that of another issuer");
  }
  const found = "jwks_uri" in configuration ? configuration.jwks_uri : undefined;
  if (typeof found === "string" && URL.canParse(found) && isSafeUrl(new URL(found))) return new URL(found);
  throw new Error(
    "Cannot use the issuer's OpenID configuration: its 'jwks_uri' must be an address with HTTPS",
  );
}
