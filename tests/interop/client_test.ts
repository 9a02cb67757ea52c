/** The real Python client works with the local service, and gets its tokens there. */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { startLocalService } from "../../src/local/mod.ts";
import { interpreterOf, startPythonProgram } from "./python_program.ts";

/** The only address of a local service that the Python client knows. */
const PORT = 5000;

for (const environment of ["current", "previous"] as const) {
  Deno.test(`the real Python client works with the local service (${environment} version)`, async (t) => {
    await using local = await startLocalService({
      port: PORT,
      workers: 2,
      python: interpreterOf(environment),
    });
    await using home = await temporaryFolder();
    await using program = startPythonProgram("client_checks.py", {
      environment,
      env: {
        COMPUTE_ENDPOINT_ID: local.endpointId,
        COMPUTE_TOKEN: local.accessToken,
        GLOBUS_COMPUTE_USER_DIR: home.path,
      },
    });
    const { checks } = await program.hear<{ checks: string[] }>();
    assert(checks.length > 20);
    for (const name of checks) {
      await t.step(name, async () => {
        const { problem } = await program.hear<{ problem: string | null }>();
        assertStrictEquals(problem, null, problem ?? "");
      });
    }
  });
}

Deno.test("the real ClientApp gets its tokens from the local service, and others when they have ended", async () => {
  const account = { clientId: crypto.randomUUID(), clientSecret: crypto.randomUUID() };
  await using local = await startLocalService({
    port: PORT,
    workers: 1,
    python: interpreterOf("current"),
    clients: [account],
  });
  await using home = await temporaryFolder();
  await using program = startPythonProgram("authentication_checks.py", {
    env: {
      COMPUTE_ENDPOINT_ID: local.endpointId,
      GLOBUS_COMPUTE_CLIENT_ID: account.clientId,
      GLOBUS_COMPUTE_CLIENT_SECRET: account.clientSecret,
      GLOBUS_COMPUTE_USER_DIR: home.path,
      GLOBUS_SDK_SERVICE_URL_AUTH: local.issuer,
    },
  });
  const servers = ["funcx_service"];
  assertEquals(await program.hear(), { app: "ClientApp", result: 42, servers });
  local.expireAccessTokens();
  assertEquals(await program.ask("go on"), { result: 42, isNewToken: true });
  assertEquals(await program.hear(), { tokensLeft: 0, statusOfRevoked: 401 });
});

async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
