import { isRecord, isText } from "../../src/base/narrow.ts";
import { checkNumber } from "../../src/base/check.ts";
import { cannotUse, checkJwtRules } from "../../src/auth/jwt_rules.ts";
import type { ClaimValue } from "./find_wrong_claim.ts";
import { isSafeUrl } from "./is_safe_url.ts";
import type { JwtBearerOptions } from "./jwt_bearer.ts";
import type { JsonWebKeySet } from "./key_set.ts";

/** The options of `jwtBearer`, checked, and with their defaults. */
export interface ReadJwtOptions {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly algorithms: readonly string[];
  readonly claims: Readonly<Record<string, readonly ClaimValue[]>>;
  readonly jwksUrl: URL | undefined;
  readonly keys: JsonWebKeySet | undefined;
  readonly isSingleUse: boolean;
  readonly clockToleranceSeconds: number;
  readonly maxAgeSeconds: number;
  readonly cooldownSeconds: number;
}

const GITHUB_ACTIONS = /^https:\/\/token\.actions\.githubusercontent\.com(?:\/|$)/;
/** Each of them says whose workflow it is. */
const WHOSE = [
  "sub",
  "repository",
  "repository_id",
  "repository_owner",
  "repository_owner_id",
  "workflow_ref",
  "job_workflow_ref",
  "enterprise",
  "enterprise_id",
];

/**
 * Checks the options of `jwtBearer`.
 *
 * @throws {TypeError} If one would let through what it must not.
 * @throws {RangeError} If a number of seconds is out of its range.
 */
export function readJwtOptions(options: JwtBearerOptions): ReadJwtOptions {
  const { issuer, algorithms = ["RS256"], claims = {}, jwksUrl, keys, isSingleUse = true } = options;
  const { clockToleranceSeconds = 30, maxAgeSeconds = 600, cooldownSeconds = 30 } = options;
  const audience = [options.audience].flat();
  checkJwtRules("jwtBearer()", { issuer, audience, algorithms });
  if (keys !== undefined && jwksUrl !== undefined) throw cannot("keys", "it stands in place of 'jwksUrl'");
  for (
    const [name, seconds] of Object.entries({ clockToleranceSeconds, maxAgeSeconds, cooldownSeconds })
  ) {
    checkNumber(seconds, `'${name}' of jwtBearer()`, 0, 86_400, false);
  }
  if (keys === undefined) readUrl(jwksUrl ?? issuer, jwksUrl === undefined ? "issuer" : "jwksUrl");
  return {
    issuer,
    audience,
    algorithms: [...algorithms],
    claims: readClaims(claims, issuer),
    jwksUrl: jwksUrl === undefined ? undefined : readUrl(jwksUrl, "jwksUrl"),
    keys: keys === undefined ? undefined : checkKeySet(keys),
    isSingleUse,
    clockToleranceSeconds,
    maxAgeSeconds,
    cooldownSeconds,
  };
}

function readUrl(text: string | URL, name: string): URL {
  if (!URL.canParse(text)) {
    throw cannot(name, "it is no address; give 'jwksUrl' or 'keys' where the issuer's name is none");
  }
  const url = new URL(text);
  if (!isSafeUrl(url)) throw cannot(name, "it must be HTTPS, or plain HTTP to loopback");
  return url;
}

function readClaims(
  claims: NonNullable<JwtBearerOptions["claims"]>,
  issuer: string,
): ReadJwtOptions["claims"] {
  if (!isRecord(claims)) {
    throw cannot("claims", "it must be an object of them by their names");
  }
  const read = Object.entries(claims).map(([name, value]) => {
    const values: readonly unknown[] = [value].flat();
    if (values.length === 0 || !values.every(isClaimValue)) {
      throw cannot(`claims.${name}`, "it must be a text, a number or a boolean, or several of them");
    }
    return [name, values] as const;
  });
  if (GITHUB_ACTIONS.test(issuer) && !WHOSE.some((name) => Object.hasOwn(claims, name))) {
    throw cannot("claims", "any workflow on GitHub would be let in; say whose, by 'repository_id' for one");
  }
  return Object.fromEntries(read);
}

function checkKeySet(set: JsonWebKeySet): JsonWebKeySet {
  if (!Array.isArray(set?.keys) || set.keys.length === 0) {
    throw cannot("keys", "it must be a set of JSON Web Keys, { keys: […] }, with one at least");
  }
  for (const key of set.keys as unknown[]) {
    if (typeof key !== "object" || key === null || !("kty" in key) || key.kty === "oct" || "d" in key) {
      throw cannot("keys", "each must be a public JSON Web Key");
    }
  }
  return structuredClone(set);
}

function isClaimValue(value: unknown): value is ClaimValue {
  return isText(value) || typeof value === "boolean" || Number.isFinite(value);
}

function cannot(name: string, reason: string): TypeError {
  return cannotUse(name, "jwtBearer()", reason);
}
