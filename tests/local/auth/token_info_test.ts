/**
 * Tokens expire and are revoked as they say; introspection, userinfo and discovery tell the truth about
 * them.
 */
import { assert, assertEquals } from "@std/assert";
import { createLocalJWKSet, jwtVerify } from "jose";
import {
  type Answer,
  ask,
  askForToken,
  assertRefused,
  basic,
  codeOf,
  COMPUTE,
  introspect,
  OTHER,
  ownersClient,
  post,
  read,
  startWorld,
  tokensOf,
  tradeOf,
  type World,
} from "./auth_helpers.ts";

const OTHERS = basic(OTHER.clientId, OTHER.clientSecret);

/** Tokens of a person, with those that belong to the login. */
async function logIn({ local }: World) {
  const scope = `${COMPUTE} openid`;
  const code = await codeOf(local, { access_type: "offline", scope });
  const { access, refresh, body } = await tokensOf(local, tradeOf(local, code), {});
  const [{ access_token: openid = "" } = {}] = body.other_tokens as Record<string, string>[];
  return { access, refresh, openid, idToken: String(body.id_token) };
}

async function revoke({ local }: World, token: string, headers = {}): Promise<Answer> {
  const fields = { token, ...(Object.keys(headers).length === 0 ? { client_id: local.nativeClientId } : {}) };
  return await post(local, "/v2/oauth2/token/revoke", fields, headers);
}

async function userInfo({ local }: World, token: string, method = "GET"): Promise<Answer> {
  const headers = token === "" ? {} : { authorization: `Bearer ${token}` };
  return await read(await local.fetch(`${local.issuer}/v2/oauth2/userinfo`, { method, headers }));
}

Deno.test("an access token lasts as long as it says, to the millisecond", async () => {
  await using world = startWorld({ accessTokenLifetimeSeconds: 60 });
  const { local, clock } = world;
  const { access } = await tokensOf(local);
  await clock.advance(59_999);
  assertEquals(await ask(local, access), "200");
  assertEquals((await introspect(local, access)).active, true);
  await clock.advance(1);
  assertEquals(await ask(local, access), "401 INVALID_AUTH_TOKEN");
  assertEquals(await introspect(local, access), { active: false });
  assertEquals(await ask(local, local.accessToken), "200");
});

Deno.test("expireAccessTokens() ends what was issued until then, and neither refresh tokens nor what was printed", async () => {
  await using world = startWorld();
  const { local } = world;
  const { access, refresh, openid } = await logIn(world);
  local.expireAccessTokens();
  assertEquals(await ask(local, access), "401 INVALID_AUTH_TOKEN");
  assertEquals((await userInfo(world, openid)).status, 401);
  assertEquals(await ask(local, local.accessToken), "200");
  const renewal = { grant_type: "refresh_token", client_id: local.nativeClientId, refresh_token: refresh };
  assertEquals(await ask(local, (await tokensOf(local, renewal, {})).access), "200");
});

Deno.test("a revoked access token ends alone", async () => {
  await using world = startWorld();
  const { local } = world;
  const { access, refresh, openid } = await logIn(world);
  const { status, headers, body } = await revoke(world, access);
  assertEquals([status, body, headers.get("cache-control")], [200, { active: false }, "no-store"]);
  assertEquals(await ask(local, access), "401 INVALID_AUTH_TOKEN");
  assertEquals((await userInfo(world, openid)).status, 200);
  const renewal = { grant_type: "refresh_token", client_id: local.nativeClientId, refresh_token: refresh };
  await tokensOf(local, renewal, {});
});

Deno.test("a revoked refresh token ends all that came of the login, and no other login", async () => {
  await using world = startWorld();
  const { local } = world;
  const first = await logIn(world);
  const second = await logIn(world);
  assertEquals((await revoke(world, first.refresh)).status, 200);
  assertEquals(await ask(local, first.access), "401 INVALID_AUTH_TOKEN");
  assertEquals((await userInfo(world, first.openid)).status, 401);
  assertEquals(await introspect(local, first.access), { active: false });
  const fields = {
    grant_type: "refresh_token",
    client_id: local.nativeClientId,
    refresh_token: first.refresh,
  };
  assertRefused(await askForToken(local, fields, {}), "invalid_grant");
  assertEquals(await ask(local, second.access), "200");
});

Deno.test("a token that is unknown, or another client's, is answered as one that is revoked, and lives on", async () => {
  await using world = startWorld();
  const { local } = world;
  const { access, refresh } = await logIn(world);
  for (const token of [access, refresh, "unknown", "__proto__"]) {
    const { status, body } = await revoke(world, token, OTHERS);
    assertEquals([status, body], [200, { active: false }]);
  }
  assertEquals(await ask(local, access), "200");
  assertRefused(await revoke(world, "", ownersClient(local)), "invalid_request");
  assertRefused(await revoke(world, access, basic("other", "wrong")), "invalid_client");
  assertEquals(await ask(local, access), "200");
});

