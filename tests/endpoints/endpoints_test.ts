/** Proves what each function on endpoints sends, what it makes of the answer, and which answers it refuses. */
import { assertEquals, assertRejects } from "@std/assert";
import {
  type Client,
  ComputeAuthorizationError,
  ComputeDecodeError,
  ComputeHttpError,
  deleteEndpoint,
  type EndpointRole,
  getAllowedFunctions,
  getEndpointMetadata,
  getEndpoints,
  getEndpointStatus,
  getWorkerHardwareDetails,
  registerEndpoint,
  stopEndpoint,
} from "../../mod.ts";
import { Refusal, scriptedService } from "../support/scripted_service.ts";

const ID = "0f6a1d92-83be-4c57-b1f0-6e2d9a45c718";
const OTHER = "5b1f3c84-7d0a-4e52-9c16-2f8e40a7b6d3";

Deno.test("getEndpoints() lists endpoints, of one role or of the service's choice", async () => {
  const entry = { uuid: ID, name: "lab", display_name: "Lab", owner: OTHER, more: 1 };
  using service = scriptedService([[], [entry, { uuid: OTHER, name: null }], []]);
  const { client, seen } = service;
  assertEquals(await getEndpoints(client), []);
  assertEquals(await getEndpoints(client, { role: "any" }), [
    { endpointId: ID, name: "lab", displayName: "Lab", owner: OTHER },
    { endpointId: OTHER },
  ]);
  await getEndpoints(client, { role: "owner" });
  assertEquals(seen.map(({ call }) => call), [
    "GET /v2/endpoints",
    "GET /v2/endpoints?role=any",
    "GET /v2/endpoints?role=owner",
  ]);
  await assertRejects(() => getEndpoints(client, { role: "all" as EndpointRole }), RangeError, "'all'");
});

Deno.test("getEndpointMetadata() tells all that the endpoint told", async () => {
  using service = scriptedService([{
    uuid: ID,
    name: "lab",
    display_name: "Lab",
    multi_user: false,
    high_assurance: true,
    public: false,
    endpoint_config: "a: 1",
    user_config_template: "engine: {}",
    user_config_schema: { type: "object", snake_case: 1 },
    description: "d",
    hostname: "h",
    local_user: "ada",
    ip_address: "::1",
    endpoint_version: "4.19.0",
    sdk_version: "4.18.0",
    python_version: "3.12.7",
    subscription_uuid: OTHER,
    subscription_admin_verified: true,
  }, { name: null, user_config_schema: null, subscription_uuid: null }]);
  assertEquals(await getEndpointMetadata(service.client, ID.toUpperCase()), {
    endpointId: ID,
    name: "lab",
    displayName: "Lab",
    endpointConfig: "a: 1",
    userConfigTemplate: "engine: {}",
    description: "d",
    hostname: "h",
    localUser: "ada",
    ipAddress: "::1",
    endpointVersion: "4.19.0",
    sdkVersion: "4.18.0",
    pythonVersion: "3.12.7",
    multiUser: false,
    highAssurance: true,
    public: false,
    subscriptionAdminVerified: true,
    userConfigSchema: { type: "object", snake_case: 1 },
    subscriptionId: OTHER,
  });
  assertEquals(await getEndpointMetadata(service.client, ID), { endpointId: ID });
  assertEquals(service.seen[0]?.call, `GET /v2/endpoints/${ID}`);
});

Deno.test("getEndpointStatus() takes every word but 'online' for offline", async () => {
  const load = { total_workers: 4, idle_workers: 1, pending_tasks: 0, outstanding_tasks: 3, managers: null };
  using service = scriptedService([{ status: "online", details: load }, { status: "offline" }, {
    status: "Stopping",
    details: null,
  }]);
  const { client, seen } = service;
  const details = { totalWorkers: 4, idleWorkers: 1, pendingTasks: 0, outstandingTasks: 3 };
  assertEquals(await getEndpointStatus(client, ID), { status: "online", isOnline: true, details });
  assertEquals(await getEndpointStatus(client, ID), { status: "offline", isOnline: false });
  assertEquals(await getEndpointStatus(client, ID), { status: "Stopping", isOnline: false });
  assertEquals(seen[0]?.call, `GET /v2/endpoints/${ID}/status`);
});

Deno.test("getAllowedFunctions() lists functions where there is a list", async () => {
  using service = scriptedService([
    { endpoint_id: ID, restricted: true, functions: [OTHER] },
    { endpoint_id: ID, restricted: false, functions: null },
  ]);
  const { client, seen } = service;
  assertEquals(await getAllowedFunctions(client, ID), {
    endpointId: ID,
    restricted: true,
    functionIds: [OTHER],
  });
  assertEquals(await getAllowedFunctions(client, ID), { endpointId: ID, restricted: false, functionIds: [] });
  assertEquals(seen[0]?.call, `GET /v3/endpoints/${ID}/allowed_functions`);
});

