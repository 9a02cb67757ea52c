import type { VerifierContext } from "./verifier.ts";
import { fetchJson } from "./fetch_json.ts";
import { checkAddress } from "../check_address.ts";
import { isSafeUrl } from "./is_safe_url.ts";
import { withDeadline } from "../../src/base/deadline.ts";

/** A set of public keys (RFC 7517). */
export interface JsonWebKeySet {
  /** The keys, each as a JSON Web Key. */
  readonly keys: readonly object[];
}

/** Where the keys come from, and how often. */
export interface KeySetOptions extends KeySetAddress {
  readonly keys: JsonWebKeySet | undefined;
  readonly maxAgeSeconds: number;
  readonly cooldownSeconds: number;
}

/** The keys of an issuer, kept as values: no request waits for what another began, which Workers forbid. */
export interface KeySet {
  /** The keys, no older than they may be. It rejects where they cannot be had. */
  get(context: VerifierContext): Promise<JsonWebKeySet>;
  /** Keys that are newer than these; nothing where enough have been fetched not long ago. */
  getNewer(than: JsonWebKeySet, context: VerifierContext): Promise<JsonWebKeySet | undefined>;
}

/** While a request fetches, so long is waited between two looks whether it has. */
const LOOK_AGAIN_MS = 25;
/** How long fetching the keys may take, with the question where they are. */
const KEYS_TIMEOUT_MS = 5_000;
/** Beyond this, whoever was fetching has been stopped by its runtime. */
const FETCH_LASTS_MS = KEYS_TIMEOUT_MS + 1_000;
/** An issuer that has just failed is left alone for so long, however many tokens come in. */
const FAILURE_LASTS_MS = 1_000;

/** Keeps the keys of an issuer. At most one request at a time fetches them; the others look whether they are there. */
export function keySet(options: KeySetOptions): KeySet {
  const { keys: given, maxAgeSeconds, cooldownSeconds } = options;
  if (given !== undefined) {
    return { get: () => Promise.resolve(given), getNewer: () => Promise.resolve(undefined) };
  }
  let kept: { readonly keys: JsonWebKeySet; readonly fetchedAtMs: number } | undefined;
  let fetchingSinceMs: number | undefined;
  let failed: { readonly error: unknown; readonly atMs: number } | undefined;
  /** When newer keys were last asked for although the ones that are kept had just been fetched. */
  let extraAtMs: number | undefined;

  /** Keys that are good enough, and if need be are fetched now. */
  const getIf = async (
    isGood: (fetchedAtMs: number, nowMs: number) => boolean,
    context: VerifierContext,
  ): Promise<JsonWebKeySet> => {
    const { clock, signal } = context;
    for (;;) {
      const nowMs = clock.monotonicMs();
      if (kept !== undefined && isGood(kept.fetchedAtMs, nowMs)) return kept.keys;
      if (isWithin(failed?.atMs, FAILURE_LASTS_MS, nowMs)) throw failed?.error;
      if (isWithin(fetchingSinceMs, FETCH_LASTS_MS, nowMs)) {
        await clock.sleep(LOOK_AGAIN_MS, { signal });
        continue;
      }
      fetchingSinceMs = nowMs;
      try {
        kept = { keys: await fetchKeySet(options, context), fetchedAtMs: nowMs };
        return kept.keys;
      } catch (error) {
        // A request that is given up says nothing about the issuer.
        if (!signal.aborted) failed = { error, atMs: clock.monotonicMs() };
        throw error;
      } finally {
        fetchingSinceMs = undefined;
      }
    }
  };

  return {
    get: (context) =>
      getIf((fetchedAtMs, nowMs) => isWithin(fetchedAtMs, maxAgeSeconds * 1000 + 1, nowMs), context),
    async getNewer(than, context) {
      const cooldownMs = cooldownSeconds * 1000;
      const nowMs = context.clock.monotonicMs();
      const isFetching = isWithin(fetchingSinceMs, FETCH_LASTS_MS, nowMs);
      if (!isFetching && kept?.keys === than && isWithin(kept.fetchedAtMs, cooldownMs, nowMs)) {
        // A key may be rotated just after the last look. Without a bound, each forged token would cost a fetch.
        if (isWithin(extraAtMs, cooldownMs, nowMs)) return undefined;
        extraAtMs = nowMs;
      }
      return await getIf(() => kept?.keys !== than, context);
    },
  };
}

function isWithin(atMs: number | undefined, durationMs: number, nowMs: number): boolean {
  return atMs !== undefined && nowMs - atMs < durationMs;
}

/** Where the keys of an issuer are, or by whom that is told. */
interface KeySetAddress {
  readonly issuer: string;
  readonly jwksUrl: URL | undefined;
}

/**
 * Fetches the public keys of an issuer (RFC 7517), and asks the issuer where they are if nobody has said it
 * (OpenID Connect Discovery 1.0).
 *
 * @throws {Error} If they cannot be had within 5 seconds, or are none.
 */
async function fetchKeySet(
  { issuer, jwksUrl }: KeySetAddress,
  context: VerifierContext,
): Promise<JsonWebKeySet> {
  const onTimeout = () => new Error(`Cannot fetch the issuer's keys: no answer within ${KEYS_TIMEOUT_MS} ms`);
  return await withDeadline({ ...context, timeoutMs: KEYS_TIMEOUT_MS, onTimeout }, async (signal) => {
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
