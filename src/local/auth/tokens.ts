import type { Clock } from "../../base/clock.ts";
import { sha256Hex } from "../../base/sha256.ts";
import { createSecret } from "../queue_infos.ts";
import type { Account } from "./accounts.ts";
import type { ScopeGroup } from "./scopes.ts";

/** What somebody once allowed: all tokens that came of it end with it. */
export interface Grant {
  account: Account;
  /** Who may use, renew and revoke its tokens. */
  clientId: string;
  /** Policies that the login has met. */
  policies: readonly string[];
  isRevoked: boolean;
}

/** What is known of an access token. */
export interface AccessToken extends ScopeGroup {
  grant: Grant;
  issuedAtMs: number;
  expiresAtMs: number;
  isRevoked: boolean;
}

/** What is known of a refresh token. It can be used once: the next one comes with the answer. */
export interface RefreshToken extends ScopeGroup {
  grant: Grant;
}

/** A code that is to be traded for tokens. */
export interface Code {
  grant: Grant;
  groups: ScopeGroup[];
  redirectUri: string;
  codeChallenge: string | undefined;
  nonce: string | undefined;
  isOffline: boolean;
  expiresAtMs: number;
  isUsed: boolean;
}

/** The tokens and codes of the service. What it has made on demand it knows by its digest alone. */
export interface Tokens {
  /** Takes a token that was made elsewhere, and never ends. */
  adopt(token: string, grant: Grant, group: ScopeGroup): void;
  issueAccess(grant: Grant, group: ScopeGroup, lifetimeMs: number): Promise<string>;
  findAccess(token: string): Promise<AccessToken | undefined>;
  issueRefresh(grant: Grant, group: ScopeGroup): Promise<string>;
  findRefresh(token: string): Promise<RefreshToken | undefined>;
  /** Whether it was there until now. */
  dropRefresh(token: string): Promise<boolean>;
  issueCode(code: Code): Promise<string>;
  findCode(code: string): Promise<Code | undefined>;
  /** Whether an id was never seen before: an assertion is taken once. */
  isFirst(id: string): boolean;
  /** Ends all access tokens that were issued. */
  expireAll(): void;
}

/** How many of each are remembered: a service may run for weeks. */
const MAX_REMEMBERED = 10_000;

/** A service's tokens, in memory. */
export function createTokens(clock: Clock): Tokens {
  const access = new Map<string, AccessToken>();
  const refresh = new Map<string, RefreshToken>();
  const codes = new Map<string, Code>();
  const seen = new Map<string, true>();
  const adopted = new Map<string, AccessToken>();
  return {
    adopt(token, grant, group) {
      const issuedAtMs = clock.nowMs();
      adopted.set(token, { ...group, grant, issuedAtMs, expiresAtMs: Infinity, isRevoked: false });
    },
    issueAccess: (grant, group, lifetimeMs) => {
      const issuedAtMs = clock.nowMs();
      return issue(access, {
        ...group,
        grant,
        issuedAtMs,
        expiresAtMs: issuedAtMs + lifetimeMs,
        isRevoked: false,
      });
    },
    findAccess: async (token) => adopted.get(token) ?? access.get(await sha256Hex(token)),
    issueRefresh: (grant, group) => issue(refresh, { ...group, grant }),
    findRefresh: async (token) => refresh.get(await sha256Hex(token)),
    dropRefresh: async (token) => refresh.delete(await sha256Hex(token)),
    issueCode: (code) => issue(codes, code),
    findCode: async (code) => codes.get(await sha256Hex(code)),
    isFirst(id) {
      if (seen.has(id)) return false;
      remember(seen, id, true);
      return true;
    },
    expireAll() {
      const nowMs = clock.nowMs();
      for (const token of access.values()) {
        token.expiresAtMs = Math.min(token.expiresAtMs, nowMs);
      }
    },
  };
}

async function issue<Value>(map: Map<string, Value>, value: Value): Promise<string> {
  const secret = createSecret();
  remember(map, await sha256Hex(secret), value);
  return secret;
}

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MAX_REMEMBERED && oldest !== undefined) map.delete(oldest);
}
