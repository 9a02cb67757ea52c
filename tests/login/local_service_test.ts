/**
 * A person logs in at a local service; calls and waiting batches outlive the end of a token, and a refused
 * login leaves nothing.
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  batchRun,
  type Client,
  ComputeAuthorizationError,
  createClient,
  getEndpoints,
  registerSource,
  waitForBatch,
} from "../../mod.ts";
import { type LocalService, startLocalService } from "../../src/local/mod.ts";
import { storedLogin } from "../../src/login/mod.ts";
import { tokenFile } from "../../src/login/token_file.ts";
import { answerPage } from "../support/log_in.ts";
import { until } from "../support/until.ts";
import { run, start } from "./login_process.ts";
import { assertNoSecrets, temporaryDirectory } from "./login_support.ts";

/** What a person copies from the page that the browser ends on. */
async function shownCode(local: LocalService, address: string): Promise<string> {
  const page = await (await fetch(await answerPage(address, local))).text();
  return /<code>([^<]+)<\/code>/.exec(page)?.[1] ?? "";
}

/** Whether the service takes a token. */
async function statusFor({ baseUrl }: LocalService, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${baseUrl}/v2/authenticate`, { headers });
  await response.body?.cancel();
  return response.status;
}

interface Tokens {
  access: string;
  refresh: string;
}

/** Whether the two tokens are the same as others: an assertion that fails shows what it is given. */
function areSame(some: Tokens, others: Tokens): boolean[] {
  return [some.access === others.access, some.refresh === others.refresh];
}

/** How often tokens were asked for. */
function tokenRequests({ requests }: LocalService): number {
  return requests.filter(({ path }) => path === "/v2/oauth2/token").length;
}

Deno.test("a person logs in at a local service, calls it, has the login renewed, and logs out", async (t) => {
  await using made = await temporaryDirectory();
  await using local = await startLocalService({ workers: 1, functions: { double: (x: number) => 2 * x } });
  const { issuer, baseUrl, endpointId } = local;
  const file = tokenFile(made.path);
  const secrets = [local.clientSecret];
  const connect = (): Client =>
    createClient({ baseUrl, authorizer: storedLogin({ issuer, userDir: made.path }) });
  const client = connect();
  const kept = async (): Promise<Tokens> => {
    const login = await file.read(issuer);
    assert(login?.refreshToken !== undefined);
    secrets.push(login.accessToken, login.refreshToken);
    return { access: login.accessToken, refresh: login.refreshToken };
  };
  let tokens: Tokens = { access: "", refresh: "" };

  await t.step("login", async () => {
    const login = start("login", ["--client-id", local.nativeClientId, "--issuer", issuer], made.path);
    const code = await shownCode(local, await login.address);
    await login.type(code);
    const { code: exit, stdout, stderr } = await login.done;
    assertEquals(exit, 0, stderr);
    assertStringIncludes(stdout, `Logged in as you@localhost (Owner of this service) at ${issuer}\n`);
    tokens = await kept();
    assertNoSecrets(stdout + stderr, [...secrets, code]);
  });

  await t.step("whoami", async () => {
    const { code, stdout, stderr } = await run("whoami", ["--issuer", issuer], made.path);
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, "you@localhost\n  name       Owner of this service\n");
    assertStringIncludes(stdout, `client     ${local.nativeClientId}\n`);
    assertNoSecrets(stdout, secrets);
  });

  await t.step("a call", async () => {
    const before = tokenRequests(local);
    assertEquals((await getEndpoints(client)).map(({ endpointId }) => endpointId), [local.endpointId]);
    assertEquals([tokenRequests(local) - before, areSame(await kept(), tokens)], [0, [true, true]]);
  });

  await t.step("a call once the token has expired renews it, for other processes too", async () => {
    const before = tokenRequests(local);
    local.expireAccessTokens();
    await getEndpoints(client);
    const next = await kept();
    assertEquals(areSame(next, tokens), [false, false]);
    await getEndpoints(connect()); // What is in the file is good.
    assertEquals(tokenRequests(local) - before, 1);
    assertEquals(await statusFor(local, tokens.access), 401);
    tokens = next;
    const shown = await run("whoami", ["--issuer", issuer], made.path); // The token for userinfo has expired too.
    assertEquals([shown.code, shown.stderr], [0, ""]);
  });

  const ends: [how: string, end: () => unknown][] = [
    ["expires", () => local.expireAccessTokens()],
    ["is revoked", async () => {
      const body = new URLSearchParams({ token: tokens.access, client_id: local.nativeClientId });
      const revoked = await fetch(`${issuer}/v2/oauth2/token/revoke`, { method: "POST", body });
      await revoked.body?.cancel();
      assertEquals(await statusFor(local, tokens.access), 401);
    }],
  ];
  for (const [how, end] of ends) {
    await t.step(`a token ${how} while a batch is waiting`, async () => {
      local.setFaults({ offline: true });
      const functionId = await registerSource(client, { source: "def double(x):\n    return 2 * x\n" });
      const tasks = [1, 2].map((x) => ({ functionId, args: [x] }));
      const waiting = waitForBatch(client, await batchRun(client, { endpointId, tasks }));
      const before = tokenRequests(local);
      await end();
      await until("a request for a token", () => tokenRequests(local) > before);
      local.setFaults();
      const outcomes = await waiting;
      assertEquals(outcomes.map((outcome) => outcome.state === "success" && outcome.result), [2, 4]);
      assertEquals(tokenRequests(local) - before, 1);
      const next = await kept();
      assertEquals(areSame(next, tokens), [false, false]);
      tokens = next;
    });
  }

  await t.step("logout", async () => {
    tokens = await kept();
    assertEquals(await statusFor(local, tokens.access), 200);
    const { code, stdout, stderr } = await run("logout", ["--issuer", issuer], made.path);
    assertEquals([code, stderr], [0, ""]);
    assertEquals(stdout, "Logged out: 4 tokens revoked, and the login forgotten\n");
    assertEquals(await file.read(issuer), undefined);
    assertEquals(await statusFor(local, tokens.access), 401);
    const body = new URLSearchParams({
      grant_type: "refresh_token",
      client_id: local.nativeClientId,
      refresh_token: tokens.refresh,
    });
    const refused = await fetch(`${issuer}/v2/oauth2/token`, { method: "POST", body });
    assertEquals((await refused.json()).error, "invalid_grant");
  });

  await t.step("a call then says that nobody is logged in, also of the client that has a token", async () => {
    for (const each of [client, connect()]) {
      const error = await assertRejects(() => getEndpoints(each), ComputeAuthorizationError, "Not logged in");
      assertStringIncludes(error.message, `--issuer ${issuer}`);
      assertNoSecrets(error, secrets);
    }
  });
});

Deno.test("a login that is refused on the page, or whose code comes a second time, leaves nothing behind", async () => {
  await using made = await temporaryDirectory();
  await using local = await startLocalService({ workers: 1 });
  const { issuer } = local;
  const args = ["--client-id", local.nativeClientId, "--issuer", issuer];
  const first = start("login", args, made.path);
  const address = await first.address;
  await first.type("wrong-code");
  const { code, stderr } = await first.done;
  assertEquals(code, 3);
  assertStringIncludes(stderr, "Cannot log in");

  const second = start("login", args, made.path);
  await second.address;
  await second.type(await shownCode(local, address)); // Of the first login, which has another verifier.
  const refused = await second.done;
  assertEquals(refused.code, 3);
  assertStringIncludes(refused.stderr, "Cannot log in");
  assertEquals(await tokenFile(made.path).read(issuer), undefined);
});
