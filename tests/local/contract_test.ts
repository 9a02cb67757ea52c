/** Holds what the local service answers against the OpenAPI document: each operation, each status. */
import { assert, assertEquals } from "@std/assert";
import { createLocalService, type InProcessService } from "../../src/local/mod.ts";
import { check, type Operation, operationOf, OPERATIONS } from "./openapi_helpers.ts";
import {
  createManualClock,
  ENDPOINT,
  finished,
  HELLO,
  NO_ARGUMENTS,
  NOBODY,
  register,
  registerEndpoint,
  type Send,
  sender,
  submit,
} from "./service_helpers.ts";

/** What is in the service that is tested. */
interface World {
  functionId: string;
  plainId: string;
  managerId: string;
  restrictedId: string;
  haId: string;
  lockedId: string;
  doneId: string;
  waitingId: string;
  taskGroupId: string;
}

async function populate(send: Send): Promise<World> {
  const functionId = await register(send, "one");
  const done = await submit(send, HELLO, [NO_ARGUMENTS]);
  await finished(send, done.taskId);
  const plainId = await registerEndpoint(send);
  const waiting = await submit(send, functionId, [NO_ARGUMENTS], { endpointId: plainId });
  const lockedId = await registerEndpoint(send);
  await send("POST", `/v3/endpoints/${lockedId}/lock`);
  return {
    functionId,
    plainId,
    managerId: await registerEndpoint(send, {
      subscription_uuid: NOBODY,
      metadata: { user_config_template: "engine:\n", user_config_schema: null, hostname: "lab.example.org" },
    }),
    restrictedId: await registerEndpoint(send, { allowed_functions: [functionId], multi_user: true }),
    haId: await registerEndpoint(send, { high_assurance: true }),
    lockedId,
    doneId: done.taskId,
    waitingId: waiting.taskId,
    taskGroupId: done.taskGroupId,
  };
}

const META = { python_version: "3.12.7", sdk_version: "4.19.0" };
const FUNCTION = { function_name: "f", function_code: "22\nst\nf:def f(): return 1", meta: META };
const REGISTRATION = {
  endpoint_name: "lab",
  metadata: { user_config_schema: null, endpoint_version: "4.19.0" },
};
const LARGE = { "content-length": "99999999" };
const V2_REGISTRATION = { endpoint_name: "lab", endpoint_uuid: "0f6a1d92-83be-4c57-b1f0-6e2d9a45c718" };
const CONTAINER = { name: "numerics", type: "docker", location: "docker.io/example/numerics" };
const BUILD = { name: "numerics", apt: [], pip: ["numpy"], conda: [] };

type Case = [
  operation: string,
  status: number,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
];

