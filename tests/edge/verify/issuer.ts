import { Buffer } from "node:buffer";
import { exportJWK, generateKeyPair, type JWK } from "jose";
import { NOW_MS } from "./deliveries.ts";

/** A key pair of an issuer. */
export interface SigningKey {
  readonly algorithm: string;
  readonly privateKey: CryptoKey;
  /** The public key, as it stands in a key set. */
  readonly jwk: JWK;
}

export async function signingKey(algorithm: string, kid?: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  const jwk = await exportJWK(publicKey);
  return {
    algorithm,
    privateKey,
    jwk: kid === undefined ? jwk : { ...jwk, kid, alg: algorithm, use: "sig" },
  };
}

export type Json = Record<string, unknown>;

export const base64url = (part: unknown): string =>
  Buffer.from(typeof part === "string" ? part : JSON.stringify(part)).toString("base64url");

/** Signs whatever header and claims with RSA: a library would refuse the half of them. */
export async function signToken(
  { algorithm, privateKey, jwk }: SigningKey,
  claims: unknown,
  header: Json = {},
): Promise<string> {
  const head = { typ: "JWT", alg: algorithm, ...(jwk.kid === undefined ? {} : { kid: jwk.kid }), ...header };
  const input = `${base64url(head)}.${base64url(claims)}`;
  const signature = await crypto.subtle.sign(privateKey.algorithm.name, privateKey, Buffer.from(input));
  return `${input}.${Buffer.from(signature).toString("base64url")}`;
}

/** What a token says that is good for five minutes. */
export function claimsOf(issuer: string, more: Json = {}): Json {
  const now = NOW_MS / 1000;
  return {
    iss: issuer,
    aud: "hooks",
    sub: "lab",
    jti: "token-1",
    iat: now,
    nbf: now,
    exp: now + 300,
    ...more,
  };
}

/** A request with a token. */
export function withToken(token: string): Request {
  return new Request("https://hooks.example.org/", {
    method: "POST",
    body: "{}",
    headers: { authorization: `Bearer ${token}` },
  });
}

/** An issuer that answers on loopback, with keys that a test may change. */
export interface Issuer extends AsyncDisposable {
  readonly issuer: string;
  readonly jwksUrl: string;
  keys: readonly object[];
  /** Answers in place of the key set and the configuration. */
  respond: ((request: Request) => Response | Promise<Response> | undefined) | undefined;
  /** The paths that were asked for. */
  readonly asked: string[];
}

export function startIssuer(...keys: readonly object[]): Issuer {
  const asked: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    const own = await issuer.respond?.(request);
    if (own !== undefined) return own;
    switch (pathname) {
      case "/.well-known/openid-configuration":
        return Response.json({ issuer: issuer.issuer, jwks_uri: issuer.jwksUrl });
      case "/jwks":
        return Response.json({ keys: issuer.keys });
    }
    return new Response(null, { status: 404 });
  });
  const origin = `http://127.0.0.1:${server.addr.port}`;
  const issuer: Issuer = {
    issuer: origin,
    jwksUrl: `${origin}/jwks`,
    keys,
    respond: undefined,
    asked,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
  return issuer;
}
