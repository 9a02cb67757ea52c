/** Proves that a call ends in time where a cache or a callback that an authorizer was given fails or never ends. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { clientCredentials, logout, memoryStore, refreshToken } from "../../mod.ts";
import { settle } from "../support/manual_clock.ts";
import { ask, oauthError, setUpAuth, shown, TOKEN, untilSentCount } from "./auth_helpers.ts";

const CLIENT = { clientId: "some-client", clientSecret: "s3cret-0" };

/** Work that never ends, and tells when it has begun. */
function createHanging() {
  let begin = () => {};
  return {
    begun: () => new Promise<void>((resolve) => begin = resolve),
    work: () => (begin(), new Promise<never>(() => {})),
  };
}

for (const method of ["get", "commit"] as const) {
  Deno.test(`a cache whose '${method}' never ends is passed over after some seconds`, async () => {
    const { connect, clock } = setUpAuth();
    const hanging = createHanging();
    const cache = { ...memoryStore(), [method]: hanging.work };
    const client = connect(clientCredentials({ ...CLIENT, cache }));
    const begun = hanging.begun();
    const call = ask(client);
    await begun;
    await clock.advance(5_000);
    assertEquals([await call, clock.sleeping], ["online", 0]);
  });
}

for (const method of ["get", "commit"] as const) {
  Deno.test(`logout() ends with its time where the cache's '${method}' never does`, async () => {
    const { connect, clock } = setUpAuth();
    const hanging = createHanging();
    const cache = memoryStore();
    const client = connect(clientCredentials({ ...CLIENT, cache }));
    await ask(client);
    cache[method] = hanging.work;
    const begun = hanging.begun();
    const slow = logout(client, { timeoutMs: 1000 }).catch((error) => error.message);
    await begun;
    assertEquals(await clock.runUntil(slow), "logout took longer than 1000 ms");
  });
}

Deno.test("a token that nobody waits for any more may fail to come", async () => {
  const { clock, fetch } = setUpAuth();
  fetch.always(TOKEN, oauthError("invalid_client"));
  const signal = AbortSignal.abort(new Error("enough"));
  const context = { signal, fetch, clock, client: {}, rejected: undefined };
  const request = new Request("https://compute.example.org");
  await assertRejects(async () => void await clientCredentials(CLIENT)(request, context), Error, "enough");
  await untilSentCount(fetch, 1);
  await settle(); // A rejection that nobody hears would end the process here.
});

Deno.test("logout() revokes the token where the cache fails", async () => {
  const { connect, good } = setUpAuth();
  const fail = () => Promise.reject(new Error("disk full"));
  const client = connect(clientCredentials({ ...CLIENT, cache: { get: fail, commit: fail } }));
  await ask(client);
  assertEquals(await logout(client), { revoked: ["access_token"], notRevoked: [] });
  assertEquals(good.size, 0);
});

Deno.test("an 'onRotate' that never ends ends the call within a minute, and the next call tells it again", async () => {
  const { connect, clock } = setUpAuth({ refresh_token: "refresh-2" });
  const told: string[] = [];
  const hanging = createHanging();
  const client = connect(refreshToken({
    clientId: "some-client",
    refreshToken: "refresh-1",
    onRotate(next) {
      told.push(next);
      return told.length === 1 ? hanging.work() : undefined;
    },
  }));
  const begun = hanging.begun();
  const call = ask(client).catch((error) => error);
  await begun;
  const error = await clock.runUntil(call);
  assertStringIncludes(String(error), "none came within 55 s");
  assertEquals(shown(error).includes("refresh-"), false);
  assertEquals(await ask(client), "online");
  assertEquals(told, ["refresh-2", "refresh-2"]);
});