/** What is asked for, and the status that it is answered with. */
function casesOf(world: World): Case[] {
  const { functionId, plainId, managerId, restrictedId, haId, lockedId, doneId, waitingId, taskGroupId } =
    world;
  const submission = { tasks: { [HELLO]: [NO_ARGUMENTS] } };
  const tooMuch = { tasks: { [HELLO]: ["x".repeat(10 * 2 ** 20 - 1000)] } };
  const endpoints = "/v3/endpoints";
  const endpointCases = (operation: string, suffix: string, version: string, known: string): Case[] => [
    [operation, 200, `/${version}/endpoints/${known}${suffix}`],
    [operation, 404, `/${version}/endpoints/${NOBODY}${suffix}`],
    [operation, 422, `/${version}/endpoints/no-uuid${suffix}`],
  ];
  return [
    ["GET /v2/version", 200, "/v2/version"],
    ["GET /v2/version", 200, "/v2/version?service=all"],
    ["GET /v2/version", 422, "/v2/version?service=none"],
    ["HEAD /v2/version", 200, "/v2/version"],
    ["HEAD /v2/version", 422, "/v2/version?service=none"],
    ["GET /v2/authenticate", 200, "/v2/authenticate"],

    ["POST /v3/functions", 200, "/v3/functions", FUNCTION],
    ["POST /v3/functions", 200, "/v3/functions", { ...FUNCTION, ha_endpoint_id: haId }],
    ["POST /v3/functions", 403, "/v3/functions", { ...FUNCTION, ha_endpoint_id: plainId }],
    ["POST /v3/functions", 413, "/v3/functions", { ...FUNCTION, function_code: "x".repeat(11 * 2 ** 20) }],
    ["POST /v3/functions", 422, "/v3/functions", { function_name: 7 }],
    ["POST /v3/functions", 422, "/v3/functions", { ...FUNCTION, ha_endpoint_id: haId, public: true }],
    ["POST /v2/functions", 200, "/v2/functions", { ...FUNCTION, metadata: META }],
    ["POST /v2/functions", 413, "/v2/functions", { ...FUNCTION, function_code: "x".repeat(11 * 2 ** 20) }],
    ["POST /v2/functions", 422, "/v2/functions", {}],
    ["GET /v2/functions/{function_uuid}", 200, `/v2/functions/${functionId}`],
    ["GET /v2/functions/{function_uuid}", 404, `/v2/functions/${NOBODY}`],
    ["GET /v2/functions/{function_uuid}", 422, "/v2/functions/no-uuid"],
    ["DELETE /v2/functions/{function_uuid}", 200, `/v2/functions/${functionId}`],
    ["DELETE /v2/functions/{function_uuid}", 404, `/v2/functions/${NOBODY}`],
    ["DELETE /v2/functions/{function_uuid}", 422, "/v2/functions/no-uuid"],

    ["POST /v3/endpoints/{endpoint_uuid}/submit", 200, `${endpoints}/${ENDPOINT}/submit`, submission],
    ["POST /v3/endpoints/{endpoint_uuid}/submit", 200, `${endpoints}/${haId}/submit`, submission],
    ["POST /v3/endpoints/{endpoint_uuid}/submit", 403, `${endpoints}/${restrictedId}/submit`, submission],
    ["POST /v3/endpoints/{endpoint_uuid}/submit", 404, `${endpoints}/${NOBODY}/submit`, submission],
    ["POST /v3/endpoints/{endpoint_uuid}/submit", 413, `${endpoints}/${ENDPOINT}/submit`, submission, LARGE],
    ["POST /v3/endpoints/{endpoint_uuid}/submit", 422, `${endpoints}/${ENDPOINT}/submit`, { tasks: [] }],
    ["POST /v3/endpoints/{endpoint_uuid}/submit", 422, `${endpoints}/no-uuid/submit`, submission],
    ["POST /v2/submit", 200, "/v2/submit", { tasks: [[HELLO, ENDPOINT, NO_ARGUMENTS], ["?", "?", "?"]] }],
    ["POST /v2/submit", 404, "/v2/submit", { tasks: [], task_group_id: NOBODY }],
    ["POST /v2/submit", 413, "/v2/submit", tooMuch, LARGE],
    ["POST /v2/submit", 422, "/v2/submit", { tasks: [[HELLO, ENDPOINT]] }],

    ["GET /v2/tasks/{task_uuid}", 200, `/v2/tasks/${doneId}`],
    ["GET /v2/tasks/{task_uuid}", 200, `/v2/tasks/${waitingId}`],
    ["GET /v2/tasks/{task_uuid}", 404, `/v2/tasks/${NOBODY}`],
    ["GET /v2/tasks/{task_uuid}", 422, "/v2/tasks/no-uuid"],
    ["POST /v2/batch_status", 200, "/v2/batch_status", { task_ids: [doneId, waitingId, NOBODY] }],
    ["POST /v2/batch_status", 422, "/v2/batch_status", { task_ids: "all" }],
    ["GET /v2/taskgroup/{task_group_uuid}", 200, `/v2/taskgroup/${taskGroupId}`],
    ["GET /v2/taskgroup/{task_group_uuid}", 404, `/v2/taskgroup/${NOBODY}`],
    ["GET /v2/taskgroup/{task_group_uuid}", 422, "/v2/taskgroup/no-uuid"],
    ["GET /v2/get_amqp_result_connection_url", 200, "/v2/get_amqp_result_connection_url"],

    ["GET /v2/endpoints", 200, "/v2/endpoints"],
    ["GET /v2/endpoints", 200, "/v2/endpoints?role=owner"],
    ["GET /v2/endpoints", 422, "/v2/endpoints?role=nobody"],
    ["POST /v2/endpoints", 200, "/v2/endpoints", V2_REGISTRATION],
    ["POST /v2/endpoints", 200, "/v2/endpoints", { ...V2_REGISTRATION, multi_user: true }],
    ["POST /v2/endpoints", 403, "/v2/endpoints", { ...V2_REGISTRATION, endpoint_uuid: ENDPOINT }],
    ["POST /v2/endpoints", 422, "/v2/endpoints", { endpoint_name: "lab" }],
    ["POST /v2/endpoints", 423, "/v2/endpoints", { ...V2_REGISTRATION, endpoint_uuid: lockedId }],
    ["POST /v3/endpoints", 200, endpoints, REGISTRATION],
    ["POST /v3/endpoints", 200, endpoints, { ...REGISTRATION, multi_user: true }],
    ["POST /v3/endpoints", 400, endpoints, { ...REGISTRATION, metadata: { endpoint_version: "1.9.4" } }],
    ["POST /v3/endpoints", 404, endpoints, { ...REGISTRATION, allowed_functions: [NOBODY] }],
    ["POST /v3/endpoints", 422, endpoints, { endpoint_name: "lab" }],
    ["PUT /v3/endpoints/{endpoint_uuid}", 200, `${endpoints}/${plainId}`, REGISTRATION],
    ["PUT /v3/endpoints/{endpoint_uuid}", 400, `${endpoints}/${plainId}`, {
      ...REGISTRATION,
      metadata: {},
      version: "1",
    }],
    ["PUT /v3/endpoints/{endpoint_uuid}", 403, `${endpoints}/${ENDPOINT}`, REGISTRATION],
    ["PUT /v3/endpoints/{endpoint_uuid}", 404, `${endpoints}/${NOBODY}`, REGISTRATION],
    ["PUT /v3/endpoints/{endpoint_uuid}", 409, `${endpoints}/${plainId}`, {
      ...REGISTRATION,
      multi_user: true,
    }],
    ["PUT /v3/endpoints/{endpoint_uuid}", 422, `${endpoints}/${plainId}`, {}],
    ["PUT /v3/endpoints/{endpoint_uuid}", 423, `${endpoints}/${lockedId}`, REGISTRATION],
    ...endpointCases("GET /v2/endpoints/{endpoint_uuid}", "", "v2", ENDPOINT),
    ...endpointCases("GET /v2/endpoints/{endpoint_uuid}", "", "v2", managerId),
    ...endpointCases("GET /v2/endpoints/{endpoint_uuid}/status", "/status", "v2", ENDPOINT),
    ...endpointCases("GET /v2/endpoints/{endpoint_uuid}/status", "/status", "v2", plainId),
    ...endpointCases("POST /v2/endpoints/{endpoint_uuid}/lock", "/lock", "v2", plainId),
    ...endpointCases("POST /v3/endpoints/{endpoint_uuid}/lock", "/lock", "v3", plainId),
    ["POST /v3/endpoints/{endpoint_uuid}/lock", 403, `/v3/endpoints/${ENDPOINT}/lock`],
    ...endpointCases(
      "GET /v3/endpoints/{endpoint_uuid}/allowed_functions",
      "/allowed_functions",
      "v3",
      ENDPOINT,
    ),
    ...endpointCases(
      "GET /v3/endpoints/{endpoint_uuid}/allowed_functions",
      "/allowed_functions",
      "v3",
      restrictedId,
    ),
    ...endpointCases("GET /v3/endpoints/{endpoint_uuid}/console", "/console", "v3", managerId),
    [
      "GET /v3/endpoints/{endpoint_uuid}/console",
      400,
      `${endpoints}/${managerId}/console?include_fields=active,colour`,
    ],
    ["GET /v3/endpoints/{endpoint_uuid}/console", 403, `${endpoints}/${plainId}/console`],
    [
      "GET /v3/endpoints/{endpoint_uuid}/console",
      422,
      `${endpoints}/${managerId}/console?user_endpoint_id=1`,
    ],
    ...[[403, managerId], [403, ENDPOINT], [404, NOBODY], [422, "no-uuid"]].map(([status, id]): Case => [
      "PUT /v3/endpoints/{endpoint_uuid}/subscription-admin-verified",
      status as number,
      `${endpoints}/${id}/subscription-admin-verified`,
      { subscription_admin_verified: true },
    ]),
    [
      "PUT /v3/endpoints/{endpoint_uuid}/subscription-admin-verified",
      422,
      `${endpoints}/${managerId}/subscription-admin-verified`,
      {},
    ],
    ["DELETE /v2/endpoints/{endpoint_uuid}", 403, `/v2/endpoints/${ENDPOINT}`],
    ...endpointCases("DELETE /v2/endpoints/{endpoint_uuid}", "", "v2", plainId),
    ...endpointCases("DELETE /v3/endpoints/{endpoint_uuid}", "", "v3", managerId),

    ["POST /v2/containers", 403, "/v2/containers", CONTAINER],
    ["POST /v2/containers", 422, "/v2/containers", { ...CONTAINER, type: "lxc" }],
    ["POST /v2/containers/build", 403, "/v2/containers/build", BUILD],
    ["POST /v2/containers/build", 422, "/v2/containers/build", { name: "numerics" }],
    ["GET /v2/containers/build/{container_uuid}", 403, `/v2/containers/build/${NOBODY}`],
    ["GET /v2/containers/build/{container_uuid}", 422, "/v2/containers/build/no-uuid"],
    ["GET /v2/containers/{container_uuid}/{container_type}", 403, `/v2/containers/${NOBODY}/docker`],
    ["GET /v2/containers/{container_uuid}/{container_type}", 422, "/v2/containers/no-uuid/docker"],
  ];
}

