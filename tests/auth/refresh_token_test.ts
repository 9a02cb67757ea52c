/** Proves how `refreshToken()` gets tokens, keeps new refresh tokens, and shares them with other clients. */
import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { ComputeAuthorizationError, logout, refreshToken } from "../../mod.ts";
import { json, never } from "../support/observed_fetch.ts";
import {
  ask,
  COMPUTE_SCOPE,
  oauthError,
  REVOKE,
  setUpAuth,
  shown,
  TOKEN,
  untilSentCount,
} from "./auth_helpers.ts";

const OPTIONS = { clientId: "native-1", refreshToken: "Refresh-0123456789" };
const HOUR_MS = 3_600_000;

/** A server that gives a new refresh token each time, and takes each one once. */
function setUpRotation() {
  const world = setUpAuth();
  let count = 0;
  let current = OPTIONS.refreshToken;
  world.fetch.always(TOKEN, ({ text }) => {
    if (new URLSearchParams(text).get("refresh_token") !== current) return oauthError("invalid_grant")();
    current = `Refresh-next-${++count}`;
    world.good.add(`access-${count}`);
    return json({
      access_token: `access-${count}`,
      token_type: "Bearer",
      expires_in: 172_800,
      resource_server: "funcx_service",
      scope: COMPUTE_SCOPE,
      refresh_token: current,
    });
  });
  return world;
}

Deno.test("refreshToken() trades the refresh token of a client without a secret", async () => {
  const { connect, fetch, grants, bearers } = setUpAuth();
  const client = connect(refreshToken(OPTIONS));
  await ask(client);
  await ask(client);
  assertEquals(grants(), [{
    grant_type: "refresh_token",
    refresh_token: OPTIONS.refreshToken,
    client_id: "native-1",
  }]);
  assertEquals(fetch.sent[0]?.headers.get("authorization"), null);
  assertEquals(bearers(), ["token-1", "token-1"]);
});

Deno.test("refreshToken() shows the secret of a client that has one", async () => {
  const { connect, fetch, grants } = setUpAuth();
  await ask(connect(refreshToken({ ...OPTIONS, clientSecret: "s3cret-0" })));
  assertEquals(fetch.sent[0]?.headers.get("authorization"), `Basic ${btoa("native-1:s3cret-0")}`);
  assertEquals(grants()[0]?.client_id, undefined);
});

Deno.test("refreshToken() tells of each new refresh token before the access token is used", async () => {
  const { connect, grants, bearers, clock } = setUpRotation();
  const rotated: string[] = [];
  const onRotate = async (next: string) => {
    await Promise.resolve();
    assertEquals(bearers().length, rotated.length);
    rotated.push(next);
  };
  const client = connect(refreshToken({ ...OPTIONS, onRotate }));
  await ask(client);
  await clock.advance(48 * HOUR_MS);
  await ask(client);
  assertEquals(rotated, ["Refresh-next-1", "Refresh-next-2"]);
  assertEquals(grants().map((grant) => grant.refresh_token), [OPTIONS.refreshToken, "Refresh-next-1"]);
});

Deno.test("refreshToken() tells again of a token that could not be kept", async () => {
  const { connect, fetch, bearers } = setUpRotation();
  const told: string[] = [];
  const client = connect(refreshToken({
    ...OPTIONS,
    onRotate(next) {
      told.push(next);
      if (told.length === 1) throw new Error("disk full");
    },
  }));
  await assertRejects(() => ask(client), Error, "disk full");
  assertEquals(bearers(), []);
  fetch.queue(TOKEN, json({ access_token: "of-old", token_type: "Bearer" })); // Without a new refresh token.
  await ask(client); // `of-old` is not a good one: another follows.
  assertEquals(told, ["Refresh-next-1", "Refresh-next-1", "Refresh-next-2"]);
});

Deno.test("refreshToken() is told by another client's success that its token is used up", async () => {
  const { connect, fetch, grants } = setUpRotation();
  const authorizer = refreshToken(OPTIONS);
  let answer = () => {};
  const held = new Promise<void>((resolve) => answer = resolve);
  fetch.queue(TOKEN, async () => {
    await held;
    return oauthError("invalid_grant")();
  });
  const slow = ask(connect(authorizer));
  await untilSentCount(fetch, 1);
  await ask(connect(authorizer));
  answer();
  assertEquals(await slow, "online");
  assertEquals(grants().map((grant) => grant.refresh_token), [
    OPTIONS.refreshToken,
    OPTIONS.refreshToken,
    "Refresh-next-1",
  ]);
});

