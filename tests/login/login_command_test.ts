/**
 * `login`, `whoami` and `logout` work against a server of OAuth, from a pasted code and through the
 * browser, on Deno and Node.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { request } from "node:http";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../support/free_port.ts";
import { startAuthServer } from "./auth_server.ts";
import { run, runHere, start, startHere } from "./login_process.ts";
import { assertNoSecrets, temporaryDirectory } from "./login_support.ts";

const CLIENT_ID = "11111111-2222-3333-4444-555555555555";

/** Opens an address as a browser does. */
function open(url: URL): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { port, pathname, search } = url;
    const headers = { host: url.host };
    request({ host: "127.0.0.1", port, path: pathname + search, headers, agent: false }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode));
    }).on("error", reject).end();
  });
}

for (const runtime of ["deno", "node"]) {
  Deno.test(`login, whoami and logout work from a pasted code, on ${runtime}`, async () => {
    await using made = await temporaryDirectory();
    await using auth = await startAuthServer();
    const { issuer } = auth;
    const file = join(made.path, "edge-compute-globus.json");
    const login = start("login", ["--client-id", CLIENT_ID, "--issuer", issuer], made.path, runtime);
    const callback = auth.authorize(await login.address);
    assertEquals(callback.origin + callback.pathname, `${issuer}/v2/web/auth-code`);
    await login.type(callback.searchParams.get("code") ?? "");
    const { code, stdout, stderr } = await login.done;
    assertEquals(code, 0, stderr);
    assertMatch(stderr, /^Open this address in a browser:\n\nhttp\S+\n\nPaste the code that it shows: \n$/);
    assertStringIncludes(stdout, `Logged in as ada@example.org (Ada Lovelace) at ${issuer}\n`);
    assertMatch(stdout, /until {6}\d+ \w+ \d{4}, .+, and renewed by itself\n/);
    assertStringIncludes(stdout, `kept in    ${file}\n`);
    assertNoSecrets(stdout);
    assertEquals((await stat(file)).mode & 0o777, 0o600);

    const shown = await run("whoami", ["--issuer", issuer], made.path, runtime);
    assertEquals([shown.code, shown.stderr], [0, ""]);
    assertStringIncludes(shown.stdout, "ada@example.org\n  name       Ada Lovelace\n");
    assertStringIncludes(shown.stdout, "identity   aaaaaaaa-0000-4000-8000-000000000001\n");
    assertStringIncludes(shown.stdout, `issuer     ${issuer}\n`);
    assertNoSecrets(shown.stdout);

    const left = await run("logout", ["--issuer", issuer], made.path, runtime);
    assertEquals(left, {
      code: 0,
      stdout: "Logged out: 4 tokens revoked, and the login forgotten\n",
      stderr: "",
    });
    const after = await run("whoami", ["--issuer", issuer], made.path, runtime);
    assertEquals([after.code, after.stdout], [3, ""]);
    assertEquals(
      after.stderr,
      `Not logged in at ${issuer}: run 'npx -y deno@2.9.6 task cli login --client-id CLIENT_ID --issuer ${issuer}', with the id of your native app client for CLIENT_ID\n` +
        "Or set GLOBUS_COMPUTE_CLIENT_ID and GLOBUS_COMPUTE_CLIENT_SECRET, or GLOBUS_COMPUTE_ACCESS_TOKEN\n",
    );
    const again = await run("logout", ["--issuer", issuer], made.path, runtime);
    assertEquals(again, { code: 0, stdout: "Nobody was logged in\n", stderr: "" });
  });
}

