import { fetchKeySet, KEYS_TIMEOUT_MS, type KeySetAddress } from "./fetch_key_set.ts";
import type { VerifierContext } from "./verifier.ts";

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
  /** Keys that were fetched just now; nothing where that was done not long ago. */
  getNewer(context: VerifierContext): Promise<JsonWebKeySet | undefined>;
}

/** While a request fetches, so long is waited between two looks whether it has. */
const LOOK_AGAIN_MS = 25;
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

  /** Keys that were fetched at this time or after it, and if need be now. */
  const since = async (sinceMs: number, context: VerifierContext): Promise<JsonWebKeySet> => {
    const { clock, signal } = context;
    while (kept === undefined || kept.fetchedAtMs < sinceMs) {
      const nowMs = clock.monotonicMs();
      if (failed !== undefined && isWithin(failed.atMs, FAILURE_LASTS_MS, nowMs)) throw failed.error;
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
    return kept.keys;
  };

  return {
    get: (context) => since(context.clock.monotonicMs() - maxAgeSeconds * 1000, context),
    async getNewer(context) {
      const nowMs = context.clock.monotonicMs();
      if (kept !== undefined && nowMs - kept.fetchedAtMs < cooldownSeconds * 1000) return undefined;
      return await since(nowMs - cooldownSeconds * 1000 + 1, context);
    },
  };
}

function isWithin(atMs: number | undefined, durationMs: number, nowMs: number): boolean {
  return atMs !== undefined && nowMs - atMs < durationMs;
}
