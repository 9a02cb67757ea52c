import type { Store } from "../store/store.ts";
import { sha256Hex } from "../base/sha256.ts";
import { isBearerToken } from "./bearer.ts";

/**
 * Where access tokens are kept besides the authorizer that asked for them: any {@linkcode Store}. With one that several
 * processes share, or the requests of a Worker, they share a token too. Each OAuth client, secret, scope and user has a
 * key of its own, so that nobody gets a token that was made for somebody else.
 *
 * A cache that fails is passed over: then a token is asked for.
 */
export type TokenCache = Pick<Store, "get" | "commit">;

/** An access token, as it is kept. */
export interface Token {
  accessToken: string;
  /** When a new one is to be asked for; never, where the server did not say how long it lasts. */
  renewAtMs?: number;
}

/** A key that says nothing of what it was made of. */
export async function cacheKey(parts: readonly unknown[]): Promise<string> {
  return `token/${await sha256Hex(JSON.stringify(parts))}`;
}

/** What a cache has, if it can be had and is one. */
export async function readToken(cache: TokenCache, key: string): Promise<Token | undefined> {
  try {
    const { accessToken, renewAtMs } = JSON.parse(await cache.get(key) ?? "{}");
    if (!isBearerToken(accessToken)) return undefined; // A runtime shows a header's value that it cannot send.
    return typeof renewAtMs === "number" ? { accessToken, renewAtMs } : { accessToken };
  } catch {
    return undefined;
  }
}

/** Keeps a token, where that works. */
export async function writeToken(
  cache: TokenCache,
  key: string,
  token: Token,
  nowMs: number,
): Promise<void> {
  const { renewAtMs = Infinity } = token;
  if (renewAtMs - nowMs < 1) return;
  try {
    const expiry = renewAtMs < Infinity ? { expiresInMs: renewAtMs - nowMs } : {};
    await cache.commit([{ key, value: JSON.stringify(token), ...expiry }]);
  } catch {
    // The authorizer has it all the same.
  }
}

/** Forgets a token, where that works: it is about to be revoked. */
export async function dropToken(cache: TokenCache, key: string): Promise<void> {
  try {
    await cache.commit([{ key, value: null }]);
  } catch {
    // Whoever finds it there is refused, and asks for another one.
  }
}
