/** The Compute service takes the tokens that it should, and keeps two clients apart. */
import { assertEquals, assertMatch } from "@std/assert";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import type { InProcessService } from "../../../src/local/mod.ts";
import { type Answer, ask, askForToken, basic, codeOf, COMPUTE, OTHER, read } from "./auth_helpers.ts";
import { assertRefused, startWorld, tokensOf, tradeOf } from "./auth_helpers.ts";

const HELLO = "b0a5d1a0-2b22-4381-b899-ba73321e41e0";
const POLICY = "0d2b1a51-5f3c-4b35-8d0c-b1e8a2f7a001";
const ISSUER = "https://portal.example.org";
const AUDIENCE = "https://compute.example.org";
const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/** A request to the Compute service. */
async function call(
  local: InProcessService,
  token: string,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  const headers = {
    authorization: `Bearer ${token}`,
    "user-agent": "test",
    "content-type": "application/json",
  };
  const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
  return await read(await local.fetch(local.baseUrl + path, init));
}

async function submitTo(local: InProcessService, token: string, endpointId: unknown): Promise<Answer> {
  const body = { tasks: { [HELLO]: ["5\n11\n[]5\n11\n{}"] } };
  return await call(local, token, "POST", `/v3/endpoints/${endpointId}/submit`, body);
}

async function register(local: InProcessService, token: string, settings: object = {}): Promise<string> {
  const body = { endpoint_name: "lab", metadata: {}, ...settings };
  return String((await call(local, token, "POST", "/v3/endpoints", body)).body.endpoint_id);
}

Deno.test("the Compute service says why it does not take a token", async (t) => {
  await using world = startWorld();
  const { local, clock } = world;
  const expired = (await tokensOf(local)).access;
  await clock.advance(172_800_000);
  const revoked = (await tokensOf(local)).access;
  const headers = basic(local.clientId, local.clientSecret);
  const body = new URLSearchParams({ token: revoked });
  await local.fetch(`${local.issuer}/v2/oauth2/token/revoke`, { method: "POST", headers, body });
  const openid = (await tokensOf(local, { grant_type: "client_credentials", scope: "openid" })).access;
  const cases: [name: string, authorization: string | undefined, code: string, detail: RegExp][] = [
    ["none", undefined, "USER_UNAUTHENTICATED", /missing/],
    ["another scheme", `Basic ${btoa("a:b")}`, "USER_UNAUTHENTICATED", /missing/],
    ["two words", `Bearer ${local.accessToken} x`, "USER_UNAUTHENTICATED", /missing/],
    ["unknown", "Bearer __proto__", "INVALID_AUTH_TOKEN", /unknown/],
    ["the secret", `Bearer ${local.clientSecret}`, "INVALID_AUTH_TOKEN", /unknown/],
    ["expired", `Bearer ${expired}`, "INVALID_AUTH_TOKEN", /expired/],
    ["revoked", `Bearer ${revoked}`, "INVALID_AUTH_TOKEN", /revoked/],
    ["for another resource server", `Bearer ${openid}`, "INVALID_AUTH_TOKEN", /auth\.globus\.org/],
  ];
  for (const [name, authorization, code, detail] of cases) {
    await t.step(name, async () => {
      for (const path of ["/v2/authenticate", "/v3/endpoints", "/no/such/route"]) {
        const init = authorization === undefined ? {} : { headers: { authorization } };
        const { status, headers, body } = await read(await local.fetch(local.baseUrl + path, init));
        assertEquals([status, body.code, body.http_status_code], [401, code, 401]);
        assertMatch(String(body.detail), detail);
        const challenge = headers.get("www-authenticate") ?? "";
        assertMatch(
          challenge,
          code === "INVALID_AUTH_TOKEN" ? /^Bearer error="invalid_token", / : /^Bearer$/,
        );
      }
    });
  }
});

Deno.test("two clients see nothing of each other's", async () => {
  await using world = startWorld();
  const { local } = world;
  const { access: other } = await tokensOf(local, undefined, basic(OTHER.clientId, OTHER.clientSecret));
  const { access: owner } = await tokensOf(local);
  const [mine, theirs] = [await register(local, owner), await register(local, other)];
  for (const [token, own, foreign] of [[owner, mine, theirs], [other, theirs, mine]] as const) {
    const list = (await call(local, token, "GET", "/v2/endpoints")).body as unknown as { uuid: string }[];
    const ids = list.map(({ uuid }) => uuid);
    assertEquals([ids.includes(own), ids.includes(foreign)], [true, false]);
    assertEquals((await submitTo(local, token, own)).status, 200);
    const refused = await submitTo(local, token, foreign);
    assertEquals([refused.status, refused.body.code], [403, "ENDPOINT_ACCESS_FORBIDDEN"]);
    const removal = await call(local, token, "DELETE", `/v2/endpoints/${foreign}`);
    assertEquals([removal.status, removal.body.code], [403, "ENDPOINT_ACCESS_FORBIDDEN"]);
  }
  const { body } = await submitTo(local, owner, mine);
  const [taskId] = (body.tasks as Record<string, string[]>)[HELLO] as [string];
  const group = `/v2/taskgroup/${body.task_group_id}`;
  assertEquals((await call(local, owner, "GET", `/v2/tasks/${taskId}`)).status, 200);
  assertEquals((await call(local, other, "GET", `/v2/tasks/${taskId}`)).status, 404);
  const statuses = await call(local, other, "POST", "/v2/batch_status", { task_ids: [taskId] });
  assertEquals(JSON.stringify(statuses.body).includes("pending"), false);
  assertEquals((await call(local, owner, "GET", group)).status, 200);
  const hidden = await call(local, other, "GET", group);
  assertEquals([hidden.status, hidden.body.code], [403, "TASK_GROUP_ACCESS_FORBIDDEN"]);
});

