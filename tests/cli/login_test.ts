/**
 * `login`, `whoami`, `run` and `logout` act for a person at a local service, and show neither codes nor
 * secrets.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { startLocalService } from "../../src/local/mod.ts";
import { freePort } from "../support/free_port.ts";
import { answerPage } from "../support/log_in.ts";
import { callCli } from "./call_cli.ts";
import { environment, workspace } from "./cli_process.ts";

/** Logs in as somebody at a terminal does, who opens the address and pastes what it shows. */
function logIn(
  args: readonly string[],
  env: Record<string, string>,
  answer: (address: string) => Promise<string>,
): ReturnType<typeof callCli> {
  const address = Promise.withResolvers<string>();
  async function* type() {
    yield `${await answer(await address.promise)}\n`;
  }
  return callCli(["login", ...args], {
    env,
    stdin: type(),
    onMessage(text) {
      const [found] = /^http\S+$/m.exec(text) ?? [];
      if (found !== undefined) address.resolve(found);
    },
  });
}

Deno.test("login, whoami, run and logout act for a person, at a local service", async () => {
  await using local = await startLocalService({ workers: 1 });
  await using place = await workspace();
  const env = {
    ...environment(place.path, local),
    GLOBUS_COMPUTE_CLIENT_ID: "",
    GLOBUS_COMPUTE_CLIENT_SECRET: "",
  };
  const codes: string[] = [];
  const paste = async (address: string) => {
    const callback = await answerPage(address, local);
    codes.push(callback.searchParams.get("code") ?? "");
    return callback.searchParams.get("code") ?? "";
  };
  const { code, stdout, stderr } = await logIn(["--client-id", local.nativeClientId], env, paste);
  assertEquals(code, 0, stderr);
  assertMatch(
    stdout,
    /^Logged in as \S+ .*at http:\S+\n {2}until {6}.*, and renewed by itself\n {2}kept in {4}.*\n$/,
  );
  assertStringIncludes(stderr, "Paste the code that it shows: ");

  const who = await callCli(["whoami", "--json"], { env });
  const { username, issuer, clientId, isRenewable, file } = JSON.parse(who.stdout);
  assertEquals([who.code, issuer, clientId, isRenewable], [0, local.issuer, local.nativeClientId, true]);
  assertStringIncludes(stdout, username);
  assertStringIncludes(stdout, file);
  const source = await place.write("double.py", "def double(x): return 2 * x\n");
  const run = ["run", source, "--endpoint", local.endpointId, "--args", "21", "--quiet"];
  assertEquals(await callCli(run, { env }), { code: 0, stdout: "42\n", stderr: "" });

  const again = await logIn(["--client-id", local.nativeClientId, "--json", "--quiet"], env, paste);
  assertEquals([again.code, JSON.parse(again.stdout).username], [0, username]);
  assertMatch(again.stderr, /^Open this address in a browser:\n\nhttp\S+\n\nPaste the code/);
  const left = await callCli(["logout", "--json"], { env });
  assertEquals(left.code, 0);
  const { wasLoggedIn, revoked, notRevoked } = JSON.parse(left.stdout);
  assertEquals([wasLoggedIn, notRevoked], [true, []]);
  assert(revoked.includes("refresh_token"));
  assertEquals((await callCli(["logout"], { env })).stdout, "Nobody was logged in\n");
  const nobody = await callCli(["whoami", "--json"], { env });
  assertEquals([nobody.code, JSON.parse(nobody.stdout).error.code], [3, "ERR_COMPUTE_AUTHORIZATION"]);
  for (const secret of [local.clientSecret, ...codes]) {
    for (const shown of [stdout, stderr, who.stdout, again.stdout, again.stderr, left.stdout]) {
      assert(!shown.includes(secret));
    }
  }
});

