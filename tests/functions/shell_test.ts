/** Proves that `registerShell()` runs command lines in real Python, and that `shellResult()` reads their results. */
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  accessToken,
  batchRun,
  callFunction,
  ComputeDecodeError,
  createClient,
  getWorkerHardwareDetails,
  type PythonValue,
  rateLimiter,
  registerShell,
  shellResult,
  systemClock,
  waitForBatch,
} from "../../mod.ts";
import { startLocalService } from "../../src/local/mod.ts";

Deno.test("registerShell() runs a command line in real Python", async (t) => {
  await using local = await startLocalService({ workers: 1 });
  const client = createClient({
    baseUrl: local.baseUrl,
    authorizer: accessToken(local.accessToken),
    // A call after the other would soon wait for the service's rate, which this one does not ask for.
    limiter: rateLimiter({ requests: 1000, clock: systemClock }),
  });
  const { endpointId } = local;
  const withoutWarning = (stderr: string) => stderr.replace(/^WARNING.*\n/, "");

  await t.step("with placeholders, quotes, braces and characters of all planes", async () => {
    const command = `x="{{}}"; printf '%s|' {word} "$x" 'é😀' "a\\\\b"\nprintf '\\n'`;
    const functionId = await registerShell(client, { command });
    const result = shellResult(
      await callFunction(client, { endpointId, functionId, kwargs: { word: "'hé 🧪'" } }),
    );
    assertEquals({ ...result, stderr: withoutWarning(result.stderr) }, {
      command: `x="{}"; printf '%s|' 'hé 🧪' "$x" 'é😀' "a\\\\b"\nprintf '\\n'`,
      stdout: "hé 🧪|{}|é😀|a\\b|\n",
      stderr: "",
      returnCode: 0,
      exceptionName: null,
    });
  });
  await t.step("which may fail, run out of time, and print more than is kept", async () => {
    const functionIds = await Promise.all([
      registerShell(client, { command: "echo oh >&2; exit 3" }),
      registerShell(client, { command: "sleep 30", walltimeSeconds: 0.1 }),
      registerShell(client, { command: "seq 9", snippetLines: 2 }),
    ]);
    const tasks = functionIds.map((functionId) => ({ functionId }));
    const outcomes = await waitForBatch(client, await batchRun(client, { endpointId, tasks }));
    const results = outcomes.map((outcome) => {
      const { stdout, stderr, returnCode, exceptionName } = shellResult(
        outcome.state === "success" ? outcome.result : null,
      );
      return [stdout, withoutWarning(stderr), returnCode, exceptionName];
    });
    assertEquals(results, [
      ["", "oh\n", 3, "subprocess.CalledProcessError"],
      ["", "", 124, "subprocess.TimeoutExpired"],
      ["8\n9\n", "", 0, null],
    ]);
  });
  await t.step("behind the endpoint's launcher", async () => {
    const functionId = await registerShell(client, { command: "echo {x}", mpi: true });
    const { command, stdout } = shellResult(
      await callFunction(client, { endpointId, functionId, kwargs: { x: 7 } }),
    );
    assertEquals([command, stdout], ["$PARSL_MPI_PREFIX echo 7", "7\n"]);
  });
  await t.step("and getWorkerHardwareDetails() reports where", async () => {
    const taskId = await getWorkerHardwareDetails(client, endpointId);
    const [outcome] = await waitForBatch(client, [taskId], { timeoutMs: 60_000 });
    assertEquals(outcome?.state, "success");
    assertMatch(outcome?.state === "success" ? String(outcome.result) : "", /^== python: /);
  });
});

Deno.test("shellResult() refuses what no command line gave", () => {
  const values: PythonValue[] = [null, "text", 3, [], {}, { cmd: "ls", stdout: "", stderr: "" }];
  for (const value of values) assertThrows(() => shellResult(value), ComputeDecodeError, "registerShell");
});
