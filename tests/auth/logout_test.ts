/** Proves which tokens `logout()` revokes, also those in a cache or on their way, and what it says of the others. */
import { listAll } from "../../src/store/writes.ts";
import { assertEquals, assertRejects } from "@std/assert";
import { accessToken, clientCredentials, logout, memoryStore } from "../../mod.ts";
import { never } from "../support/observed_fetch.ts";
import { ask, REVOKE, setUpAuth } from "./auth_helpers.ts";

const OPTIONS = { clientId: "id-1", clientSecret: "s3cret-0" };

Deno.test("logout() revokes the token of a service account, in the cache too, and the next call gets another", async () => {
  const { connect, bearers, fetch } = setUpAuth();
  const cache = memoryStore();
  const client = connect(clientCredentials({ ...OPTIONS, cache }));
  await ask(client);
  assertEquals(await logout(client), { revoked: ["access_token"], notRevoked: [] });
  assertEquals(await Array.fromAsync(listAll(cache, "")), []);
  assertEquals(fetch.sent.at(-1)?.headers.get("authorization"), `Basic ${btoa("id-1:s3cret-0")}`);
  await ask(client);
  assertEquals(bearers(), ["token-1", "token-2"]);
});

Deno.test("logout() revokes a token that is on its way", async () => {
  const { connect, good } = setUpAuth();
  const client = connect(clientCredentials(OPTIONS));
  const call = ask(client).catch(() => {});
  assertEquals((await logout(client)).revoked, ["access_token"]);
  await call;
  assertEquals(good.has("token-1"), false);
});

Deno.test("logout() has nothing to revoke before the first call", async () => {
  const { connect, fetch } = setUpAuth();
  assertEquals(await logout(connect(clientCredentials(OPTIONS))), { revoked: [], notRevoked: [] });
  assertEquals(fetch.sent.length, 0);
});

Deno.test("logout() says that a token that was given cannot be revoked", async () => {
  const { connect } = setUpAuth();
  const { revoked, notRevoked } = await logout(connect(accessToken("given")));
  assertEquals([revoked, notRevoked.map(({ token }) => token)], [[], ["access_token"]]);
});

Deno.test("logout() ends with its time and its signal", async () => {
  const { connect, fetch, clock } = setUpAuth();
  const client = connect(clientCredentials(OPTIONS));
  await ask(client);
  fetch.always(REVOKE, never as () => Promise<Response>);
  const slow = assertRejects(
    () => logout(client, { timeoutMs: 1000 }),
    Error,
    "logout took longer than 1000 ms",
  );
  await clock.runUntil(slow);
  await ask(client);
  const caller = new AbortController();
  const aborted = assertRejects(() => logout(client, caller), Error, "enough");
  caller.abort(new Error("enough"));
  await aborted;
  await assertRejects(() => logout(client, { timeoutMs: -1 }), RangeError);
});
