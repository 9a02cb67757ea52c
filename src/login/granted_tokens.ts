import {
  type AnsweredToken,
  readAnsweredToken,
  type TokenDocument,
  tokenFor,
  tokenForCompute,
  TokenProblem,
  tokensIn,
} from "../auth/token_answer.ts";
import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import { COMPUTE_SCOPE } from "../http/globus_auth.ts";
import type { StoredToken } from "./token_file.ts";

/** What a login gave: one token for each service, of which two count. */
export interface GrantedTokens {
  /** The token for Compute as it was answered. */
  answered: AnsweredToken;
  /** Says who has logged in, where the server told. */
  idToken: unknown;
  compute: StoredToken;
  /** The one for userinfo, where that is not the same. */
  userinfo?: StoredToken;
}

/** How long before its end a token is renewed that lasts for long. */
const RENEW_EARLY_MS = 60_000;

/**
 * Finds the tokens in the answer of a token endpoint: by the service that they are for, as their order says nothing.
 *
 * @throws {ComputeAuthorizationError} If there is none for the Compute service, or that cannot be used.
 */
export function grantedTokens(where: string, text: string, nowMs: number): GrantedTokens {
  const all = usable(where, tokensIn(text));
  const compute = usable(where, tokenForCompute(all), `so let the client have the scope ${COMPUTE_SCOPE}`);
  const answered = usable(where, readAnsweredToken(compute));
  const isForUserinfo = (token: TokenDocument) => `${token.scope}`.split(" ").includes("openid");
  const other = all.find((token) => token !== compute && isForUserinfo(token));
  const userinfo = isForUserinfo(compute) || !other ? undefined : readAnsweredToken(other);
  return {
    answered,
    idToken: all.find(({ id_token }) => typeof id_token === "string")?.id_token,
    compute: storedToken(answered, nowMs),
    ...(userinfo === undefined || userinfo instanceof TokenProblem
      ? {}
      : { userinfo: storedToken(userinfo, nowMs) }),
  };
}

function usable<T>(where: string, found: T | TokenProblem, advice?: string): T {
  if (!(found instanceof TokenProblem)) return found;
  const message = `Cannot log in: the answer of ${where} cannot be used: ${found.problem}`;
  throw new ComputeAuthorizationError(advice === undefined ? message : `${message}, ${advice}`);
}

function storedToken(
  { accessToken, expiresInSeconds, refreshToken, scope = "" }: AnsweredToken,
  nowMs: number,
): StoredToken {
  const { renewAtMs } = tokenFor(accessToken, expiresInSeconds || undefined, nowMs);
  return keptToken({ accessToken, renewAtMs, scope }, refreshToken, nowMs);
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
