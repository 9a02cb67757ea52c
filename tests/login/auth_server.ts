import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { COMPUTE_SCOPE } from "../../src/http/globus_auth.ts";

/** A small Globus Auth over HTTP, with the shapes of the real one: several tokens, RS512 without `kid`. */
export interface AuthServer extends AsyncDisposable {
  issuer: string;
  /** Every request with its form, in order. */
  requests: { route: string; form: URLSearchParams; authorization: string | undefined }[];
  /** What a test changes. */
  behaviour: {
    /** A refresh token is used up by its use. */
    rotates: boolean;
    expiresIn: number;
    /** Routes that answer with this status and body. */
    fail: Map<string, { status: number; body: string }>;
    /** Routes that never answer. */
    silent: Set<string>;
    claims: Record<string, unknown>;
    /** The key that signs is not the one that is published. */
    forged: boolean;
    algorithm: "RS512" | "RS256";
    /** The Compute token comes first, and alone. */
    single: boolean;
    /** Changes the answer to a code. */
    alter: (answer: Record<string, unknown>) => unknown;
    /** Stands before each answer. */
    prefix: string;
  };
  /** The person says yes: returns the address that the browser is sent to. */
  authorize(url: string): URL;
  /** Tokens that are good now, by what they are for. */
  access: Map<string, string>;
  refresh: Map<string, string>;
}