Deno.test("login says what is missing or wrong, and how to go on", async () => {
  await using local = await startLocalService({ workers: 1 });
  await using place = await workspace();
  const env = {
    ...environment(place.path, local),
    GLOBUS_COMPUTE_CLIENT_ID: "",
    GLOBUS_COMPUTE_CLIENT_SECRET: "",
  };
  const unknown = await callCli(["login"], { env });
  assertEquals([unknown.code, unknown.stdout], [2, ""]);
  assertStringIncludes(unknown.stderr, "Which client? Give its id: globus-edge login --client-id ID");
  assertStringIncludes(unknown.stderr, "https://app.globus.org/settings/developers");
  const client = ["--client-id", local.nativeClientId];
  const empty = await callCli(["login", ...client], { env, stdin: "\n" });
  assertEquals(empty.code, 3);
  assertMatch(empty.stderr, /\nCannot log in: no code was given\n$/);
  const wrong = await callCli(["login", ...client], { env, stdin: "top-secret\n" });
  assertEquals(wrong.code, 3);
  assertMatch(wrong.stderr, /the code is expired, used up, or of another login: begin again/);
  assert(!wrong.stderr.includes("top-secret"));
  const never = Promise.withResolvers<void>();
  const late = await callCli(["login", ...client, "--timeout", "1"], {
    env,
    stdin: (async function* () {
      await never.promise;
      yield "late\n";
    })(),
  });
  never.resolve();
  assertEquals([late.code, late.stdout], [6, ""]);
  assertMatch(late.stderr, /\nThe time that --timeout gives is over\n$/);
});

Deno.test("login stops waiting for the browser at Ctrl-C, and after --timeout", async () => {
  await using local = await startLocalService({ workers: 1 });
  await using place = await workspace();
  const env = { ...environment(place.path, local), GLOBUS_COMPUTE_CLIENT_SECRET: "" };
  const port = freePort();
  const listener = Deno.listen({ port, hostname: "127.0.0.1" });
  const args = ["login", "--client-id", local.nativeClientId, "--port", String(port)];
  const taken = await callCli(args, { env });
  assertEquals(taken.code, 2);
  assertMatch(taken.stderr, /^Port \d+ is taken: choose another one/);
  listener.close();
  const interruption = new AbortController();
  const interrupted = await callCli(args, {
    env,
    signal: interruption.signal,
    onMessage: (text) => text.startsWith("Waiting") && interruption.abort(),
  });
  assertEquals(interrupted.code, 130);
  assertMatch(interrupted.stderr, /Waiting for it at http:\/\/localhost:\d+\/callback\nInterrupted\n$/);
  const late = await callCli([...args, "--timeout", "1"], { env });
  assertEquals(late.code, 6);
  assertMatch(late.stderr, /\nThe time that --timeout gives is over\n$/);
});

Deno.test("whoami tells whose the credentials of the environment are", async () => {
  await using local = await startLocalService({ workers: 1 });
  await using place = await workspace();
  const env = environment(place.path, local);
  const client = await callCli(["whoami"], { env });
  assertEquals([client.code, client.stderr], [0, ""]);
  assertMatch(
    client.stdout,
    new RegExp(`^${local.clientId}@clients\\.auth\\.globus\\.org\n {2}issuer {5}${local.issuer}\n`),
  );
  assert(!client.stdout.includes(local.clientSecret));
  const wrong = await callCli(["whoami"], { env: { ...env, GLOBUS_COMPUTE_CLIENT_SECRET: "top-secret" } });
  assertEquals([wrong.code, wrong.stdout], [3, ""]);
  const token = { ...env, GLOBUS_COMPUTE_CLIENT_SECRET: "", GLOBUS_COMPUTE_ACCESS_TOKEN: "top-secret" };
  assertEquals(JSON.parse((await callCli(["whoami", "--json"], { env: token })).stdout), {
    source: "GLOBUS_COMPUTE_ACCESS_TOKEN",
  });
  const alone = await callCli(["whoami"], { env: { ...env, GLOBUS_COMPUTE_CLIENT_ID: "" } });
  assertEquals(alone.code, 2);
  assertMatch(alone.stderr, /^Cannot use GLOBUS_COMPUTE_CLIENT_SECRET alone: set GLOBUS_COMPUTE_CLIENT_ID/);
});
