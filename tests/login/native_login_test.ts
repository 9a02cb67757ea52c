/**
 * `beginLogin()` and `finishLogin()` keep to OAuth with PKCE, and trust no answer and no identity token
 * that is not of this login.
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ComputeAuthorizationError, ComputeNetworkError } from "../../mod.ts";
import { COMPUTE_SCOPE } from "../../src/http/globus_auth.ts";
import { beginLogin, finishLogin } from "../../src/login/mod.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { until } from "../support/until.ts";
import { startAuthServer } from "./auth_server.ts";
import { assertNoSecrets, SECRETS } from "./login_support.ts";

const CLIENT_ID = "11111111-2222-3333-4444-555555555555";

/** A login refused, whose error shows nothing that it should not. */
async function assertRefused(
  work: () => Promise<unknown>,
  text: string,
  secrets: readonly string[] = [],
): Promise<ComputeAuthorizationError> {
  const error = await assertRejects(work, ComputeAuthorizationError, text);
  assertNoSecrets(error, [...SECRETS, ...secrets]);
  return error;
}

Deno.test("beginLogin() asks Globus Auth for a code, with PKCE and state", async () => {
  const pending = await beginLogin({ clientId: CLIENT_ID });
  const { origin, pathname, searchParams } = new URL(pending.url);
  const { code_challenge = "", ...rest } = Object.fromEntries(searchParams);
  assertEquals([origin, pathname], ["https://auth.globus.org", "/v2/oauth2/authorize"]);
  assertEquals(rest, {
    response_type: "code",
    client_id: CLIENT_ID,
    redirect_uri: "https://auth.globus.org/v2/web/auth-code",
    scope: `${COMPUTE_SCOPE} openid profile email`,
    state: pending.state,
    code_challenge_method: "S256",
    access_type: "offline",
  });
  assertEquals([code_challenge.length, pending.codeVerifier.length], [43, 43]);
  assert(!pending.url.includes(pending.codeVerifier));
  const other = await beginLogin({ clientId: CLIENT_ID });
  assert(other.state !== pending.state && other.codeVerifier !== pending.codeVerifier);
});

Deno.test("beginLogin() asks for a session that meets what the service wants", async () => {
  const { url } = await beginLogin({
    clientId: CLIENT_ID,
    session: {
      sessionMessage: "Use your lab's account",
      sessionRequiredIdentities: ["a", "b"],
      sessionRequiredPolicies: ["p", "q"],
      sessionRequiredSingleDomain: ["lab.example.org"],
      sessionRequiredMfa: true,
      requiredScopes: ["urn:extra"],
      prompt: "login",
    },
  });
  const asked = Object.fromEntries(new URL(url).searchParams);
  assertEquals(asked.session_message, "Use your lab's account");
  assertEquals(asked.session_required_identities, "a,b");
  assertEquals(asked.session_required_policies, "p,q");
  assertEquals(asked.session_required_single_domain, "lab.example.org");
  assertEquals([asked.session_required_mfa, asked.prompt], ["true", "login"]);
  assertEquals(asked.scope, `${COMPUTE_SCOPE} openid profile email urn:extra`);
});

Deno.test("beginLogin() sends credentials over HTTPS or to loopback alone", async () => {
  for (const issuer of ["http://auth.example.org", "ftp://127.0.0.1", "auth.globus.org"]) {
    await assertRejects(() => beginLogin({ clientId: CLIENT_ID, issuer }), TypeError, "Cannot use 'issuer'");
  }
  const redirectUri = "http://example.org/callback";
  await assertRejects(() => beginLogin({ clientId: CLIENT_ID, redirectUri }), TypeError, "'redirectUri'");
  await assertRejects(() => beginLogin({ clientId: "" }), TypeError, "Cannot use 'clientId'");
});

for (const form of ["code", "address"] as const) {
  Deno.test(`finishLogin() trades the ${form} for the Compute token among several`, async () => {
    await using auth = await startAuthServer();
    const pending = await beginLogin({ clientId: CLIENT_ID, issuer: auth.issuer });
    const callback = auth.authorize(pending.url);
    const answer = form === "code" ? ` ${callback.searchParams.get("code")}\r\n` : callback.href;
    const before = Date.now();
    const login = await finishLogin(pending, answer);
    const { expiresAtMs = 0, renewAtMs = 0, userinfo, ...rest } = login;
    assertEquals(rest, {
      clientId: CLIENT_ID,
      accessToken: "secret-access-2",
      refreshToken: "secret-refresh-2",
      scope: COMPUTE_SCOPE,
      identity: {
        sub: "aaaaaaaa-0000-4000-8000-000000000001",
        username: "ada@example.org",
        name: "Ada Lovelace",
      },
    });
    assertEquals([userinfo?.accessToken, userinfo?.scope], ["secret-access-3", "openid profile email"]);
    assertEquals(expiresAtMs - renewAtMs, 60_000);
    assert(expiresAtMs >= before + 172_800_000 && expiresAtMs <= Date.now() + 172_800_000);
    const sent = Object.fromEntries(auth.requests[0]?.form ?? []);
    assertEquals([sent.client_id, sent.redirect_uri], [CLIENT_ID, pending.redirectUri]);
    assertEquals(auth.requests[0]?.authorization, undefined);
  });
}

