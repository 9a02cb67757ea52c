/**
 * `storedLogin()` renews the login that is kept in the file once for all callers and processes, and says
 * how to log in again.
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { chmod, readFile, rm, writeFile } from "node:fs/promises";
import {
  type Authorizer,
  type Client,
  type Clock,
  ComputeAuthorizationError,
  createClient,
  getTask,
  logout,
} from "../../mod.ts";
import {
  beginLogin,
  endLogin,
  finishLogin,
  saveLogin,
  storedLogin,
  whoIsLoggedIn,
} from "../../src/login/mod.ts";
import { systemClock } from "../../src/base/clock.ts";
import { COMPUTE_SCOPE } from "../../src/http/globus_auth.ts";
import { tokenFile } from "../../src/login/token_file.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { createObservedFetch, json, type ObservedFetch } from "../support/observed_fetch.ts";
import { id } from "../support/task_helpers.ts";
import { type AuthServer, startAuthServer } from "./auth_server.ts";
import { assertNoSecrets, temporaryDirectory } from "./login_support.ts";

const CLIENT_ID = "11111111-2222-3333-4444-555555555555";
const BASE_URL = "https://compute.example.org";
const TASK = `GET /v2/tasks/${id(1)}`;

/** A person who has logged in, and a service that takes what the authorization server says is good. */
async function setUp() {
  const auth = await startAuthServer();
  const directory = await temporaryDirectory();
  const env = { GLOBUS_COMPUTE_USER_DIR: directory.path };
  const pending = await beginLogin({ clientId: CLIENT_ID, issuer: auth.issuer });
  const login = await finishLogin(pending, auth.authorize(pending.url).href);
  await saveLogin(auth.issuer, login, { env });
  auth.requests.length = 0;
  const file = tokenFile(directory.path);
  const clock = new ManualClock(Date.now());
  const service = createObservedFetch().always(TASK, ({ headers }) => {
    const token = (headers.get("authorization") ?? "").replace("Bearer ", "");
    return auth.access.has(token)
      ? json({ status: "running" })
      : json({ code: "USER_UNAUTHENTICATED" }, { status: 401 });
  });
  const connect = (
    authorizer: Authorizer = storedLogin({ issuer: auth.issuer, env }),
    time: Clock = clock,
  ): Client => {
    const send = (request: Request) => request.url.startsWith(BASE_URL) ? service(request) : fetch(request);
    return createClient({ authorizer, baseUrl: BASE_URL, fetch: send, clock: time });
  };
  return {
    auth,
    env,
    file,
    clock,
    service,
    connect,
    issuer: auth.issuer,
    async [Symbol.asyncDispose]() {
      await auth[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** What a login is found by, of a world that has more in it. */
function placeOf(world: { env: { GLOBUS_COMPUTE_USER_DIR: string }; issuer: string }) {
  return { env: world.env, issuer: world.issuer };
}

function sent(service: ObservedFetch): (string | undefined)[] {
  return service.sent.map(({ headers }) => headers.get("authorization")?.replace("Bearer ", ""));
}

function routes({ requests }: AuthServer): string[] {
  return requests.map(({ route }) => route.split("/").at(-1) as string);
}

async function refusal(client: Client): Promise<ComputeAuthorizationError> {
  const error = await assertRejects(() => getTask(client, id(1)), ComputeAuthorizationError);
  assertNoSecrets(error);
  return error;
}

Deno.test("storedLogin() sends the token of the file, and asks nobody", async () => {
  await using world = await setUp();
  await getTask(world.connect(), id(1));
  assertEquals(sent(world.service), ["secret-access-2"]);
  assertEquals(world.auth.requests, []);
});

Deno.test("storedLogin() says how to log in where nobody has", async () => {
  await using world = await setUp();
  const { env } = world;
  const globus = await refusal(world.connect(storedLogin({ env })));
  assertStringIncludes(
    globus.message,
    "Not logged in at https://auth.globus.org: run 'npx @edge-compute/globus login --client-id CLIENT_ID'",
  );
  const authorizer = storedLogin({ env, issuer: "http://127.0.0.1:1" });
  const local = await refusal(world.connect(authorizer));
  assertStringIncludes(
    local.message,
    "'npx @edge-compute/globus login --client-id CLIENT_ID --issuer http://127.0.0.1:1'",
  );
  await assertRejects(async () => await authorizer.identify?.(), ComputeAuthorizationError, "Not logged in");
  await assertRejects(async () => await authorizer.account?.(), ComputeAuthorizationError, "Not logged in");
  await assertRejects(() => whoIsLoggedIn({ env }), ComputeAuthorizationError, "Not logged in");
});

Deno.test("storedLogin() says who it is", async () => {
  await using world = await setUp();
  const { env, issuer } = world;
  const authorizer = storedLogin({ env, issuer: `${issuer}/` });
  const scopes = [COMPUTE_SCOPE, "openid", "profile", "email"];
  assertEquals(await authorizer.identify?.(), { issuer, clientId: CLIENT_ID, scopes });
  assertEquals(await authorizer.account?.(), `${issuer}|aaaaaaaa-0000-4000-8000-000000000001`);
});

Deno.test("storedLogin() renews a minute early, and keeps the new token", async () => {
  await using world = await setUp();
  const client = world.connect();
  await world.clock.advance(172_800_000 - 61_000);
  await getTask(client, id(1));
  assertEquals(routes(world.auth), []);
  await world.clock.advance(2_000);
  await getTask(client, id(1));
  assertEquals(routes(world.auth), ["token"]);
  assertEquals(Object.fromEntries(world.auth.requests[0]?.form ?? []), {
    grant_type: "refresh_token",
    refresh_token: "secret-refresh-2",
    client_id: CLIENT_ID,
  });
  const kept = await world.file.read(world.issuer);
  assertEquals([kept?.accessToken, kept?.refreshToken], ["secret-access-5", "secret-refresh-2"]);
  assertEquals(kept?.expiresAtMs, world.clock.nowMs() + 172_800_000);
  assertEquals(sent(world.service), ["secret-access-2", "secret-access-5"]);
  // Another process finds it there.
  await getTask(world.connect(), id(1));
  assertEquals(routes(world.auth), ["token"]);
});

Deno.test("storedLogin() asks once for all calls of a client that need a token", async () => {
  await using world = await setUp();
  const authorizer = storedLogin(placeOf(world));
  const rejected = new Request(BASE_URL, { headers: { authorization: "Bearer secret-access-2" } });
  const { signal } = new AbortController();
  const context = {
    rejected,
    signal,
    fetch: (request: Request) => fetch(request),
    clock: systemClock,
    client: {},
  };
  const authorized = await Promise.all(
    Array.from({ length: 5 }, () => authorizer(new Request(BASE_URL), context)),
  );
  const bearer = authorized.map(({ headers }) => headers.get("authorization"));
  assertEquals(bearer, Array(5).fill("Bearer secret-access-5"));
  assertEquals(routes(world.auth), ["token"]);
});

Deno.test("storedLogin() renews a token of a short life after half of it", async () => {
  await using world = await setUp();
  world.auth.behaviour.expiresIn = 60;
  const client = world.connect();
  world.auth.access.delete("secret-access-2");
  await getTask(client, id(1));
  const kept = await world.file.read(world.issuer);
  assertEquals([kept?.renewAtMs, kept?.expiresAtMs], [30_000, 60_000].map((ms) => world.clock.nowMs() + ms));
  await world.clock.advance(29_000);
  await getTask(client, id(1));
  assertEquals(routes(world.auth), ["token"]);
  await world.clock.advance(2_000);
  await getTask(client, id(1));
  assertEquals(routes(world.auth), ["token", "token"]);
});

Deno.test("storedLogin() gets another token once when the service refuses one", async () => {
  await using world = await setUp();
  world.auth.access.delete("secret-access-2");
  await getTask(world.connect(), id(1));
  assertEquals(sent(world.service), ["secret-access-2", "secret-access-5"]);
  world.service.always(TASK, () => json({ code: "USER_UNAUTHENTICATED" }, { status: 401 }));
  const error = await refusal(world.connect());
  assertEquals(error.status, 401);
  assertEquals(routes(world.auth), ["token", "token"]);
});

Deno.test("storedLogin() takes the token that another process has put into the file", async () => {
  await using world = await setUp();
  const client = world.connect();
  await getTask(client, id(1));
  world.auth.access.delete("secret-access-2");
  await getTask(world.connect(), id(1));
  await getTask(client, id(1));
  assertEquals(sent(world.service), ["2", "2", "5", "2", "5"].map((number) => `secret-access-${number}`));
  assertEquals(routes(world.auth), ["token"]);
});

Deno.test("storedLogin() keeps a new refresh token, and takes the one that another process got", async () => {
  await using world = await setUp();
  world.auth.behaviour.rotates = true;
  world.auth.access.delete("secret-access-2");
  const clients = Array.from({ length: 4 }, () => world.connect(undefined, systemClock));
  await Promise.all(clients.map((client) => getTask(client, id(1))));
  const kept = await world.file.read(world.issuer);
  assert(kept?.refreshToken !== "secret-refresh-2");
  assertEquals(world.auth.refresh.get(kept?.refreshToken ?? ""), "funcx_service");
  assertEquals(world.auth.access.has(kept?.accessToken ?? ""), true);
});

Deno.test("storedLogin() says to log in again where the refresh token is expired or revoked", async () => {
  await using world = await setUp();
  world.auth.access.clear();
  world.auth.refresh.clear();
  const error = await assertRejects(
    () => getTask(world.connect(undefined, systemClock), id(1)),
    ComputeAuthorizationError,
  );
  assertNoSecrets(error);
  assertStringIncludes(
    error.message,
    `the login of ada@example.org at ${world.issuer} is expired or revoked`,
  );
  assertStringIncludes(
    error.message,
    `log in again: npx @edge-compute/globus login --client-id ${CLIENT_ID} --issuer ${world.issuer}`,
  );
  assertEquals(error.serviceCode, "invalid_grant");
});

Deno.test("storedLogin() says so where there is no refresh token", async () => {
  await using world = await setUp();
  await world.file.update(world.issuer, (login) => {
    const { refreshToken: _, ...rest } = login ?? (undefined as never);
    return rest;
  });
  world.auth.access.clear();
  assertStringIncludes((await refusal(world.connect())).message, "there is no refresh token: log in again");
});

Deno.test("storedLogin() does not wait for a token for ever", async () => {
  await using world = await setUp();
  world.auth.access.clear();
  world.auth.behaviour.silent.add("POST /v2/oauth2/token");
  // Reading the file takes a time of its own, which is not the clock's.
  const isBusy = () => world.auth.requests.length === 0;
  const error = await assertRejects(
    () => world.clock.runUntil(getTask(world.connect(), id(1)), isBusy),
    ComputeAuthorizationError,
    "Cannot get an access token",
  );
  assertNoSecrets(error);
});

Deno.test("storedLogin() names a damaged file and what it cannot write, and shows nothing of them", async () => {
  await using world = await setUp();
  const text = await readFile(world.file.path, "utf8");
  await writeFile(world.file.path, text.slice(0, -20));
  const error = await refusal(world.connect());
  assertEquals(
    error.message,
    `Cannot use the logins in '${world.file.path}': the file is damaged; log in again`,
  );
  await assertRejects(() => whoIsLoggedIn(placeOf(world)), ComputeAuthorizationError, "the file is damaged");
});

Deno.test("storedLogin() does without a file that it cannot write, unless the refresh token has changed", async () => {
  await using world = await setUp();
  if (Deno.uid() === 0) return; // Root may write everything.
  world.auth.access.clear();
  await chmod(world.env.GLOBUS_COMPUTE_USER_DIR, 0o500);
  try {
    await getTask(world.connect(), id(1));
    world.auth.behaviour.rotates = true;
    await refusal(world.connect());
  } finally {
    await chmod(world.env.GLOBUS_COMPUTE_USER_DIR, 0o700);
  }
});

Deno.test("logout() revokes what a stored login has, and forgets it", async () => {
  await using world = await setUp();
  const client = world.connect();
  await getTask(client, id(1));
  const { revoked, notRevoked } = await logout(client);
  assertEquals(notRevoked, []);
  assertEquals(revoked.toSorted(), ["access_token", "access_token", "refresh_token", "refresh_token"]);
  const left = [...world.auth.access.keys(), ...world.auth.refresh.keys()];
  assertEquals(left, ["secret-access-4", "secret-refresh-4"]); // Those for Transfer were never kept.
  assertEquals(world.auth.requests.map(({ form }) => form.get("client_id")), Array(4).fill(CLIENT_ID));
  assertStringIncludes((await refusal(client)).message, "Not logged in");
  assertEquals(await endLogin(placeOf(world)), { revoked: [], notRevoked: [] });
});

Deno.test("logout() forgets a login that the server could not be told of, and says so", async () => {
  await using world = await setUp();
  world.auth.behaviour.fail.set("POST /v2/oauth2/token/revoke", { status: 503, body: "secret-access-2" });
  const { revoked, notRevoked } = await logout(world.connect());
  assertEquals([revoked.length, notRevoked.length], [0, 4]);
  for (const { reason } of notRevoked) assertNoSecrets(reason);
  assertEquals(await world.file.read(world.issuer), undefined);
});

Deno.test("a logout is not undone by a renewal that was under way", async () => {
  await using world = await setUp();
  world.auth.access.delete("secret-access-2");
  const client = world.connect(async (request, context) => {
    const authorizer = storedLogin(placeOf(world));
    if (context.rejected === undefined) return await authorizer(request, context);
    const fetch = async (sent: Request) => {
      const answer = await context.fetch(sent);
      await world.file.update(world.issuer, () => undefined);
      return answer;
    };
    return await authorizer(request, { ...context, fetch });
  });
  assertStringIncludes((await refusal(client)).message, "Not logged in");
  assertEquals(await world.file.read(world.issuer), undefined);
  assertEquals([...world.auth.access.values()].includes("funcx_service"), false);
});

Deno.test("whoIsLoggedIn() asks with the token that is for it, and renews it where need be", async () => {
  await using world = await setUp();
  const { env, issuer, clock, file } = world;
  const { expiresAtMs, ...status } = await whoIsLoggedIn({ env, issuer, clock });
  assertEquals(status, {
    identity: {
      sub: "aaaaaaaa-0000-4000-8000-000000000001",
      username: "ada@example.org",
      name: "Ada Lovelace",
    },
    issuer,
    clientId: CLIENT_ID,
    isRenewable: true,
    file: file.path,
  });
  assertEquals(expiresAtMs, (await file.read(issuer))?.expiresAtMs);
  assertEquals(routes(world.auth), ["userinfo"]);
  world.auth.access.delete("secret-access-3");
  await whoIsLoggedIn({ env, issuer, clock });
  assertEquals(routes(world.auth).slice(1), ["userinfo", "token", "userinfo"]);
  const kept = await file.read(issuer);
  assertEquals([kept?.accessToken, kept?.userinfo?.accessToken], ["secret-access-2", "secret-access-5"]);
  world.auth.refresh.clear();
  world.auth.access.clear();
  const error = await assertRejects(
    () => whoIsLoggedIn({ env, issuer }),
    ComputeAuthorizationError,
    "is expired or revoked, so log in again",
  );
  assertNoSecrets(error);
  await rm(file.path);
});