/** Documented statuses that this service has no reason to answer with. */
const NEVER = [
  // Nobody here has the permission.
  "POST /v2/containers 200",
  "POST /v2/containers/build 200",
  "GET /v2/containers/build/{container_uuid} 200",
  "GET /v2/containers/build/{container_uuid} 404",
  "GET /v2/containers/{container_uuid}/{container_type} 200",
  "GET /v2/containers/{container_uuid}/{container_type} 404",
  // Nobody here administers a subscription.
  "PUT /v3/endpoints/{endpoint_uuid}/subscription-admin-verified 200",
  "PUT /v3/endpoints/{endpoint_uuid}/subscription-admin-verified 400",
  "PUT /v3/endpoints/{endpoint_uuid}/subscription-admin-verified 409",
  // A new endpoint has a new id, which nobody has locked.
  "POST /v3/endpoints 423",
];

/** A path of the operation, with ids that look like ids. */
function pathOf({ route }: Operation): string {
  return route.replace("{container_type}", "docker").replaceAll(/\{\w+\}/g, NOBODY);
}

Deno.test("the local service has a route for each operation of the document, and each asks for the token", async () => {
  assertEquals(OPERATIONS.length, 30);
  await using local = createLocalService();
  for (const operation of OPERATIONS) {
    const { name, method } = operation;
    const body = method === "POST" || method === "PUT" ? {} : undefined;
    const response = await sender(local)(method, pathOf(operation), body);
    assert(await response.text() !== '{"detail":"Not Found"}', `${name} has no route`);
    const headers = { authorization: "Bearer wrong" };
    const refused = await sender(local)(method, pathOf(operation), body, headers);
    assertEquals(refused.status, operation.statuses.includes(401) ? 401 : 200, name);
    await check(operation, refused);
  }
});

