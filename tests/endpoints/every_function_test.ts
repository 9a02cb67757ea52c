/** Proves that the local service takes what every function of the client sends. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  accessToken,
  asCompleted,
  batchRun,
  callFunction,
  checkVersion,
  COMPATIBLE_SDK_VERSION,
  type ComputeWarning,
  createClient,
  deleteEndpoint,
  deleteFunction,
  getAllowedFunctions,
  getBatchResult,
  getEndpointMetadata,
  getEndpoints,
  getEndpointStatus,
  getFunction,
  getResult,
  getTask,
  getTaskGroup,
  getWorkerHardwareDetails,
  mapFunction,
  prepareBatch,
  rateLimiter,
  registerEndpoint,
  registerFunction,
  registerShell,
  registerSource,
  runTask,
  shellResult,
  stopEndpoint,
  systemClock,
  TaskPendingError,
  waitForBatch,
} from "../../mod.ts";
import { startLocalService } from "../../src/local/mod.ts";

const SOURCE = 'def double(x):\n    """Twice x."""\n    return 2 * x\n';

Deno.test("every function of the client works with the local service", async (t) => {
  await using local = await startLocalService({ workers: 2 });
  const warnings: ComputeWarning[] = [];
  const client = createClient({
    baseUrl: local.baseUrl,
    authorizer: accessToken(local.accessToken),
    limiter: rateLimiter({ requests: 1000, clock: systemClock }),
    onWarning: (warning) => void warnings.push(warning),
  });
  const { endpointId } = local;
  const functionId = await registerSource(client, { source: SOURCE });

  await t.step("functions", async () => {
    const stored = await getFunction(client, functionId);
    assertEquals([stored.name, stored.description], ["double", "Twice x."]);
    const copyId = await registerFunction(client, { code: stored.code, name: "copy" });
    assertEquals(await callFunction(client, { endpointId, functionId: copyId, args: [4] }), 8);
    await deleteFunction(client, copyId);
    await assertRejects(() => getFunction(client, copyId));
    const shellId = await registerShell(client, { command: "echo {word} && exit 3" });
    const shell = shellResult(
      await callFunction(client, { endpointId, functionId: shellId, kwargs: { word: "hé" } }),
    );
    assertEquals([shell.stdout.trim(), shell.returnCode], ["hé", 3]);
  });

  await t.step("tasks", async () => {
    const taskId = await runTask(client, { endpointId, functionId, args: [1] });
    const batch = { endpointId, tasks: [{ functionId, args: [2] }, { functionId, args: ["ab"] }] };
    assertEquals(Object.keys((await prepareBatch(batch)).tasks), [functionId]);
    const receipt = await batchRun(client, batch);
    const group = await getTaskGroup(client, receipt.taskGroupId);
    assertEquals(group.tasks.map((task) => task.taskId), receipt.taskIds);
    const outcomes = await waitForBatch(client, receipt);
    assertEquals(outcomes.map((outcome) => outcome.state === "success" && outcome.result), [4, "abab"]);
    for await (const outcome of asCompleted(client, [taskId])) assertEquals(outcome.state, "success");
    assertEquals((await getTask(client, taskId)).state, "success");
    assertEquals(await getResult(client, taskId), 2);
    assertEquals((await getBatchResult(client, [taskId])).map(({ state }) => state), ["success"]);
    assertEquals(await mapFunction(client, { endpointId, functionId, items: [1, 2, 3] }), [2, 4, 6]);
  });

  await t.step("the local endpoint", async () => {
    assert(
      (await getEndpoints(client, { role: "owner" })).some((endpoint) => endpoint.endpointId === endpointId),
    );
    assertEquals((await getEndpointMetadata(client, endpointId)).endpointId, endpointId);
    assertEquals((await getEndpointStatus(client, endpointId)).isOnline, true);
    assertEquals((await getAllowedFunctions(client, endpointId)).restricted, false);
    const report = await waitForBatch(client, [await getWorkerHardwareDetails(client, endpointId)]);
    assertEquals(report.map(({ state }) => state), ["success"]);
    const version = await checkVersion(client);
    assertEquals([version.sdkVersion, version.isCompatible], [COMPATIBLE_SDK_VERSION, true]);
  });

  await t.step("an endpoint of one's own", async () => {
    const registration = {
      name: "own",
      displayName: "Own endpoint",
      allowedFunctions: [functionId],
      metadata: { hostname: "node-1", endpointVersion: COMPATIBLE_SDK_VERSION },
    };
    const own = await registerEndpoint(client, registration);
    const again = await registerEndpoint(client, { ...registration, endpointId: own.endpointId });
    assertEquals(again.endpointId, own.endpointId);
    assertEquals((await getEndpointStatus(client, own.endpointId)).isOnline, false);
    assertEquals((await getAllowedFunctions(client, own.endpointId)).functionIds, [functionId]);

    const taskId = await runTask(client, { endpointId: own.endpointId, functionId, args: [1] });
    await assertRejects(() => getResult(client, taskId), TaskPendingError, "'waiting-for-ep'");
    assert(
      warnings.some(({ kind }) => kind === "endpointOffline"),
      "nobody said that the endpoint is offline",
    );

    assert(((await stopEndpoint(client, own.endpointId)).expiresAt?.getTime() ?? 0) > Date.now());
    await deleteEndpoint(client, own.endpointId);
    await assertRejects(() => getEndpointMetadata(client, own.endpointId));
  });
});
