/** Proves that `dependentToken()` trades a user's token for one for Compute, keeps users apart, and shows neither. */
import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { ComputeAuthorizationError, dependentToken, memoryStore } from "../../mod.ts";
import { json } from "../support/observed_fetch.ts";
import { ask, COMPUTE_SCOPE, oauthError, setUpAuth, shown, TOKEN } from "./auth_helpers.ts";

const OPTIONS = { clientId: "portal", clientSecret: "s3cret-0", userToken: "User-0123456789" };
const OF_TRANSFER = {
  access_token: "of-transfer",
  token_type: "Bearer",
  expires_in: 120,
  resource_server: "transfer.api.globus.org",
};
const OF_COMPUTE = { ...OF_TRANSFER, access_token: "of-compute", resource_server: "funcx_service" };

Deno.test("dependentToken() trades the user's token, and takes Compute's of those that come back", async () => {
  const { connect, fetch, grants, bearers, good } = setUpAuth();
  good.add("of-compute");
  fetch.queue(TOKEN, json([OF_TRANSFER, OF_COMPUTE]));
  await ask(connect(dependentToken(OPTIONS)));
  assertEquals(grants(), [{
    grant_type: "urn:globus:auth:grant_type:dependent_token",
    token: OPTIONS.userToken,
    scope: COMPUTE_SCOPE,
  }]);
  assertEquals(fetch.sent[0]?.headers.get("authorization"), `Basic ${btoa("portal:s3cret-0")}`);
  assertEquals(bearers(), ["of-compute"]);
});

Deno.test("dependentToken() fails where none of them is for Compute", async () => {
  for (const answer of [[], [OF_TRANSFER, OF_TRANSFER]]) {
    const { connect, fetch } = setUpAuth();
    fetch.queue(TOKEN, json(answer));
    const error = await assertRejects(() => ask(connect(dependentToken(OPTIONS))), ComputeAuthorizationError);
    assertStringIncludes(error.message, "no token for the Compute service");
    assertEquals(shown(error).includes("of-transfer"), false);
  }
});

Deno.test("dependentToken() keeps users apart in a cache", async () => {
  const { connect, fetch, bearers } = setUpAuth();
  const cache = memoryStore();
  const call = (userToken: string) => ask(connect(dependentToken({ ...OPTIONS, userToken, cache })));
  for (const user of ["ada", "ada", "bob"]) await call(`Token-of-${user}`);
  assertEquals(bearers(), ["token-1", "token-1", "token-2"]);
  assertEquals(fetch.sent.length, 5);
});

Deno.test("dependentToken() says that the user's token is no good, and does not show it", async () => {
  const { connect, fetch } = setUpAuth();
  fetch.always(TOKEN, oauthError("invalid_grant", `no such token: ${OPTIONS.userToken}`, 401));
  const error = await assertRejects(() => ask(connect(dependentToken(OPTIONS))), ComputeAuthorizationError);
  assertStringIncludes(error.message, "the user's token is expired, revoked, or not one for client 'portal'");
  assertEquals(/User-0|s3cret/.test(shown(error)), false);
});

Deno.test("dependentToken() cannot do without any of its options", () => {
  for (const name of ["clientId", "clientSecret", "userToken"]) {
    assertThrows(() => dependentToken({ ...OPTIONS, [name]: "" }), TypeError, `'${name}'`);
  }
});
