/** Each grant of OAuth gives the tokens that Globus Auth gives. */
import { assertEquals, assertNotEquals } from "@std/assert";
import {
  ask,
  askForToken,
  assertRefused,
  codeOf,
  COMPUTE,
  introspect,
  OTHER,
  ownersClient,
  startWorld,
  tokensOf,
  tradeOf,
} from "./auth_helpers.ts";

const DEPENDENT = "urn:globus:auth:grant_type:dependent_token";

/** An answer without its tokens, which must be there. */
function shapeOf(body: Record<string, unknown>): Record<string, unknown> {
  const shape = { ...body };
  for (const name of ["access_token", "refresh_token"]) {
    if (name in body) shape[name] = /^[\w-]{20,}$/.test(String(body[name]));
  }
  if (Array.isArray(body.other_tokens)) shape.other_tokens = body.other_tokens.map(shapeOf);
  return shape;
}

const COMPUTE_TOKEN = {
  access_token: true,
  scope: COMPUTE,
  expires_in: 172_800,
  token_type: "Bearer",
  resource_server: "funcx_service",
};
const AUTH_TOKEN = { ...COMPUTE_TOKEN, scope: "openid email", resource_server: "auth.globus.org" };

Deno.test("client_credentials gives a token for the Compute service, which is what is asked for by default", async () => {
  await using world = startWorld();
  const { local } = world;
  const { status, headers, body } = await askForToken(local, { grant_type: "client_credentials" });
  assertEquals(status, 200);
  assertEquals(headers.get("cache-control"), "no-store");
  assertEquals(headers.get("content-type"), "application/json");
  assertEquals(shapeOf(body), { ...COMPUTE_TOKEN, other_tokens: [] });
  assertEquals(await ask(local, String(body.access_token)), "200");
  assertNotEquals((await tokensOf(local)).access, body.access_token);
});

Deno.test("client_credentials gives a token for each resource server, in the order of the scopes", async () => {
  await using world = startWorld({ accessTokenLifetimeSeconds: 90 });
  const scope = `openid ${COMPUTE} email openid`;
  const { body } = await tokensOf(world.local, { grant_type: "client_credentials", scope });
  const { id_token: idToken, ...rest } = shapeOf(body);
  assertEquals(rest, {
    ...AUTH_TOKEN,
    expires_in: 90,
    other_tokens: [{ ...COMPUTE_TOKEN, expires_in: 90 }],
  });
  assertEquals(String(idToken).split(".").length, 3);
});

Deno.test("authorization_code gives a refresh token where one was asked for, and the nonce", async () => {
  await using world = startWorld();
  const { local } = world;
  const plain = await tokensOf(local, tradeOf(local, await codeOf(local)), {});
  assertEquals(shapeOf(plain.body), { ...COMPUTE_TOKEN, other_tokens: [] });
  for (
    const parameters of [
      { access_type: "offline", scope: `${COMPUTE} openid email` },
      { scope: `${COMPUTE} openid email offline_access` },
    ]
  ) {
    const code = await codeOf(local, { ...parameters, nonce: "n-0S6_WzA2Mj" });
    const { body } = await tokensOf(local, tradeOf(local, code), {});
    const { id_token: idToken, ...rest } = shapeOf(body);
    const scope = parameters.scope.slice(COMPUTE.length + 1);
    assertEquals(rest, {
      ...COMPUTE_TOKEN,
      refresh_token: true,
      other_tokens: [{ ...AUTH_TOKEN, scope, refresh_token: true }],
    });
    assertEquals(JSON.parse(atob(String(idToken).split(".")[1] as string)).nonce, "n-0S6_WzA2Mj");
  }
});

Deno.test("refresh_token gives the next one, and takes each once", async () => {
  await using world = startWorld();
  const { local } = world;
  const trade = tradeOf(local, await codeOf(local, { access_type: "offline" }));
  const first = await tokensOf(local, trade, {});
  const refresh = (token: string) => ({
    grant_type: "refresh_token",
    client_id: local.nativeClientId,
    refresh_token: token,
  });
  const second = await tokensOf(local, refresh(first.refresh), {});
  assertEquals(shapeOf(second.body), { ...COMPUTE_TOKEN, refresh_token: true, other_tokens: [] });
  assertNotEquals(second.refresh, first.refresh);
  assertEquals(await ask(local, first.access), "200");
  assertEquals(await ask(local, second.access), "200");

  assertRefused(await askForToken(local, refresh(first.refresh), {}), "invalid_grant");
  assertRefused(await askForToken(local, refresh(second.refresh)), "invalid_grant"); // As another client.
  assertRefused(await askForToken(local, refresh(second.access), {}), "invalid_grant");
  await tokensOf(local, refresh(second.refresh), {}); // None of these has used it up.
});

Deno.test("a refresh token that is sent many times at once is taken once", async () => {
  await using world = startWorld();
  const { local } = world;
  const { refresh } = await tokensOf(
    local,
    tradeOf(local, await codeOf(local, { access_type: "offline" })),
    {},
  );
  const fields = { grant_type: "refresh_token", client_id: local.nativeClientId, refresh_token: refresh };
  const answers = await Promise.all(Array.from({ length: 8 }, () => askForToken(local, fields, {})));
  assertEquals(answers.filter(({ status }) => status === 200).length, 1);
});

Deno.test("dependent_token gives a list, for whom the user's token stands", async () => {
  await using world = startWorld();
  const { local } = world;
  const user = await tokensOf(local, undefined, ownersClient(local));
  const fields = { grant_type: DEPENDENT, token: user.access, scope: `${COMPUTE} openid email` };
  const portal = {
    authorization: `Basic ${btoa(`${OTHER.clientId}:${OTHER.clientSecret}`)}`,
  };
  const { status, body } = await askForToken(local, fields, portal);
  assertEquals(status, 200);
  const list = body as unknown as Record<string, unknown>[];
  assertEquals(list.map(shapeOf), [COMPUTE_TOKEN, AUTH_TOKEN]);
  const mine = await introspect(local, String(list[0]?.access_token));
  assertEquals([mine.client_id, mine.sub], ["other", (await introspect(local, user.access)).sub]);

  const offline = await askForToken(local, { ...fields, scope: COMPUTE, access_type: "offline" }, portal);
  const [dependent] = offline.body as unknown as Record<string, unknown>[];
  assertEquals(shapeOf(dependent ?? {}), { ...COMPUTE_TOKEN, refresh_token: true });
  const again = { grant_type: "refresh_token", refresh_token: String(dependent?.refresh_token) };
  assertRefused(await askForToken(local, again), "invalid_grant"); // It is the portal's.
  const renewed = await tokensOf(local, again, portal);
  assertEquals((await introspect(local, renewed.access)).sub, mine.sub);
});

Deno.test("dependent_token is for clients with a secret, and users whose token is good", async () => {
  await using world = startWorld();
  const { local, clock } = world;
  const { access } = await tokensOf(local);
  const fields = { grant_type: DEPENDENT, token: access };
  const asNative = { ...fields, client_id: local.nativeClientId };
  assertRefused(await askForToken(local, asNative, {}), "unauthorized_client");
  assertRefused(await askForToken(local, { ...fields, token: "x" }), "invalid_grant");
  assertRefused(await askForToken(local, { grant_type: DEPENDENT }), "invalid_request");
  assertRefused(await askForToken(local, { ...fields, scope: "nothing" }), "invalid_scope");
  await clock.advance(172_800_000);
  assertRefused(await askForToken(local, fields), "invalid_grant");
});
