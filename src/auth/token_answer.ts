import { COMPUTE_RESOURCE_SERVER } from "../http/globus_auth.ts";
import { given, isRecord, parseJson } from "../base/narrow.ts";
import { isBearerToken } from "./bearer.ts";
import type { Token } from "./token_cache.ts";

/** A token as the server wrote it. */
export type TokenDocument = Readonly<Record<string, unknown>>;

/** What makes a token, or a whole answer, unusable. */
export class TokenProblem {
  /** It shows no token. */
  constructor(readonly problem: string) {}
}

/** A token of an answer (RFC 6749, section 5.1). */
export interface AnsweredToken {
  accessToken: string;
  /** Absent where the server did not say. */
  expiresInSeconds?: number;
  refreshToken?: string;
  scope?: string;
}

/** Beyond three centuries a token is as good as one without an end. */
const MAX_LIFETIME_SECONDS = 1e10;

/** The tokens of an answer: those of a list (dependent tokens), or one with others beside it. */
export function tokensIn(text: string): TokenDocument[] | TokenProblem {
  let body: unknown;
  try {
    body = parseJson(text);
  } catch {
    return new TokenProblem("its answer is not JSON");
  }
  if (Array.isArray(body)) return body.filter(isRecord);
  if (!isRecord(body)) return new TokenProblem("its answer is not a JSON object");
  const others = Array.isArray(body.other_tokens) ? body.other_tokens.filter(isRecord) : [];
  return [body, ...others];
}

/** The token for the Compute service: the order of tokens says nothing. */
export function tokenForCompute(tokens: readonly TokenDocument[]): TokenDocument | TokenProblem {
  const found = tokens.find(({ resource_server }) => resource_server === COMPUTE_RESOURCE_SERVER);
  if (found !== undefined) return found;
  const names = tokens.map(({ resource_server }) => resource_server).filter(isName);
  const instead = names.length === 0 ? "" : `, but for ${[...new Set(names)].join(", ")}`;
  return new TokenProblem(
    `its answer has no token for the Compute service (${COMPUTE_RESOURCE_SERVER})${instead}`,
  );
}

/** The one token of an answer, or of several that for the Compute service. */
export function readOneToken(text: string): AnsweredToken | TokenProblem {
  const tokens = tokensIn(text);
  if (tokens instanceof TokenProblem) return tokens;
  const [first] = tokens;
  const token = first !== undefined && tokens.length === 1 ? first : tokenForCompute(tokens);
  return token instanceof TokenProblem ? token : readAnsweredToken(token);
}

/** Reads a token as leniently as the Python SDK does: `null` is as good as nothing, and the type may be missing. */
export function readAnsweredToken(token: TokenDocument): AnsweredToken | TokenProblem {
  const { access_token, token_type, refresh_token, scope } = token;
  if (isAbsent(access_token)) {
    const instead = isName(token.error) ? `, but the error '${token.error}'` : "";
    return new TokenProblem(`its answer has no 'access_token'${instead}`);
  }
  if (!isBearerToken(access_token)) {
    return new TokenProblem("its 'access_token' is not a text, or has characters that no token has");
  }
  if (!isAbsent(token_type) && !/^bearer$/i.test(String(token_type))) {
    const type = isName(token_type) ? `'${token_type}'` : "something else";
    return new TokenProblem(`its 'token_type' must be 'Bearer', and is ${type}`);
  }
  const expiresInSeconds = readSeconds(token.expires_in);
  if (Number.isNaN(expiresInSeconds)) return new TokenProblem("its 'expires_in' is not a number of seconds");
  if (!isAbsent(refresh_token) && typeof refresh_token !== "string") {
    return new TokenProblem("its 'refresh_token' is not a text");
  }
  return given({
    accessToken: access_token,
    expiresInSeconds,
    refreshToken: isAbsent(refresh_token) ? undefined : refresh_token,
    scope: typeof scope === "string" ? scope : undefined,
  });
}

/** The same as the strict reader of `oauth4webapi` takes it. */
export function tokenResponse(
  { accessToken, expiresInSeconds, refreshToken, scope }: AnsweredToken,
  more: TokenDocument = {},
): Response {
  return Response.json({
    access_token: accessToken,
    token_type: "Bearer",
    expires_in: expiresInSeconds,
    refresh_token: refreshToken,
    scope,
    ...more,
  });
}

/** A refusal as that reader takes it: without a challenge in its header, which would hide what the body says. */
export function refusalResponse(text: string, { status, headers }: Response): Response {
  const type = headers.get("content-type") ?? "";
  try {
    return Response.json(parseJson(text), { status });
  } catch {
    return new Response(text || null, { status, headers: { "content-type": type } });
  }
}

/** Seconds as a number or as a text of one; `NaN` for anything else. */
function readSeconds(value: unknown): number | undefined {
  if (isAbsent(value)) return undefined;
  const isNumber = typeof value === "number" || (typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value));
  const seconds = isNumber ? Number(value) : NaN;
  return seconds > MAX_LIFETIME_SECONDS ? undefined : Math.max(0, seconds);
}

function isAbsent(value: unknown): value is undefined | null | "" {
  return value === undefined || value === null || value === "";
}

/** Whether it may be shown: a name has dots and letters, and is shorter than any token. */
function isName(value: unknown): value is string {
  return typeof value === "string" && /^[a-z][a-z_.-]{0,39}$/i.test(value);
}

/** How long before its end a token is renewed: as in the Python SDK. */
const RENEW_EARLY_MS = 60_000;

/** A token that lasts from now on. One that lasts for less than two minutes is renewed after half of its time. */
export function tokenFor(accessToken: string, expiresInSeconds: number | undefined, nowMs: number): Token {
  if (expiresInSeconds === undefined) return { accessToken };
  const lifetimeMs = expiresInSeconds * 1000;
  return { accessToken, renewAtMs: nowMs + lifetimeMs - Math.min(RENEW_EARLY_MS, lifetimeMs / 2) };
}