Deno.test("login waits for the browser at a port, and refuses another login's answer", async () => {
  await using made = await temporaryDirectory();
  await using auth = await startAuthServer();
  const port = freePort();
  const args = ["--client-id", CLIENT_ID, "--issuer", auth.issuer, "--port", `${port}`];
  const login = startHere("login", args, made.path);
  const callback = auth.authorize(await login.address);
  assertEquals(callback.origin + callback.pathname, `http://localhost:${port}/callback`);
  const foreign = new URL(callback);
  foreign.searchParams.set("state", "other");
  assertEquals(await open(foreign), 400);
  assertEquals(await open(callback), 200);
  const { code, stdout, stderr } = await login.done;
  assertEquals(code, 0);
  assertMatch(
    stderr,
    /\nWaiting for it at \S+\nAn answer of another login came, and was refused: open the address above\n$/,
  );
  assertStringIncludes(stdout, "Logged in as ada@example.org");
  assertNoSecrets(stdout + stderr);
});

Deno.test("login says that it was refused in the browser", async () => {
  await using made = await temporaryDirectory();
  await using auth = await startAuthServer();
  const args = ["--client-id", CLIENT_ID, "--issuer", auth.issuer, "--port", `${freePort()}`];
  const login = startHere("login", args, made.path);
  const callback = auth.authorize(await login.address);
  callback.searchParams.delete("code");
  callback.searchParams.set("error", "access_denied");
  assertEquals(await open(callback), 200);
  const { code, stderr } = await login.done;
  assertEquals(code, 3);
  assertMatch(stderr, /\nCannot log in: access was denied in the browser \(access_denied\)\n$/);
});

Deno.test("login without a client says how to register one", async () => {
  await using made = await temporaryDirectory();
  const { code, stdout, stderr } = await runHere("login", [], made.path);
  assertEquals([code, stdout], [2, ""]);
  assertStringIncludes(stderr, "https://app.globus.org/settings/developers");
  assertStringIncludes(stderr, "Register a thick client or script");
});

Deno.test("logout says what it could not revoke, and forgets the login all the same", async () => {
  await using made = await temporaryDirectory();
  await using auth = await startAuthServer();
  const { issuer } = auth;
  const login = startHere("login", ["--client-id", CLIENT_ID, "--issuer", issuer], made.path);
  await login.type(auth.authorize(await login.address).href);
  assertEquals((await login.done).code, 0);
  auth.behaviour.fail.set("POST /v2/oauth2/token/revoke", { status: 503, body: "{}" });
  const { code, stdout, stderr } = await runHere("logout", ["--issuer", issuer], made.path);
  assertEquals([code, stdout], [4, "Logged out: 0 tokens revoked, and the login forgotten\n"]);
  assertMatch(stderr, /^The access token may still be taken: POST .*\/token\/revoke failed: status 503\n/);
  assertNoSecrets(stderr);
  assertEquals((await runHere("whoami", ["--issuer", issuer], made.path)).code, 3);
});

Deno.test("login, whoami and logout say in a line what they cannot use", async () => {
  await using made = await temporaryDirectory();
  const taken = join(made.path, "taken");
  await writeFile(taken, "");
  const cases: [command: string, args: string[], code: number, message: RegExp][] = [
    [
      "login",
      ["--client-id", CLIENT_ID, "--port", "http"],
      2,
      /^Cannot use '--port': it must be a whole number from 1 to 65535, not 'http';/,
    ],
    [
      "login",
      ["--client-id", CLIENT_ID, "--issuer", "http://example.org"],
      2,
      /^Cannot use 'issuer' with http/,
    ],
    ["login", ["--token", "x"], 2, /'--token'/],
    ["whoami", ["--issuer", "example"], 2, /^Cannot use 'issuer': it is no URL/],
    [
      "login",
      ["--client-id", CLIENT_ID],
      3,
      /in the directory '.*taken': it is a file; set GLOBUS_COMPUTE_USER_DIR/,
    ],
    ["logout", [], 3, /in the directory '.*taken': it is a file; set GLOBUS_COMPUTE_USER_DIR/],
  ];
  for (const [command, args, expected, message] of cases) {
    const { code, stdout, stderr } = await runHere(command, args, taken);
    assertMatch(stderr, message);
    assertEquals([code, stdout, stderr.trimEnd().split("\n").length], [expected, "", 1], stderr);
  }
});
