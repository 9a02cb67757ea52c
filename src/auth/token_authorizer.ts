import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import type { Authorizer, AuthorizerContext, AuthorizerIdentity, Revocation } from "../http/authorizer.ts";
import type { Clock } from "../base/clock.ts";
import { withDeadline } from "../base/deadline.ts";
import { hasBearer, withBearer } from "./bearer.ts";
import { dropToken, readToken, type Token, type TokenCache, writeToken } from "./token_cache.ts";

/** What an authorizer whose tokens are renewed is made of. */
export interface TokenSource {
  /** Asks for a token. */
  fetchToken(context: AuthorizerContext): Promise<Token>;
  identify(): AuthorizerIdentity | Promise<AuthorizerIdentity>;
  account(): string | Promise<string>;
  /** Revokes the access tokens that are known, and whatever else there is to revoke. */
  revoke(context: AuthorizerContext, accessTokens: readonly string[]): Promise<Revocation>;
  /** Where tokens are kept beside the authorizer itself, and under which key. */
  cache?: { tokens: TokenCache; key: () => Promise<string> } | undefined;
}

/** How long all attempts to get a token may take: less than an attempt that waits for it, so that it is told why. */
const RENEWAL_TIMEOUT_MS = 55_000;
const CACHE_TIMEOUT_MS = 5_000;

/**
 * An authorizer that keeps a token for as long as it is good, and asks for another one then, and when the service has
 * refused it: once for all calls of a client that need it at that moment. What has failed is not asked for again until
 * the next call, which is told of the failure, and so is each that waited.
 */
export function tokenAuthorizer(source: TokenSource): Authorizer {
  let latest: Token | undefined;
  /** Until when it lasts by the monotonic clock: the time of day may be set back meanwhile. */
  let latestUntilMs = -Infinity;
  /** What each client is asking for: clients share values alone, as no request of a Worker may await another's. */
  const renewals = new WeakMap<object, Promise<Token>>();

  const authorizer: Authorizer = async (request, context) => {
    const { rejected, clock } = context;
    const isGood = (token: Token | undefined): token is Token =>
      token !== undefined && !hasBearer(rejected, token.accessToken) &&
      clock.nowMs() < (token.renewAtMs ?? Infinity);
    if (clock.monotonicMs() < latestUntilMs && isGood(latest)) return withBearer(request, latest.accessToken);
    let renewal = renewals.get(context.client);
    if (!renewal) {
      renewal = renew(context, isGood).finally(() => renewals.delete(context.client));
      renewal.catch(() => {}); // Whoever waits is told, and nobody may wait any more.
      renewals.set(context.client, renewal);
    }
    const waited = renewal;
    return withBearer(request, (await withDeadline({ signal: context.signal }, () => waited)).accessToken);
  };

  function remember(token: Token, clock: Clock): Token {
    latestUntilMs = clock.monotonicMs() + (token.renewAtMs ?? Infinity) - clock.nowMs();
    return latest = token;
  }

  /** The signal of one call does not end it: others wait too, and a refresh token may have been used up. */
  function renew(context: AuthorizerContext, isGood: (token: Token | undefined) => boolean): Promise<Token> {
    const { clock } = context;
    const onTimeout = () =>
      new ComputeAuthorizationError(
        `Cannot get an access token: none came within ${RENEWAL_TIMEOUT_MS / 1000} s`,
      );
    return withDeadline(
      { clock, timeoutMs: RENEWAL_TIMEOUT_MS, onTimeout },
      async (signal) => {
        const key = await source.cache?.key();
        const cached = source.cache && key !== undefined ? { ...source.cache, key } : undefined;
        const known = cached && await inTime(clock, () => readToken(cached.tokens, cached.key));
        if (known && isGood(known)) return remember(known, clock);
        const token = remember(await source.fetchToken({ ...context, signal }), clock);
        if (cached) await inTime(clock, () => writeToken(cached.tokens, cached.key, token, clock.nowMs()));
        return token;
      },
    );
  }

  /** A cache that does not answer is passed over, as one that fails. */
  function inTime<T>(clock: Clock, work: () => Promise<T>): Promise<T | undefined> {
    const onTimeout = () => new Error("The cache of tokens has not answered");
    return withDeadline({ clock, timeoutMs: CACHE_TIMEOUT_MS, onTimeout }, work)
      .catch(() => undefined);
  }

  authorizer.identify = () => source.identify();
  authorizer.account = () => source.account();
  authorizer.revoke = (context) => withDeadline({ signal: context.signal }, () => revoke(context));

  async function revoke(context: AuthorizerContext): Promise<Revocation> {
    await renewals.get(context.client)?.catch(() => {}); // What is on its way is to be revoked too.
    const { cache } = source;
    const key = await cache?.key();
    const cached = cache && key !== undefined ? await readToken(cache.tokens, key) : undefined;
    const tokens = new Set([latest, cached].flatMap((token) => token ? [token.accessToken] : []));
    latest = undefined;
    if (cache && key !== undefined) await dropToken(cache.tokens, key);
    return await source.revoke(context, [...tokens]);
  }

  return authorizer;
}