Deno.test("finishLogin() takes one token for all", async () => {
  await using auth = await startAuthServer();
  auth.behaviour.single = true;
  const pending = await beginLogin({ clientId: CLIENT_ID, issuer: auth.issuer });
  const login = await finishLogin(pending, auth.authorize(pending.url).href);
  assertEquals([login.accessToken, login.userinfo], ["secret-access-2", undefined]);
});

const NULLS = { refresh_token: null, token_type: undefined, expires_in: null };
const ALTERED: [name: string, alter: (answer: Record<string, unknown>) => unknown, prefix?: string][] = [
  ["no token_type and refresh_token: null", (answer) => ({ ...answer, ...NULLS })],
  ["expires_in as a text", (answer) => ({ ...answer, expires_in: "172800" })],
  ["a byte order mark before every answer", (answer) => answer, "\ufeff"],
];
for (const [name, alter, prefix = ""] of ALTERED) {
  Deno.test(`finishLogin() takes an answer with ${name}`, async () => {
    for (const single of [true, false]) {
      await using auth = await startAuthServer();
      Object.assign(auth.behaviour, { alter, prefix, single });
      const pending = await beginLogin({ clientId: CLIENT_ID, issuer: auth.issuer });
      const login = await finishLogin(pending, auth.authorize(pending.url).href);
      assertEquals([login.accessToken, login.identity.username], ["secret-access-2", "ada@example.org"]);
    }
  });
}

const REFUSED: [name: string, alter: (answer: Record<string, unknown>) => unknown, problem: string][] = [
  ["no id_token", (answer) => ({ ...answer, id_token: null }), "id_token"],
  ["another token_type", (answer) => ({ ...answer, token_type: "mac" }), "must be 'Bearer', and is 'mac'"],
  [
    "a broken token",
    (answer) => ({ ...answer, access_token: "secret access" }),
    "its 'access_token' is not a text",
  ],
  ["none for Compute", ({ other_tokens: _, ...answer }) => ({
    ...answer,
    resource_server: "auth.globus.org",
  }), "no token for the Compute service (funcx_service), but for auth.globus.org"],
  ["a text", () => "secret-access-9", "its answer is not a JSON object"],
];
for (const [name, alter, problem] of REFUSED) {
  Deno.test(`finishLogin() says what is wrong with an answer that has ${name}`, async () => {
    await using auth = await startAuthServer();
    Object.assign(auth.behaviour, { alter, single: true });
    const pending = await beginLogin({ clientId: CLIENT_ID, issuer: auth.issuer });
    await assertRefused(() => finishLogin(pending, auth.authorize(pending.url).href), problem);
  });
}

Deno.test("finishLogin() refuses what is not the answer to this login, and sends nothing", async () => {
  await using auth = await startAuthServer();
  const pending = await beginLogin({ clientId: CLIENT_ID, issuer: auth.issuer });
  const good = auth.authorize(pending.url);
  const changed = (change: (url: URL) => void) => {
    const url = new URL(good);
    change(url);
    return url.href;
  };
  const cases: [answer: string, text: string][] = [
    ["", "no code was given"],
    ["two words", "this is no code"],
    [changed((url) => url.searchParams.set("state", "other")), "belongs to another login"],
    [changed((url) => url.searchParams.delete("state")), "belongs to another login"],
    [changed((url) => url.pathname = "/elsewhere"), "this address is not the one"],
    [changed((url) => url.searchParams.append("state", pending.state)), "cannot be used"],
    [changed((url) => url.searchParams.set("error", "access_denied")), "access was denied in the browser"],
    [changed((url) => url.searchParams.delete("code")), "no authorization code"],
  ];
  for (const [answer, text] of cases) {
    await assertRefused(() => finishLogin(pending, answer), text, [pending.codeVerifier, pending.state]);
  }
  assertEquals(auth.requests, []);
});

Deno.test("finishLogin() says that a code is used up, and never shows it", async () => {
  await using auth = await startAuthServer();
  const pending = await beginLogin({ clientId: CLIENT_ID, issuer: auth.issuer });
  const { href } = auth.authorize(pending.url);
  await finishLogin(pending, href);
  const error = await assertRefused(
    () => finishLogin(pending, href),
    "the code is expired, used up, or of another login: begin again (invalid_grant: the code [redacted] is not good)",
    [pending.codeVerifier],
  );
  assertEquals([error.status, error.serviceCode], [400, "invalid_grant"]);
});