Deno.test("refreshToken() waits for another client's answer that is late, before it asks for a login", async () => {
  const { connect, fetch, bearers, clock, good } = setUpAuth();
  good.add("access-1").add("access-2");
  const authorizer = refreshToken(OPTIONS);
  let answer = () => {};
  const grant = {
    token_type: "Bearer",
    expires_in: 10,
    resource_server: "funcx_service",
    scope: COMPUTE_SCOPE,
  };
  const late = new Promise<Response>((resolve) =>
    answer = () => resolve(json({ ...grant, access_token: "access-1", refresh_token: "Refresh-next-1" }))
  );
  fetch.queue(TOKEN, () => late, oauthError("invalid_grant")());
  fetch.queue(TOKEN, json({ ...grant, access_token: "access-2", refresh_token: "Refresh-next-2" }));
  const first = ask(connect(authorizer)); // Its token is used up at once, its answer is under way.
  await untilSentCount(fetch, 1);
  const second = ask(connect(authorizer));
  await untilSentCount(fetch, 2);
  await clock.advance(1_000);
  answer();
  assertEquals(await clock.runUntil(Promise.all([first, second])), ["online", "online"]);
  assertEquals(bearers(), ["access-1", "access-2"]);
  assertEquals(clock.sleeping, 0);
});

Deno.test("refreshToken() does not wait for ever for an answer that another client never gets", async () => {
  const { connect, fetch, clock } = setUpAuth();
  const authorizer = refreshToken(OPTIONS);
  fetch.queue(TOKEN, never, oauthError("invalid_grant")());
  const stuck = ask(connect(authorizer)).catch((error) => error.message);
  await untilSentCount(fetch, 1);
  const startMs = clock.nowMs();
  const call = ask(connect(authorizer));
  await assertRejects(() => clock.runUntil(call), ComputeAuthorizationError, "log in again");
  assertEquals(clock.nowMs() - startMs <= 10_000, true);
  fetch.always(TOKEN, oauthError("invalid_grant"));
  assertStringIncludes(await clock.runUntil(stuck), "log in again");
});

Deno.test("clients whose refresh token is revoked do not wait for each other", async () => {
  const { connect, fetch, clock, grants } = setUpAuth();
  fetch.always(TOKEN, oauthError("invalid_grant"));
  const authorizer = refreshToken(OPTIONS);
  const startMs = clock.nowMs();
  const calls = Promise.allSettled(Array.from({ length: 5 }, () => ask(connect(authorizer))));
  const outcomes = await clock.runUntil(calls);
  assertEquals(outcomes.every(({ status }) => status === "rejected"), true);
  assertEquals([grants().length, clock.nowMs() - startMs < 500], [5, true]);
});

Deno.test("a refresh token that is no good asks for a login, and shows nothing", async () => {
  const { connect, fetch } = setUpAuth();
  fetch.always(TOKEN, oauthError("invalid_grant", `unknown token ${OPTIONS.refreshToken}`));
  const error = await assertRejects(() => ask(connect(refreshToken(OPTIONS))), ComputeAuthorizationError);
  assertStringIncludes(
    error.message,
    "the refresh token is expired, revoked, or not one of client 'native-1': log in again",
  );
  assertEquals(error.serviceCode, "invalid_grant");
  assertEquals(shown(error).includes(OPTIONS.refreshToken), false);
  assertEquals(fetch.sent.length, 1);
});

Deno.test("logout() revokes both tokens, and the refresh token is not used again", async () => {
  const { connect, fetch, grants } = setUpRotation();
  const client = connect(refreshToken(OPTIONS));
  await ask(client);
  assertEquals(await logout(client), { revoked: ["access_token", "refresh_token"], notRevoked: [] });
  const revocations = fetch.sent.filter(({ route }) => route === REVOKE);
  assertEquals(revocations.map(({ text }) => Object.fromEntries(new URLSearchParams(text))), [
    { token: "access-1", token_type_hint: "access_token", client_id: "native-1" },
    { token: "Refresh-next-1", token_type_hint: "refresh_token", client_id: "native-1" },
  ]);
  await assertRejects(() => ask(client), ComputeAuthorizationError, "logged out");
  assertEquals(grants().length, 1);
});

Deno.test("logout() says what it could not revoke, and forgets it all the same", async () => {
  const { connect, fetch } = setUpAuth();
  const client = connect(refreshToken(OPTIONS));
  await ask(client);
  fetch.queue(REVOKE, new Response(`no: ${OPTIONS.refreshToken}`, { status: 500 }), new Error("reset"));
  const { revoked, notRevoked } = await logout(client);
  assertEquals(revoked, []);
  assertEquals(notRevoked.map(({ token, reason }) => [token, reason.message]), [
    ["access_token", "POST https://auth.globus.org/v2/oauth2/token/revoke failed: status 500"],
    ["refresh_token", "POST https://auth.globus.org/v2/oauth2/token/revoke failed: reset"],
  ]);
  assertEquals(/Refresh-0|token-1/.test(shown(notRevoked)), false);
  await assertRejects(() => ask(client), ComputeAuthorizationError, "logged out");
});

Deno.test("refreshToken() does not take an empty token, nor an issuer without TLS", () => {
  assertThrows(() => refreshToken({ ...OPTIONS, refreshToken: "" }), TypeError, "'refreshToken'");
  assertThrows(() => refreshToken({ ...OPTIONS, issuer: "http://auth.example.org" }), TypeError, "HTTPS");
});
