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

/** What {@linkcode JwtOptions} has. */
export const JWT_KEYS = "key algorithm issuer subject audience claims lifetimeSeconds keyId";

/** How long a JWT is valid: short, for it cannot be revoked. */
export const DEFAULT_LIFETIME_SECONDS = 300;

/** A JWT as it is sent. */
export interface SignedJwt {
  token: string;
  /** When it ends, in milliseconds since 1970. */
  expiresAtMs: number;
}

/** Claims as they will be sent. */
export function asJson(claims: Record<string, unknown> | undefined): Record<string, unknown> {
  return claims === undefined ? {} : JSON.parse(JSON.stringify(claims));
}