const SUB = "aaaaaaaa-0000-4000-8000-000000000001";
const encoder = new TextEncoder();

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function makeKeys(hash: string): Promise<CryptoKeyPair> {
  const algorithm = {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
    hash,
  };
  return crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

/** Made once, as that takes its time. */
let KEYS: ReturnType<typeof makeAllKeys> | undefined;

async function makeAllKeys() {
  const [RS512, RS256, foreign] = await Promise.all(["SHA-512", "SHA-256", "SHA-512"].map(makeKeys));
  return { RS512, RS256, foreign } as Record<"RS512" | "RS256" | "foreign", CryptoKeyPair>;
}

export async function startAuthServer(): Promise<AuthServer> {
  const { foreign, ...keys } = await (KEYS ??= makeAllKeys());
  const codes = new Map<string, { challenge: string; redirectUri: string; clientId: string }>();
  let count = 0;
  const server = createServer(async (incoming, outgoing) => {
    const url = new URL(incoming.url ?? "/", issuer);
    const route = `${incoming.method} ${url.pathname}`;
    const form = new URLSearchParams(await textOf(incoming));
    const { authorization } = incoming.headers;
    auth.requests.push({ route, form, authorization });
    if (auth.behaviour.silent.has(route)) return;
    const failure = auth.behaviour.fail.get(route);
    const [status, body] = failure
      ? [failure.status, failure.body]
      : await answer(route, form, authorization).then(([status, value]) => [status, JSON.stringify(value)]);
    outgoing.writeHead(status as number, { "content-type": "application/json", connection: "close" });
    outgoing.end(auth.behaviour.prefix + body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function answer(
    route: string,
    form: URLSearchParams,
    authorization: string | undefined,
  ): Promise<[number, unknown]> {
    switch (route) {
      case "GET /.well-known/openid-configuration":
        return [200, {
          issuer,
          authorization_endpoint: `${issuer}/v2/oauth2/authorize`,
          token_endpoint: `${issuer}/v2/oauth2/token`,
          jwks_uri: `${issuer}/jwk.json`,
          id_token_signing_alg_values_supported: ["RS512"],
        }];
      case "GET /jwk.json": {
        const { kty, n, e } = await crypto.subtle.exportKey("jwk", keys.RS512.publicKey);
        return [200, { keys: [{ kty, n, e, alg: "RS512", use: "sig" }] }];
      }
      case "POST /v2/oauth2/token":
        return form.get("grant_type") === "refresh_token" ? renew(form) : await trade(form);
      case "POST /v2/oauth2/token/revoke": {
        if (!form.get("client_id")) return [401, { error: "invalid_client" }];
        auth.access.delete(form.get("token") ?? "");
        auth.refresh.delete(form.get("token") ?? "");
        return [200, { active: false }];
      }
      case "GET /v2/oauth2/userinfo": {
        const use = auth.access.get((authorization ?? "").replace("Bearer ", ""));
        const isRight = use === "auth.globus.org" || auth.behaviour.single && use !== undefined;
        if (!isRight) return [403, { errors: [{ code: "FORBIDDEN" }] }];
        return [200, { sub: SUB, preferred_username: "ada@example.org", name: "Ada Lovelace" }];
      }
    }
    return [404, {}];
  }

  async function trade(form: URLSearchParams): Promise<[number, unknown]> {
    const known = codes.get(form.get("code") ?? "");
    codes.delete(form.get("code") ?? "");
    const digest = await crypto.subtle.digest("SHA-256", encoder.encode(form.get("code_verifier") ?? ""));
    const isRight = known !== undefined && known.challenge === base64url(new Uint8Array(digest)) &&
      known.redirectUri === form.get("redirect_uri") && known.clientId === form.get("client_id");
    if (!isRight) {
      return [400, { error: "invalid_grant", error_description: `the code ${form.get("code")} is not good` }];
    }
    const compute = token("funcx_service", COMPUTE_SCOPE);
    const id_token = await idToken(known.clientId);
    if (auth.behaviour.single) {
      const scope = `${COMPUTE_SCOPE} openid profile email`;
      return [200, auth.behaviour.alter({ ...compute, scope, id_token, other_tokens: [] })];
    }
    const own = token("auth.globus.org", "openid profile email");
    const other_tokens = [token("transfer.api.globus.org", "x"), compute];
    return [200, auth.behaviour.alter({ ...own, id_token, other_tokens })];
  }

  function renew(form: URLSearchParams): [number, unknown] {
    const used = form.get("refresh_token") ?? "";
    const use = auth.refresh.get(used);
    if (use === undefined) {
      return [400, { error: "invalid_grant", error_description: `${used} was not found` }];
    }
    const { refresh_token, ...next } = token(
      use,
      use === "funcx_service" ? COMPUTE_SCOPE : "openid profile email",
    );
    if (auth.behaviour.rotates) {
      auth.refresh.delete(used);
      return [200, { ...next, refresh_token, other_tokens: [] }];
    }
    auth.refresh.delete(refresh_token);
    return [200, { ...next, other_tokens: [] }];
  }

  function token(resource_server: string, scope: string) {
    count += 1;
    const access_token = `secret-access-${count}`;
    const refresh_token = `secret-refresh-${count}`;
    auth.access.set(access_token, resource_server);
    auth.refresh.set(refresh_token, resource_server);
    const { expiresIn } = auth.behaviour;
    return {
      access_token,
      refresh_token,
      resource_server,
      scope,
      expires_in: expiresIn,
      token_type: "Bearer",
    };
  }

  async function idToken(audience: string): Promise<string> {
    const { algorithm, claims, forged } = auth.behaviour;
    const now = Math.floor(Date.now() / 1000);
    const payload = {
      iss: issuer,
      aud: audience,
      sub: SUB,
      iat: now,
      exp: now + 3600,
      preferred_username: "ada@example.org",
      name: "Ada Lovelace",
      ...claims,
    };
    const parts = [{ typ: "JWT", alg: algorithm }, payload].map((part) =>
      base64url(encoder.encode(JSON.stringify(part)))
    );
    const key = forged ? foreign.privateKey : keys[algorithm].privateKey;
    const signature = await crypto.subtle.sign("RSASSA-PKCS1-v1_5", key, encoder.encode(parts.join(".")));
    return [...parts, base64url(new Uint8Array(signature))].join(".");
  }

  const auth: AuthServer = {
    issuer,
    requests: [],
    behaviour: {
      rotates: false,
      expiresIn: 172_800,
      fail: new Map(),
      silent: new Set(),
      claims: {},
      forged: false,
      algorithm: "RS512",
      single: false,
      alter: (answer) => answer,
      prefix: "",
    },
    authorize(address) {
      const { searchParams } = new URL(address);
      const of = (name: string) => searchParams.get(name) ?? "";
      const code = `secret-code-${++count}`;
      codes.set(code, {
        challenge: of("code_challenge"),
        redirectUri: of("redirect_uri"),
        clientId: of("client_id"),
      });
      const callback = new URL(of("redirect_uri"));
      callback.searchParams.set("code", code);
      callback.searchParams.set("state", of("state"));
      return callback;
    },
    access: new Map(),
    refresh: new Map(),
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return auth;
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return new TextDecoder().decode(await new Blob(chunks as BlobPart[]).arrayBuffer());
}
