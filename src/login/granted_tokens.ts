import { isBearerToken } from "../auth/bearer.ts";
import { tokenFor } from "../auth/token_cache.ts";
import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import { COMPUTE_RESOURCE_SERVER, COMPUTE_SCOPE } from "../http/globus_auth.ts";
import { isRecord, optionalString } from "../wire/narrow.ts";
import type { StoredToken } from "./token_file.ts";

/** What a login gave: one token for each service, of which two count. */
export interface GrantedTokens {
  compute: StoredToken;
  /** The one for userinfo, where that is not the same. */
  userinfo?: StoredToken;
}

/** How long before its end a token is renewed that lasts for long. */
const RENEW_EARLY_MS = 60_000;

/**
 * Finds the tokens in the answer of a token endpoint: by the service that they are for, as their order says nothing.
 *
 * @throws {ComputeAuthorizationError} If there is none for the Compute service.
 */
export function grantedTokens(body: Record<string, unknown>, nowMs: number): GrantedTokens {
  const others = Array.isArray(body.other_tokens) ? body.other_tokens : [];
  const all = [body, ...others].filter(isRecord);
  const compute = all.find(({ resource_server }) => resource_server === COMPUTE_RESOURCE_SERVER);
  const token = compute && readToken(compute, nowMs);
  if (!token) {
    throw new ComputeAuthorizationError(
      `Cannot log in: no token for the Compute service was given, so let the client have the scope ${COMPUTE_SCOPE}`,
    );
  }
  const isForUserinfo = (record: Record<string, unknown>) => `${record.scope}`.split(" ").includes("openid");
  const other = all.find((record) => record !== compute && isForUserinfo(record));
  const userinfo = isForUserinfo(compute) || !other ? undefined : readToken(other, nowMs);
  return userinfo === undefined ? { compute: token } : { compute: token, userinfo };
}

function readToken(record: Record<string, unknown>, nowMs: number): StoredToken | undefined {
  const { access_token, expires_in } = record;
  if (!isBearerToken(access_token)) return undefined;
  const seconds = typeof expires_in === "number" && expires_in > 0 ? expires_in : undefined;
  const { renewAtMs } = tokenFor(access_token, seconds, nowMs);
  const scope = optionalString(record.scope) ?? "";
  return keptToken(
    { accessToken: access_token, renewAtMs, scope },
    optionalString(record.refresh_token),
    nowMs,
  );
}

/** A token as it is kept, from one that has just come. */
export function keptToken(
  { accessToken, renewAtMs, scope }: { accessToken: string; renewAtMs?: number | undefined; scope: string },
  refreshToken: string | undefined,
  nowMs: number,
): StoredToken {
  const token: StoredToken = { accessToken, scope };
  if (renewAtMs !== undefined) {
    // It is renewed a minute early, or after half of its time.
    token.expiresAtMs = renewAtMs + Math.min(RENEW_EARLY_MS, renewAtMs - nowMs);
    // Without a refresh token it is used to its end.
    token.renewAtMs = refreshToken === undefined ? token.expiresAtMs : renewAtMs;
  }
  if (refreshToken !== undefined) token.refreshToken = refreshToken;
  return token;
}
