import { checkKeys } from "../base/check.ts";
import type { Authorizer } from "../http/authorizer.ts";
import type { Clock } from "../base/clock.ts";
import { checkSigner, DEFAULT_LIFETIME_SECONDS, JWT_KEYS, type SignedJwt, signJwt } from "./signed_jwt.ts";
import { copyKey } from "./signer_key.ts";

/** How a JWT can be signed (RFC 7518, RFC 8037): with a secret that both sides know (`HS…`), or a private key. */
export type JwtAlgorithm =
  | "HS256"
  | "HS384"
  | "HS512"
  | "RS256"
  | "RS384"
  | "RS512"
  | "PS256"
  | "PS384"
  | "PS512"
  | "ES256"
  | "ES384"
  | "ES512"
  | "EdDSA"
  | "Ed25519";

/**
 * What a JWT is signed with: a key of WebCrypto, a JSON Web Key (RFC 7517), a private key as PKCS #8 in PEM, or
 * the bytes of a secret, for `HS…` alone.
 */
export type JwtKey = CryptoKey | JsonWebKey & { kid?: string } | string | Uint8Array;

/** What a JWT is made of. */
export interface JwtOptions {
  /** Signs it. It is never shown. */
  key: JwtKey;
  /** Must be one that the key is made for. */
  algorithm: JwtAlgorithm;
  /** Who issues it: `iss`. */
  issuer: string;
  /** Whom it speaks for: `sub`. Left out if it is not given. */
  subject?: string;
  /** Whom it is for: `aud`, one or several. A service takes none that is for others. */
  audience: string | readonly string[];
  /** More claims, as JSON. `iss`, `sub`, `aud`, `exp`, `iat` and `jti` are not among them. */
  claims?: Record<string, unknown>;
  /**
   * How long it is valid, in whole seconds.
   * @default {300}
   */
  lifetimeSeconds?: number;
  /**
   * Tells the service which key to check it with: `kid`.
   * @default the `kid` of a JSON Web Key
   */
  keyId?: string;
}

/** A new one is made so long before the end of the last, or when half of its time is over. */
const RENEW_BEFORE_MS = 60_000;

/**
 * An authorizer that signs its token by itself, for a service or a gateway that trusts your key: a JWT (RFC 7519),
 * sent as a bearer token (RFC 6750). It is used again until shortly before its end, and made anew when the service
 * refuses it. A JWT cannot be revoked, so keep its lifetime short.
 *
 * @example A private key from the environment
 * ```ts
 * import { createClient, jwt } from "@edge-compute/globus";
 *
 * const authorizer = jwt({
 *   key: Deno.env.get("COMPUTE_PRIVATE_KEY") ?? "",
 *   algorithm: "ES256",
 *   issuer: "https://portal.example.org",
 *   subject: "portal",
 *   audience: "https://compute.example.org",
 * });
 * const client = createClient({ baseUrl: "https://compute.example.org", authorizer });
 * ```
 *
 * @param options What the JWT is made of.
 * @returns An authorizer. What it throws for a key that turns out to be broken is a
 * {@linkcode ComputeAuthorizationError}, which does not show it.
 * @throws {TypeError} If an option is of the wrong type, or the key is not for the algorithm.
 * @throws {RangeError} If an option is empty or out of range, or the algorithm unknown.
 */
export function jwt(options: JwtOptions): Authorizer {
  checkKeys(options, "jwt()", JWT_KEYS, "key algorithm issuer audience");
  checkSigner(options);
  const own = { ...options, key: copyKey(options.key) };
  const { issuer, subject = issuer, lifetimeSeconds = DEFAULT_LIFETIME_SECONDS } = own;
  const lifetimeMs = lifetimeSeconds * 1000;
  const usedForMs = lifetimeMs - Math.min(RENEW_BEFORE_MS, lifetimeMs / 2);
  let kept: (SignedJwt & { signedMs: number }) | undefined;
  /** By client: on Workers, a promise of one request must not be waited for in another. */
  const underWay = new WeakMap<object, Promise<SignedJwt>>();

  const authorize: Authorizer = async (request, { clock, client, rejected }) => {
    const refused = rejected?.headers.get("authorization");
    const current = isFresh(kept, clock) && bearer(kept) !== refused ? kept : await sign(clock, client);
    request.headers.set("authorization", bearer(current));
    return request;
  };

  /** By both clocks: where the time of day was set back, the JWT would seem to be of tomorrow, and to last for longer. */
  function isFresh(jwt: typeof kept, clock: Clock): jwt is NonNullable<typeof kept> {
    if (jwt === undefined) return false;
    const ageMs = clock.nowMs() - (jwt.expiresAtMs - lifetimeMs);
    return ageMs >= 0 && Math.max(ageMs, clock.monotonicMs() - jwt.signedMs) < usedForMs;
  }

  function sign(clock: Clock, client: object): Promise<SignedJwt> {
    const first = underWay.get(client);
    if (first !== undefined) return first;
    const signedMs = clock.monotonicMs();
    const signing = signJwt(own, clock)
      .then((signed) => kept = { ...signed, signedMs })
      .finally(() => underWay.delete(client));
    underWay.set(client, signing);
    return signing;
  }

  authorize.identify = () => ({ issuer });
  authorize.account = () => `${issuer}|${subject}`;
  return authorize;
}

function bearer({ token }: SignedJwt): string {
  return `Bearer ${token}`;
}
