/** Proves what `registerEndpoint()` sends, what it reads of the answer, and what it refuses of both. */
import { assertEquals, assertRejects } from "@std/assert";
import { ComputeDecodeError, type EndpointRegistration, registerEndpoint } from "../../mod.ts";
import { scriptedService } from "../support/scripted_service.ts";

const ID = "0f6a1d92-83be-4c57-b1f0-6e2d9a45c718";
const OTHER = "5b1f3c84-7d0a-4e52-9c16-2f8e40a7b6d3";
const read = { connection_url: "amqps://u:p@b", exchange: "tasks", queue: `${ID}.tasks` };
const write = {
  connection_url: "amqps://u:p@b",
  exchange: "results",
  queue: "results",
  queue_publish_kwargs: {
    exchange: "results",
    routing_key: `${ID}.results`,
    mandatory: true,
    properties: { delivery_mode: 2 },
  },
};
const ANSWER = { endpoint_id: ID, command_queue_info: read, heartbeat_queue_info: write };

Deno.test("registerEndpoint() posts a new endpoint with its name alone", async () => {
  using service = scriptedService([ANSWER]);
  assertEquals(await registerEndpoint(service.client, { name: "lab" }), {
    endpointId: ID,
    warnings: [],
    commandQueueInfo: { connectionUrl: "amqps://u:p@b", exchange: "tasks", queue: `${ID}.tasks` },
    heartbeatQueueInfo: {
      connectionUrl: "amqps://u:p@b",
      exchange: "results",
      queue: "results",
      publish: { exchange: "results", routingKey: `${ID}.results`, mandatory: true, deliveryMode: 2 },
    },
  });
  const [sent] = service.seen;
  assertEquals([sent?.call, sent?.body], ["POST /v3/endpoints", { endpoint_name: "lab", metadata: {} }]);
});

Deno.test("registerEndpoint() puts a known endpoint, each option in its place", async () => {
  const warnings = ["old"];
  using service = scriptedService([{
    endpoint_id: ID,
    task_queue_info: read,
    result_queue_info: write,
    warnings,
  }]);
  const registered = await registerEndpoint(service.client, {
    name: "lab",
    endpointId: ID.toUpperCase(),
    displayName: "Lab",
    metadata: {
      endpointVersion: "4.19.0",
      pythonVersion: "3.12.7",
      hostname: "h",
      localUser: "ada",
      ipAddress: "::1",
      userConfigSchema: null,
      userConfigTemplate: "engine: {}",
      contactEmail: "ada@example.org",
      description: undefined as unknown as string,
    },
    multiUser: true,
    allowedFunctions: [OTHER.toUpperCase()],
    authPolicy: OTHER,
    subscriptionId: OTHER,
    public: false,
    highAssurance: false,
    admins: [ID],
  });
  assertEquals(Object.keys(registered).sort(), [
    "endpointId",
    "resultQueueInfo",
    "taskQueueInfo",
    "warnings",
  ]);
  assertEquals(registered.warnings, ["old"]);
  const [sent] = service.seen;
  assertEquals(sent?.call, `PUT /v3/endpoints/${ID}`);
  assertEquals(sent?.body, {
    endpoint_name: "lab",
    display_name: "Lab",
    multi_user: true,
    metadata: {
      endpoint_version: "4.19.0",
      python_version: "3.12.7",
      hostname: "h",
      local_user: "ada",
      ip_address: "::1",
      user_config_schema: null,
      user_config_template: "engine: {}",
      contact_email: "ada@example.org",
    },
    allowed_functions: [OTHER],
    authentication_policy: OTHER,
    subscription_uuid: OTHER,
    public: false,
    high_assurance: false,
    admins: [ID],
  });
});

Deno.test("registerEndpoint() leaves out what is empty, as the Python client does", async () => {
  using service = scriptedService([ANSWER]);
  await registerEndpoint(service.client, { name: "lab", multiUser: false, allowedFunctions: [], admins: [] });
  assertEquals(service.seen[0]?.body, { endpoint_name: "lab", metadata: {} });
});

Deno.test("registerEndpoint() checks what it is given", async () => {
  using service = scriptedService([]);
  const cases: [registration: unknown, type: typeof TypeError | typeof RangeError, text: string][] = [
    [{}, TypeError, "'name'"],
    [{ name: "" }, TypeError, "'name'"],
    [{ name: "lab", metadata: [] }, TypeError, "'metadata'"],
    [{ name: "lab", metadata: null }, TypeError, "'metadata'"],
    [{ name: "lab", admins: ID }, TypeError, "'admins'"],
    [{ name: "lab", admins: [ID, "ada"] }, RangeError, "'admins[1]'"],
    [{ name: "lab", allowedFunctions: ["f"] }, RangeError, "'allowedFunctions[0]'"],
    [{ name: "lab", authPolicy: "p" }, RangeError, "'authPolicy'"],
    [{ name: "lab", subscriptionId: "s" }, RangeError, "'subscriptionId'"],
    [{ name: "lab", endpointId: "e" }, RangeError, "'endpointId'"],
  ];
  for (const [registration, type, text] of cases) {
    await assertRejects(
      () => registerEndpoint(service.client, registration as EndpointRegistration),
      type,
      text,
    );
  }
});

Deno.test("registerEndpoint() refuses an answer about another endpoint", async () => {
  using service = scriptedService([{ ...ANSWER, endpoint_id: OTHER }]);
  const call = () => registerEndpoint(service.client, { name: "lab", endpointId: ID });
  const error = await assertRejects(call, ComputeDecodeError, "another one");
  assertEquals(error.message.includes("amqps"), false);
});

Deno.test("registerEndpoint() takes a registration that has succeeded, whatever else the answer lacks", async () => {
  const plain = { connectionUrl: "amqps://u:p@b", exchange: "tasks", queue: `${ID}.tasks` };
  const routing_key = "r";
  const cases: [answer: object, expected: object][] = [
    [{ heartbeat_queue_info: { ...read, queue_publish_kwargs: {} } }, { heartbeatQueueInfo: plain }],
    [{ heartbeat_queue_info: { ...read, queue_publish_kwargs: null } }, { heartbeatQueueInfo: plain }],
    [{ result_queue_info: { ...read, queue_publish_kwargs: { routing_key } } }, {
      resultQueueInfo: {
        ...plain,
        publish: { exchange: "tasks", routingKey: "r", mandatory: false, deliveryMode: 1 },
      },
    }],
    [{ command_queue_info: { queue: "q" }, warnings: ["old"] }, {
      warnings: ["old", "The service has described no queue in 'command_queue_info'"],
    }],
    [{ task_queue_info: "none", warnings: null }, {
      warnings: ["The service has described no queue in 'task_queue_info'"],
    }],
  ];
  for (const [answer, expected] of cases) {
    using service = scriptedService([{ endpoint_id: ID, ...answer }]);
    const registered = await registerEndpoint(service.client, { name: "lab" });
    assertEquals(registered, { endpointId: ID, warnings: [], ...expected });
  }
});