Deno.test("stopEndpoint() posts nothing, and tells when the lock ends", async () => {
  using service = scriptedService([
    { endpoint_id: ID, lock_expiration_timestamp: 1790000600.25 },
    { endpoint_id: ID, lock_expiration_timestamp: "1790000600.25" },
  ]);
  const expiresAt = new Date(1790000600250);
  assertEquals(await stopEndpoint(service.client, ID), { endpointId: ID, expiresAt });
  assertEquals(await stopEndpoint(service.client, ID), { endpointId: ID, expiresAt });
  const [sent] = service.seen;
  assertEquals([sent?.call, sent?.body], [`POST /v3/endpoints/${ID}/lock`, undefined]);
  assertEquals(sent?.headers.get("content-type"), null);
});

Deno.test("deleteEndpoint() gives nothing, whatever JSON the service answers", async () => {
  using service = scriptedService([null, { result: 302 }]);
  assertEquals(await deleteEndpoint(service.client, ID), undefined);
  assertEquals(await deleteEndpoint(service.client, ID), undefined);
  assertEquals(service.seen.map(({ call }) => call), Array(2).fill(`DELETE /v3/endpoints/${ID}`));
});

Deno.test("getWorkerHardwareDetails() registers the SDK's report and runs it once", async () => {
  using service = scriptedService([{ function_uuid: OTHER }, {
    request_id: ID,
    task_group_id: ID,
    endpoint_id: ID,
    tasks: { [OTHER]: [ID] },
  }]);
  assertEquals(await getWorkerHardwareDetails(service.client, ID, { timeoutMs: 1000 }), ID);
  const [registered, submitted] = service.seen;
  const code =
    "st\nreport:from globus_compute_sdk.sdk.hardware_report import run_hardware_report as report\n";
  assertEquals(
    (registered?.body as { function_code: string }).function_code,
    `${code.length}\n${code}`,
  );
  assertEquals(submitted?.call, `POST /v3/endpoints/${ID}/submit`);
  assertEquals((submitted?.body as { tasks: unknown }).tasks, { [OTHER]: ["5\n11\n[]5\n11\n{}"] });
});

type EndpointCall = (client: Client, endpointId: string) => Promise<unknown>;

const CALLS: readonly [call: EndpointCall, malformed: readonly unknown[]][] = [
  [(client) => getEndpoints(client), [{}, [{}], ["x"], null]],
  [(client) => registerEndpoint(client, { name: "lab" }), [{}, null]],
  [getEndpointMetadata, ["x", null, []]],
  [getEndpointStatus, [{}, { status: 1 }, null]],
  [getAllowedFunctions, [{}, { restricted: "no" }, { restricted: true, functions: [1] }]],
  [stopEndpoint, []],
  [deleteEndpoint, []],
  [(client, endpointId) => registerEndpoint(client, { name: "lab", endpointId }), []],
  [getWorkerHardwareDetails, [{}]],
];

Deno.test("the functions on endpoints tell what the service refuses, and what they cannot read", async () => {
  for (const [call, answers] of CALLS) {
    using service = scriptedService([
      new Refusal(404, "ENDPOINT_NOT_FOUND"),
      new Refusal(403, "ENDPOINT_ACCESS_FORBIDDEN"),
      ...answers,
    ]);
    const missing = await assertRejects(() => call(service.client, ID), ComputeHttpError);
    assertEquals([missing.status, missing.serviceCode], [404, "ENDPOINT_NOT_FOUND"]);
    const forbidden = await assertRejects(() => call(service.client, ID), ComputeAuthorizationError);
    assertEquals(forbidden.serviceCode, "ENDPOINT_ACCESS_FORBIDDEN");
    for (const answer of answers) {
      const error = await assertRejects(() => call(service.client, ID), ComputeDecodeError);
      assertEquals(error.raw, JSON.stringify(answer));
    }
  }
});

Deno.test("the functions on endpoints ask for a UUID before they send anything", async () => {
  using service = scriptedService([]);
  for (const [call] of CALLS.slice(2)) {
    await assertRejects(() => call(service.client, "lab"), RangeError, "'endpointId'");
  }
});

Deno.test("the functions on endpoints take a signal", async () => {
  using service = scriptedService([]);
  const signal = AbortSignal.abort(new Error("enough"));
  const withSignal: EndpointCall[] = [
    (client) => getEndpoints(client, {}, { signal }),
    (client) => getEndpointMetadata(client, ID, { signal }),
    (client) => getEndpointStatus(client, ID, { signal }),
    (client) => getAllowedFunctions(client, ID, { signal }),
    (client) => stopEndpoint(client, ID, { signal }),
    (client) => deleteEndpoint(client, ID, { signal }),
    (client) => registerEndpoint(client, { name: "lab" }, { signal }),
    (client) => getWorkerHardwareDetails(client, ID, { signal }),
  ];
  for (const call of withSignal) await assertRejects(() => call(service.client, ID), Error, "enough");
  assertEquals(service.seen, []);
});