Deno.test("an endpoint with a policy takes whoever has logged in for it", async () => {
  await using world = startWorld();
  const { local } = world;
  const endpointId = await register(local, local.accessToken, { authentication_policy: POLICY });
  const { status, body } = await submitTo(local, local.accessToken, endpointId);
  assertEquals([status, body.code], [403, "AuthorizationRequired"]);
  assertEquals(body.authorization_parameters, {
    session_message: body.detail,
    session_required_policies: [POLICY],
  });
  for (const [policies, expected] of [[`x,${POLICY}`, 200], ["x", 403], [undefined, 403]] as const) {
    const code = await codeOf(local, { session_required_policies: policies });
    const { access } = await tokensOf(local, tradeOf(local, code), {});
    assertEquals((await submitTo(local, access, endpointId)).status, expected);
  }
});

Deno.test("JWTs of a trusted issuer are taken, as bearers and as assertions, and others refused", async (t) => {
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const other = await generateKeyPair("ES256", { extractable: true });
  const otherKeys = { keys: [await exportJWK(other.publicKey)] };
  const keys = { keys: [await exportJWK(publicKey)] };
  await using world = startWorld({
    trustedIssuers: [
      { issuer: "https://first.example.org", audience: AUDIENCE, keys: otherKeys },
      { issuer: ISSUER, audience: AUDIENCE, keys },
    ],
  });
  const { local, clock } = world;
  const now = clock.nowMs() / 1000;
  const good = { iss: ISSUER, sub: "ada", aud: AUDIENCE, exp: now + 60 };
  const sign = (claims: object, key: Parameters<SignJWT["sign"]>[0] = privateKey, alg = "ES256") =>
    new SignJWT({ ...claims }).setProtectedHeader({ alg }).sign(key);
  const trade = async (assertion: string, scope = COMPUTE) =>
    await askForToken(local, { grant_type: JWT_BEARER, assertion, scope }, {});
  const plain = (part: object) => btoa(JSON.stringify(part)).replaceAll("=", "");

  await t.step("a good one", async () => {
    assertEquals(await ask(local, await sign(good)), "200");
    const answer = await trade(await sign({ ...good, aud: `${local.issuer}/v2/oauth2/token` }));
    assertEquals(answer.status, 200);
    const { access_token: token, ...rest } = answer.body;
    assertEquals(rest, {
      scope: COMPUTE,
      expires_in: 172_800,
      token_type: "Bearer",
      resource_server: "funcx_service",
      other_tokens: [],
    });
    assertEquals(await ask(local, String(token)), "200");
    assertRefused(await trade(await sign(good), "nothing"), "invalid_scope");
  });

  const bad: [name: string, token: string][] = [
    ["another issuer", await sign({ ...good, iss: `${ISSUER}/` })],
    ["no issuer", await sign({ ...good, iss: undefined })],
    ["an inherited name for an issuer", await sign({ ...good, iss: "__proto__" })],
    ["another audience", await sign({ ...good, aud: "https://other.example.org" })],
    ["no audience", await sign({ ...good, aud: undefined })],
    ["no end", await sign({ ...good, exp: undefined })],
    ["an end that has come", await sign({ ...good, exp: now })],
    ["a beginning to come", await sign({ ...good, nbf: now + 1 })],
    ["another issuer's key", await sign(good, other.privateKey)],
    ["no signature", `${plain({ alg: "none" })}.${plain(good)}.`],
    ["a public key for a secret", await sign(good, new TextEncoder().encode(keys.keys[0]?.x), "HS256")],
    [
      "other claims than were signed",
      (await sign(good)).replace(/\..*\./, `.${plain({ ...good, sub: "eve" })}.`),
    ],
    ["too long a one", await sign({ ...good, more: "x".repeat(20_000) })],
    ["no JWT", "a.b.c"],
  ];
  for (const [name, token] of bad) {
    await t.step(name, async () => {
      assertEquals(await ask(local, token), "401 INVALID_AUTH_TOKEN");
      assertRefused(await trade(token), "invalid_grant");
    });
  }

  await t.step("an assertion with an id twice, and one without a subject", async () => {
    const assertion = await sign({ ...good, jti: "1" });
    const answers = await Promise.all([trade(assertion), trade(assertion)]);
    assertEquals(answers.map(({ status }) => status).sort(), [200, 400]);
    assertRefused(await trade(await sign({ ...good, jti: "1", sub: "eve" })), "invalid_grant");
    assertRefused(await trade(await sign({ ...good, sub: undefined })), "invalid_grant");
    assertEquals(await ask(local, assertion), "200"); // As a bearer it may come as often as it likes.
  });

  await t.step("each subject has its own things", async () => {
    const [ada, eve] = [await sign(good), await sign({ ...good, sub: "eve" })];
    const endpointId = await register(local, ada);
    assertEquals((await submitTo(local, await sign({ ...good, exp: now + 9 }), endpointId)).status, 200);
    assertEquals((await submitTo(local, eve, endpointId)).status, 403);
  });
});