Deno.test("the local service answers in the shapes of the document", async (t) => {
  await using local = createLocalService({ clock: createManualClock() });
  const send = sender(local);
  const met = new Set<string>();
  const world = await populate(send);
  for (const [name, status, path, body, headers] of casesOf(world)) {
    await t.step(`${name} ${status}`, async () => {
      const operation = operationOf(name);
      const response = await send(operation.method, path, body, headers);
      assertEquals(response.status, status, await response.clone().text());
      await check(operation, response);
      met.add(`${name} ${status}`);
    });
  }
  await t.step("what any request can meet", () => meetEverywhere(local, met));
  await t.step("no documented status is left out", () => {
    const missing = OPERATIONS.flatMap(({ name, statuses }) => statuses.map((status) => `${name} ${status}`))
      .filter((each) => !met.has(each));
    assertEquals(missing.sort(), NEVER.sort());
  });
});

/** A wrong token, a foreign page, too many requests, and a fault of the service. */
async function meetEverywhere(local: InProcessService, met: Set<string>): Promise<void> {
  const send = sender(local);
  for (const operation of OPERATIONS) {
    const { name, method, statuses } = operation;
    const body = method === "POST" || method === "PUT" ? {} : undefined;
    const causes: [
      status: number,
      headers: Record<string, string>,
      fault?: "tooManyRequests" | "serverError",
    ][] = [
      [401, { authorization: "Bearer wrong" }],
      [403, { origin: "https://example.org" }],
      [429, {}, "tooManyRequests"],
      [500, {}, "serverError"],
    ];
    for (const [status, headers, fault] of causes) {
      if (!statuses.includes(status)) continue;
      local.setFaults(fault ? { failNext: [fault] } : {});
      const response = await send(method, pathOf(operation), body, headers);
      assertEquals(response.status, status, name);
      if (status === 429) assertEquals(response.headers.get("retry-after"), "1");
      await check(operation, response);
      met.add(`${name} ${status}`);
    }
  }
}