Deno.test("introspection tells a client with a secret all of a token", async () => {
  await using world = startWorld();
  const { local, clock } = world;
  const { access } = await tokensOf(local, undefined, OTHERS);
  const fields = { token: access, include: "session_info,identity_set" };
  const { status, headers, body } = await post(
    local,
    "/v2/oauth2/token/introspect",
    fields,
    ownersClient(local),
  );
  assertEquals([status, headers.get("cache-control")], [200, "no-store"]);
  const seconds = clock.nowMs() / 1000;
  const { sub, ...rest } = body;
  assertEquals(rest, {
    active: true,
    token_type: "Bearer",
    scope: COMPUTE,
    client_id: "other",
    username: "other@clients.auth.globus.org",
    name: "other",
    iss: local.issuer,
    aud: ["funcx_service", "other"],
    iat: seconds,
    nbf: seconds,
    exp: seconds + 172_800,
    identity_set: [sub],
  });
  assertEquals("exp" in await introspect(local, local.accessToken), false);
  for (const token of ["unknown", "__proto__", (await logIn(world)).refresh]) {
    assertEquals(await introspect(local, token), { active: false });
  }
  const asNative = { token: access, client_id: local.nativeClientId };
  assertRefused(await post(local, "/v2/oauth2/token/introspect", asNative), "invalid_client");
  assertRefused(
    await post(local, "/v2/oauth2/token/introspect", {}, ownersClient(local)),
    "invalid_request",
  );
});

Deno.test("userinfo tells who it is, to a token with the scope 'openid' alone", async () => {
  await using world = startWorld();
  const { local } = world;
  const { access, openid } = await logIn(world);
  for (const method of ["GET", "POST"]) {
    const { status, headers, body } = await userInfo(world, openid, method);
    assertEquals([status, headers.get("cache-control")], [200, "no-store"]);
    assertEquals(body.sub, (await introspect(local, access)).sub);
    assertEquals([body.preferred_username, body.name], ["you@localhost", "Owner of this service"]);
  }
  for (const token of ["", "unknown", access, local.accessToken]) {
    const { status, headers, body } = await userInfo(world, token);
    assertEquals([status, body.error], [401, "invalid_token"]);
    assertEquals(headers.get("www-authenticate"), 'Bearer error="invalid_token"');
  }
  await revoke(world, openid);
  assertEquals((await userInfo(world, openid)).status, 401);
});

Deno.test("the discovery document names the routes, which are there", async () => {
  await using world = startWorld();
  const { local } = world;
  const { body } = await read(await local.fetch(`${local.issuer}/.well-known/openid-configuration`));
  assertEquals(body.issuer, local.issuer);
  const routes = Object.entries(body).filter(([name]) => /_(endpoint|uri)$/.test(name));
  assertEquals(routes.length, 7);
  for (const [name, url] of routes) {
    assert(String(url).startsWith(`${local.issuer}/`), name);
    const method = /token|revocation|introspection/.test(name) ? "POST" : "GET";
    const response = await local.fetch(String(url), { method });
    const text = await response.text();
    assertEquals(/USER_UNAUTHENTICATED|Not Found/.test(text), false, `${name}: ${text}`);
  }
  assertEquals(body.code_challenge_methods_supported, ["S256"]);
  const byOtherName = "http://127.0.0.1:5000";
  const other = await read(await local.fetch(`${byOtherName}/.well-known/openid-configuration`));
  assertEquals([other.body.issuer, other.body.jwks_uri], [byOtherName, `${byOtherName}/jwk.json`]);
});

Deno.test("an id_token is signed with the key that is published, for its client, until the tokens end", async () => {
  await using world = startWorld();
  const { local, clock } = world;
  const { body: keys } = await read(await local.fetch(`${local.issuer}/jwk.json`));
  const [key = {}] = keys.keys as Record<string, string>[];
  assertEquals(Object.keys(key).sort(), ["alg", "e", "kty", "n", "use"]); // No private part, and no 'kid'.
  const { idToken, access } = await logIn(world);
  const { payload, protectedHeader } = await jwtVerify(idToken, createLocalJWKSet(keys as never), {
    issuer: local.issuer,
    audience: local.nativeClientId,
    currentDate: new Date(clock.nowMs()),
  });
  const seconds = clock.nowMs() / 1000;
  assertEquals(protectedHeader, { alg: "RS512", typ: "JWT" });
  assertEquals([payload.iat, payload.exp], [seconds, seconds + 172_800]);
  assertEquals(payload.sub, (await introspect(local, access)).sub);
  assertEquals("nonce" in payload, false);
  assertEquals(await ask(local, idToken), "401 INVALID_AUTH_TOKEN"); // It is no token for a service.
});
