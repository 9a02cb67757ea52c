import { checkKeys } from "../../src/base/check.ts";
import { type ClaimValue, findWrongClaim } from "./find_wrong_claim.ts";
import { namedVerifier } from "./named_verifier.ts";
import type { JsonWebKeySet, KeySet } from "./key_set.ts";
import { readBearerToken } from "./read_bearer_token.ts";
import { readJwtOptions } from "./read_jwt_options.ts";
import { refuse } from "./refuse.ts";
import { ComputeAuthorizationError } from "../../src/errors/authorization_error.ts";
import type { Verifier } from "./verifier.ts";

const JWT_BEARER_KEYS =
  "issuer audience algorithms claims jwksUrl keys isSingleUse clockToleranceSeconds maxAgeSeconds cooldownSeconds";

/** What {@linkcode jwtBearer} takes. */
export interface JwtBearerOptions {
  /** Who issues the tokens, `https://token.actions.githubusercontent.com` for one: the claim `iss`, to the letter. */
  readonly issuer: string;
  /** Whom a token must be for, the claim `aud`; of several, any. */
  readonly audience: string | readonly string[];
  /**
   * The algorithms that a token may be signed with, all of them asymmetric.
   * @default {["RS256"]}
   */
  readonly algorithms?: readonly string[];
  /**
   * What other claims must be. Of several values, any; where the claim is a list, one of its entries. For GitHub Actions
   * there must be one that says whose workflow it is, as anybody there can get a token for any audience.
   */
  readonly claims?: Readonly<Record<string, ClaimValue | readonly ClaimValue[]>>;
  /**
   * Where the issuer's keys are.
   * @default {`jwks_uri` of the issuer's `/.well-known/openid-configuration`}
   */
  readonly jwksUrl?: string | URL;
  /** The issuer's public keys (RFC 7517), in place of `jwksUrl`: then nothing is fetched. */
  readonly keys?: JsonWebKeySet;
  /**
   * Whether a token is good for one delivery: its `jti` is the delivery's id. Where senders use a token several
   * times, they send an `Idempotency-Key` with each delivery instead.
   * @default {true}
   */
  readonly isSingleUse?: boolean;
  /**
   * By how many seconds the issuer's clock may differ.
   * @default {30}
   */
  readonly clockToleranceSeconds?: number;
  /**
   * After how many seconds the keys are fetched anew.
   * @default {600}
   */
  readonly maxAgeSeconds?: number;
  /**
   * In how many seconds two fetches at most are made for the sake of keys that are not known.
   * @default {30}
   */
  readonly cooldownSeconds?: number;
}

/**
 * Lets in who has a token of this issuer (a JWT, RFC 7519) in `Authorization: Bearer …`: workflows of GitHub Actions,
 * people and services that Globus Auth has logged in, or any other OpenID Connect issuer.
 *
 * The issuer's keys are fetched when they are first needed, kept, and fetched anew when they are old or a token
 * names one that is not known. Where the issuer names another host for them, that must be a public one. The claims of a token are handed to the hook: `authorizerFor` may depend on them.
 * The token does not cover the body: that is as safe as the connection that both came over.
 *
 * @example Workflows of one repository on GitHub, on its main branch
 * ```ts
 * import { jwtBearer } from "@edge-compute/globus/edge";
 *
 * export const verify = jwtBearer({
 *   issuer: "https://token.actions.githubusercontent.com",
 *   audience: "https://hooks.example.org",
 *   claims: { repository_id: "1296269", ref: "refs/heads/main" },
 * });
 * ```
 *
 * @example Whoever has logged in to a portal through Globus Auth
 * ```ts
 * import { jwtBearer } from "@edge-compute/globus/edge";
 *
 * export const verify = jwtBearer({
 *   issuer: "https://auth.globus.org",
 *   audience: "b5cf6f1e-5c2a-4b80-9a0b-4c0f5a5c0c11", // the portal's client
 *   algorithms: ["RS512"],
 *   jwksUrl: "https://auth.globus.org/jwk.json",
 *   isSingleUse: false,
 * });
 * ```
 *
 * The verifier rejects where the keys cannot be had.
 *
 * @throws {TypeError} If an option would let through what it must not: no issuer, no audience, an algorithm whose
 * secret would be a public key, an address that is not HTTPS, any workflow on GitHub.
 * @throws {RangeError} If a number of seconds is out of its range.
 */
export function jwtBearer(options: JwtBearerOptions): Verifier {
  checkKeys(options, "jwtBearer()", JWT_BEARER_KEYS, "issuer audience");
  const checked = readJwtOptions(options);
  let keys: KeySet | undefined;

  return namedVerifier("jwtBearer", async ({ headers }, context) => {
    const token = readBearerToken(headers);
    if (token === undefined) return refuse("there is no 'Authorization: Bearer …' with a token");
    const { keySet, verifyByKeySet } = await import("./verify_by_key_set.ts"); // With jose.
    keys ??= keySet(checked);
    let claims: Record<string, unknown>;
    try {
      claims = await verifyByKeySet(token, checked, keys, context);
    } catch (error) {
      if (error instanceof ComputeAuthorizationError) return refuse(error.message);
      throw error;
    }
    const wrong = findWrongClaim(claims, checked.claims);
    if (wrong !== undefined) return refuse(wrong);
    const { jti } = claims;
    if (!checked.isSingleUse || jti === undefined) return { isVerified: true, isIdSigned: true, claims };
    if (!isId(jti)) return refuse("the token's claim 'jti' is no id of up to 256 characters");
    return { isVerified: true, deliveryId: jti, isIdSigned: true, claims };
  });
}

function isId(jti: unknown): jti is string {
  return typeof jti === "string" && jti !== "" && jti.length <= 256;
}
