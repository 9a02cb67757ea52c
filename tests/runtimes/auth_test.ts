/**
 * All authorizers do the same on Deno, on Node and in workerd, against a local service over HTTP, and
 * nothing that they print or throw has a secret in it.
 */
import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { exportJWK, generateKeyPair } from "jose";
import { startLocalService } from "../../src/local/mod.ts";
import { ROOT } from "../support/run.ts";
import { logInWithBrowser } from "../support/log_in.ts";
import type { Outcome, World } from "./auth_world.ts";
import { startControlServer } from "./control_server.ts";
import { SANITIZE, startWorker } from "./start_worker.ts";

/** What a runtime came to: the outcome, and everything that it printed. */
interface Run {
  outcome: Outcome;
  printed: string;
}

/** No address, as the service knows it as a client, too, whose id can have no colon (RFC 7617). */
const JWT_ISSUER = "portal.example.org";
const JWT_AUDIENCE = "https://compute.example.org";
const JWT_ISSUER_SECRET = "issuer-s3cret-0123456789";
const LOGINS = 10;
const POLICY_ID = "0d2b1a51-5f3c-4b35-8d0c-b1e8a2f7a001";

/** Starts a service and runs the suite against it, then holds what was printed against what was secret. */
async function test(t: Deno.TestContext, run: (world: World) => Promise<Run | string>): Promise<void> {
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const other = { clientId: "other", clientSecret: "other-s3cret-0123456789" };
  await using local = await startLocalService({
    workers: 1,
    functions: { double: (x: number) => 2 * x, slow: (x: number) => 2 * x },
    clients: [other, { clientId: JWT_ISSUER, clientSecret: JWT_ISSUER_SECRET }],
    trustedIssuers: [{
      issuer: JWT_ISSUER,
      audience: JWT_AUDIENCE,
      keys: { keys: [await exportJWK(publicKey) as JsonWebKey] },
    }],
  });
  await using control = await startControlServer(local);
  const { baseUrl, issuer, endpointId, clientId, clientSecret, nativeClientId, accessToken } = local;
  const refreshTokens: string[] = [];
  while (refreshTokens.length < LOGINS) refreshTokens.push((await logInWithBrowser(local)).refreshToken);
  const world: World = {
    ...{ baseUrl, issuer, endpointId, clientId, clientSecret, nativeClientId, accessToken },
    refreshTokens,
    foreignEndpointId: await registerEndpoint(baseUrl, accessToken, {}),
    policyEndpointId: await registerEndpoint(baseUrl, accessToken, { authentication_policy: POLICY_ID }),
    policyId: POLICY_ID,
    otherClientId: other.clientId,
    otherClientSecret: other.clientSecret,
    jwtKey: await exportJWK(privateKey) as JsonWebKey,
    jwtIssuer: JWT_ISSUER,
    jwtAudience: JWT_AUDIENCE,
    jwtIssuerSecret: JWT_ISSUER_SECRET,
    controlUrl: control.url,
    redirectUrl: control.redirectUrl,
  };
  const result = await run(world);
  const { outcome, printed } = typeof result === "string"
    ? { outcome: await control.outcome, printed: result }
    : result;
  assertEquals(outcome.cases.length > 40, true);
  for (const { name, error } of outcome.cases) await t.step(name, () => assertEquals(error, undefined));
  await t.step("nothing that was printed, thrown or can be looked at has a secret in it", () => {
    assertEquals(outcome.secrets.length > 80, true);
    const everything = [printed, ...outcome.log, ...outcome.cases.map(({ error }) => error)].join("\n");
    assertEquals(printed.length > 10_000, true, "nothing was caught");
    assertEquals(
      outcome.secrets.filter((secret) => everything.includes(secret)).map((secret) => secret.length),
      [],
    );
  });
}

async function registerEndpoint(baseUrl: string, token: string, settings: object): Promise<string> {
  const response = await fetch(`${baseUrl}/v3/endpoints`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ endpoint_name: "lab", metadata: {}, ...settings }),
  });
  return (await response.json()).endpoint_id;
}

/** Runs a program with the world on its standard input, and gives what it printed. */
async function runProgram(
  program: string,
  args: string[],
  world: World,
  env: Record<string, string>,
): Promise<string> {
  const child = new Deno.Command(program, {
    args,
    cwd: ROOT,
    env: { NO_COLOR: "1", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(world)));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  const printed = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  if (!success) throw new Error(printed);
  return printed;
}

const SUITE = fileURLToPath(new URL("tests/runtimes/run_auth_suite.ts", ROOT));

Deno.test("authorizers on Deno", (t) =>
  test(t, (world) => runProgram(Deno.execPath(), ["run", "-A", "--log-level=debug", SUITE], world, {})));

Deno.test("authorizers on Node", (t) =>
  test(t, (world) => {
    const tsx = fileURLToPath(new URL("node_modules/tsx/dist/cli.mjs", ROOT));
    return runProgram("node", ["--trace-warnings", tsx, SUITE], world, { NODE_DEBUG: "*" });
  }));

Deno.test("authorizers in workerd", SANITIZE, (t) =>
  test(t, async (world) => {
    const { worker, printed } = await startWorker("tests/runtimes/auth_suite_worker.ts");
    try {
      const response = await worker.dispatchFetch("http://suite/", {
        method: "POST",
        body: JSON.stringify(world),
      });
      return { outcome: await response.json() as Outcome, printed: printed.join("\n") };
    } finally {
      await worker.dispose();
    }
  }));
