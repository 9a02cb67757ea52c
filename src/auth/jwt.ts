import { checkKeys } from "../base/check.ts";
import type { Authorizer } from "../http/authorizer.ts";
import type { Clock } from "../base/clock.ts";
import { DEFAULT_LIFETIME_SECONDS, JWT_KEYS, type JwtOptions, type SignedJwt } from "./jwt_options.ts";
import { checkSigner, signJwt } from "./signed_jwt.ts";
import { copyKey } from "./signer_key.ts";

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