const UNTRUSTED: [
  name: string,
  text: string,
  change: (auth: Awaited<ReturnType<typeof startAuthServer>>) => void,
][] = [
  ["of another key", "signature", (auth) => auth.behaviour.forged = true],
  ["of another algorithm", "cannot be used", (auth) => auth.behaviour.algorithm = "RS256"],
  ["for another client", "aud", (auth) => auth.behaviour.claims = { aud: "other" }],
  ["of another issuer", "iss", (auth) => auth.behaviour.claims = { iss: "https://auth.example.org" }],
  ["that has ended", "exp", (auth) => auth.behaviour.claims = { exp: 1_700_000_000 }],
];
for (const [name, text, change] of UNTRUSTED) {
  Deno.test(`finishLogin() does not trust an identity token ${name}`, async () => {
    await using auth = await startAuthServer();
    change(auth);
    const pending = await beginLogin({ clientId: CLIENT_ID, issuer: auth.issuer });
    const answer = auth.authorize(pending.url).href;
    await assertRefused(() => finishLogin(pending, answer), text, [pending.codeVerifier]);
  });
}

Deno.test("finishLogin() takes clocks that are a few minutes apart", async () => {
  await using auth = await startAuthServer();
  const now = Math.floor(Date.now() / 1000);
  auth.behaviour.claims = { iat: now - 4000, exp: now - 240 };
  const pending = await beginLogin({ clientId: CLIENT_ID, issuer: auth.issuer });
  await finishLogin(pending, auth.authorize(pending.url).href);
});

for (
  const [name, body] of Object.entries({
    "without a Compute token": { access_token: "secret-access-9", token_type: "Bearer", scope: "openid" },
    "that is a page": "<html>secret-access-9</html>",
    "without an identity": {
      access_token: "secret-access-9",
      token_type: "Bearer",
      resource_server: "funcx_service",
    },
  })
) {
  Deno.test(`finishLogin() refuses an answer ${name}`, async () => {
    await using auth = await startAuthServer();
    const text = typeof body === "string" ? body : JSON.stringify(body);
    auth.behaviour.fail.set("POST /v2/oauth2/token", { status: 200, body: text });
    const pending = await beginLogin({ clientId: CLIENT_ID, issuer: auth.issuer });
    await assertRefused(() => finishLogin(pending, "secret-code-1"), "Cannot log in");
  });
}

Deno.test("finishLogin() asks the issuer itself for its keys, and no other address that a document names", async () => {
  await using auth = await startAuthServer();
  await using other = await startAuthServer();
  const addresses = [
    "http://keys.example.org/jwk.json",
    `${other.issuer}/jwk.json`,
    "https://10.0.0.1/jwk.json",
    "https://169.254.169.254/latest/meta-data/",
    "file:///etc/passwd",
    undefined,
  ];
  for (const jwks_uri of addresses) {
    const body = JSON.stringify({ issuer: auth.issuer, jwks_uri });
    auth.behaviour.fail.set("GET /.well-known/openid-configuration", { status: 200, body });
    const pending = await beginLogin({ clientId: CLIENT_ID, issuer: auth.issuer });
    await assertRefused(
      () => finishLogin(pending, auth.authorize(pending.url).href),
      "Cannot use 'jwks_uri'",
    );
  }
  assertEquals(other.requests, []);
});

Deno.test("finishLogin() waits 30 s for an answer, and not at all once it is aborted", async () => {
  await using auth = await startAuthServer();
  auth.behaviour.silent.add("POST /v2/oauth2/token");
  const pending = await beginLogin({ clientId: CLIENT_ID, issuer: auth.issuer });
  const clock = new ManualClock();
  const arrived = () => {
    const before = auth.requests.length;
    return until("a request", () => auth.requests.length > before);
  };
  const first = arrived();
  const work = assertRejects(() => finishLogin(pending, "secret-code-1", { clock }), ComputeNetworkError);
  await first;
  await clock.advance(30_000);
  const error = await work;
  assertStringIncludes(error.message, "/v2/oauth2/token: no answer within 30 s");
  assertNoSecrets(error);
  const controller = new AbortController();
  const second = arrived();
  const { signal } = controller;
  const aborted = assertRejects(() => finishLogin(pending, "secret-code-1", { signal }), Error, "enough");
  await second;
  controller.abort(new Error("enough"));
  await aborted;
});

Deno.test("finishLogin() says which server cannot be reached", async () => {
  const auth = await startAuthServer();
  await auth[Symbol.asyncDispose]();
  const pending = await beginLogin({ clientId: CLIENT_ID, issuer: auth.issuer });
  const error = await assertRejects(() => finishLogin(pending, "secret-code-1"), ComputeNetworkError);
  assertStringIncludes(error.message, `POST ${auth.issuer}/v2/oauth2/token`);
  assertNoSecrets(error);
});
