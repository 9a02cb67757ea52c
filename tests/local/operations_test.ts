/** Endpoints, functions and submissions of the local service behave as those of the real one. */
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { connect } from "node:net";
import { createLocalService } from "../../src/local/mod.ts";
import {
  createManualClock,
  ENDPOINT,
  finished,
  HELLO,
  json,
  NO_ARGUMENTS,
  NOBODY,
  register,
  registerEndpoint,
  type Send,
  sender,
  submit,
  taskOf,
} from "./service_helpers.ts";

const REGISTRATION = { endpoint_name: "lab", metadata: {} };

/** The status and the service's own code. */
async function codeOf(answer: Promise<Response>): Promise<[number, unknown]> {
  const response = await answer;
  return [response.status, (await response.json()).code];
}

async function endpointIds(send: Send): Promise<unknown[]> {
  const list: { uuid: string }[] = await (await send("GET", "/v2/endpoints?role=owner")).json();
  return list.map(({ uuid }) => uuid);
}

Deno.test("an endpoint can be registered, read, registered again and deleted", async () => {
  await using local = createLocalService();
  const send = sender(local);
  const metadata = { hostname: "lab.example.org", python_version: "3.12.7", user_config_schema: null };
  const endpointId = await registerEndpoint(send, { display_name: "Lab, room 2.14", public: true, metadata });
  assertEquals(await endpointIds(send), [ENDPOINT, endpointId]);
  assertEquals(await json(send("GET", `/v2/endpoints/${endpointId}`)), {
    hostname: "lab.example.org",
    python_version: "3.12.7",
    uuid: endpointId,
    name: "lab",
    display_name: "Lab, room 2.14",
    multi_user: false,
    high_assurance: false,
    public: true,
    subscription_admin_verified: false,
  });
  const again = await json(send("PUT", `/v3/endpoints/${endpointId.toUpperCase()}`, REGISTRATION));
  assertEquals(again.endpoint_id, endpointId);
  assertEquals((await json(send("GET", `/v2/endpoints/${endpointId}`))).display_name, "lab");
  const changed = { ...REGISTRATION, high_assurance: true };
  assertEquals(await codeOf(send("PUT", `/v3/endpoints/${endpointId}`, changed)), [409, "RESOURCE_CONFLICT"]);

  assertEquals(await json(send("DELETE", `/v2/endpoints/${endpointId}`)), { result: 302 });
  assertEquals(await codeOf(send("GET", `/v2/endpoints/${endpointId}`)), [404, "ENDPOINT_NOT_FOUND"]);
  assertEquals(await endpointIds(send), [ENDPOINT]);
});

Deno.test("a manager is told its queues, a plain endpoint other ones, and none of them is anywhere", async () => {
  await using local = createLocalService();
  const send = sender(local);
  const manager = { ...REGISTRATION, metadata: { user_config_template: "engine:\n" } };
  const answers = [
    await json(send("POST", "/v3/endpoints", manager)),
    await json(send("POST", "/v3/endpoints", REGISTRATION)),
    await json(send("POST", "/v2/endpoints", { ...manager, endpoint_uuid: NOBODY })),
    await json(send("POST", "/v2/endpoints", { ...REGISTRATION, endpoint_uuid: NOBODY })),
  ];
  assertEquals(answers.map((answer) => Object.keys(answer).slice(1)), [
    ["command_queue_info", "result_queue_info", "heartbeat_queue_info"],
    ["task_queue_info", "result_queue_info", "heartbeat_queue_info"],
    ["command_queue_info"],
    ["task_queue_info", "result_queue_info"],
  ]);
  const amqp = await json(send("GET", "/v2/get_amqp_result_connection_url"));
  const urls = JSON.stringify([answers, amqp]).match(/amqps?:[^"]+/g) ?? [];
  assertEquals(urls.length, 10);
  for (const url of urls) assertMatch(url, /^amqps:\/\/[\w-]+:[\w-]+@127\.0\.0\.1:1$/);
  const again = await json(send("GET", "/v2/get_amqp_result_connection_url"));
  assertNotEquals(again.connection_url, amqp.connection_url, "every call makes a new password");
  const socket = connect({ host: "127.0.0.1", port: 1 });
  const code = await new Promise((resolve) =>
    socket.on("error", (error) => resolve("code" in error && error.code))
  );
  assertEquals(code, "ECONNREFUSED");
});

Deno.test("a locked endpoint cannot be registered again until the lock ends", async () => {
  const clock = createManualClock(1_790_000_000_250);
  await using local = createLocalService({ clock });
  const send = sender(local);
  const endpointId = await registerEndpoint(send);
  assertEquals(await json(send("POST", `/v3/endpoints/${endpointId}/lock`)), {
    endpoint_id: endpointId,
    lock_expiration_timestamp: 1_790_000_600.25,
  });
  assertEquals(
    (await json(send("POST", `/v2/endpoints/${endpointId}/lock`))).lock_expiration_timestamp,
    new Date(1_790_000_600_250).toISOString(),
  );
  const attempts = [
    () => send("PUT", `/v3/endpoints/${endpointId}`, REGISTRATION),
    () => send("POST", "/v2/endpoints", { ...REGISTRATION, endpoint_uuid: endpointId }),
  ];
  for (const attempt of attempts) assertEquals(await codeOf(attempt()), [423, "RESOURCE_LOCKED"]);
  clock.advance(599_999);
  for (const attempt of attempts) assertEquals(await codeOf(attempt()), [423, "RESOURCE_LOCKED"]);
  clock.advance(1);
  for (const attempt of attempts) assertEquals((await json(attempt())).endpoint_id, endpointId);
});

Deno.test("the local endpoint can be neither locked, deleted nor taken over", async () => {
  await using local = createLocalService();
  const send = sender(local);
  const cases: [method: string, path: string, code: string, body?: object][] = [
    ["POST", `/v3/endpoints/${ENDPOINT}/lock`, "ENDPOINT_ACCESS_FORBIDDEN"],
    ["POST", `/v2/endpoints/${ENDPOINT}/lock`, "ENDPOINT_ACCESS_FORBIDDEN"],
    ["DELETE", `/v2/endpoints/${ENDPOINT}`, "ENDPOINT_ACCESS_FORBIDDEN"],
    ["DELETE", `/v3/endpoints/${ENDPOINT}`, "ENDPOINT_ACCESS_FORBIDDEN"],
    ["PUT", `/v3/endpoints/${ENDPOINT}`, "ENDPOINT_ALREADY_REGISTERED", REGISTRATION],
    ["POST", "/v2/endpoints", "ENDPOINT_ALREADY_REGISTERED", { ...REGISTRATION, endpoint_uuid: ENDPOINT }],
  ];
  for (const [method, path, code, body] of cases) {
    assertEquals(await codeOf(send(method, path, body)), [403, code], `${method} ${path}`);
  }
  assertEquals((await json(send("GET", `/v2/endpoints/${ENDPOINT}/status`))).status, "online");
});

Deno.test("an endpoint runs the functions alone that it allows", async () => {
  await using local = createLocalService();
  const send = sender(local);
  const [allowed, other] = [await register(send, "a"), await register(send, "b")];
  const endpointId = await registerEndpoint(send, { allowed_functions: [allowed.toUpperCase()] });
  assertEquals(await json(send("GET", `/v3/endpoints/${endpointId}/allowed_functions`)), {
    endpoint_id: endpointId,
    restricted: true,
    functions: [allowed],
  });
  assertEquals(await json(send("GET", `/v3/endpoints/${ENDPOINT}/allowed_functions`)), {
    endpoint_id: ENDPOINT,
    restricted: false,
  });
  await submit(send, allowed, [NO_ARGUMENTS], { endpointId });
  const refused = await send("POST", `/v3/endpoints/${endpointId}/submit`, {
    tasks: { [other]: [NO_ARGUMENTS] },
  });
  const { code, detail, error_args } = await refused.json();
  assertEquals([refused.status, code, error_args], [403, "FUNCTION_NOT_PERMITTED", [other, endpointId]]);
  assertEquals(detail, `Function ${other} not permitted on endpoint ${endpointId}`);
});

Deno.test("tasks of an endpoint that nobody runs wait for it", async () => {
  await using local = createLocalService();
  const send = sender(local);
  const endpointId = await registerEndpoint(send);
  assertEquals(await json(send("GET", `/v2/endpoints/${endpointId}/status`)), { status: "offline" });
  const { taskId, warning } = await submit(send, HELLO, [NO_ARGUMENTS], { endpointId });
  await finished(send, (await submit(send, HELLO)).taskId);
  assertEquals(await taskOf(send, taskId), { task_id: taskId, status: "waiting-for-ep" });
  assertEquals([local.runs.length, warning], [1, undefined]);
});

Deno.test("a function of a high assurance endpoint comes with a warning, and runs nowhere else", async () => {
  await using local = createLocalService();
  const send = sender(local);
  const endpointId = await registerEndpoint(send, { high_assurance: true });
  const registration = {
    function_name: "f",
    function_code: "22\nst\nf:def f(): return 1",
    meta: { python_version: "3.12.7", sdk_version: "4.19.0" },
    ha_endpoint_id: endpointId,
  };
  const answer = await json(send("POST", "/v3/functions", registration));
  const functionId = answer.function_uuid as string;
  assertMatch(String(answer.ha_warning), /high assurance/);
  const { warning } = await submit(send, functionId, [NO_ARGUMENTS], { endpointId });
  assertEquals(warning, answer.ha_warning);
  const elsewhere = send("POST", `/v3/endpoints/${ENDPOINT}/submit`, {
    tasks: { [functionId]: [NO_ARGUMENTS] },
  });
  assertEquals(await codeOf(elsewhere), [403, "FUNCTION_NOT_PERMITTED"]);
  for (const sharing of [{ public: true }, { group: NOBODY }]) {
    const contradiction = send("POST", "/v3/functions", { ...registration, ...sharing });
    assertEquals(await codeOf(contradiction), [422, "SEMANTICALLY_INVALID"]);
  }
  const foreign = send("POST", "/v3/functions", { ...registration, ha_endpoint_id: ENDPOINT });
  assertEquals(await codeOf(foreign), [403, "ENDPOINT_ACCESS_FORBIDDEN"]);
});

Deno.test("the old submission takes each task for itself", async () => {
  await using local = createLocalService();
  const send = sender(local);
  const endpointId = await registerEndpoint(send);
  const answer = await json(send("POST", "/v2/submit", {
    tasks: [
      [HELLO, ENDPOINT, NO_ARGUMENTS],
      [NOBODY, ENDPOINT, NO_ARGUMENTS],
      [HELLO.toUpperCase(), endpointId, NO_ARGUMENTS],
      [HELLO, NOBODY, NO_ARGUMENTS],
    ],
  }));
  const results = answer.results as {
    status: string;
    task_uuid: string;
    http_status_code: number;
    reason?: string;
  }[];
  assertEquals(results.map(({ status, http_status_code, reason }) => [status, http_status_code, reason]), [
    ["success", 200, undefined],
    ["failed", 404, `Function ${NOBODY} could not be resolved`],
    ["success", 200, undefined],
    ["failed", 404, `Endpoint ${NOBODY} could not be resolved`],
  ]);
  const [first, refused, third] = results.map(({ task_uuid }) => task_uuid) as [string, string, string];
  assertEquals((await finished(send, first)).result, '11\n"Hello World!"');
  assertEquals((await taskOf(send, refused)).reason, "Unknown task id");
  assertEquals((await taskOf(send, third)).status, "waiting-for-ep");
  const group = await json(send("GET", `/v2/taskgroup/${answer.task_group_id}`));
  assertEquals(group.create_websockets_queue, true);
  assertEquals((group.tasks as { id: string }[]).map(({ id }) => id), [first, third]);
});

Deno.test("routes ask for the headers that the document requires", async () => {
  await using local = createLocalService();
  const headers = { authorization: `Bearer ${local.accessToken}`, "content-type": "application/json" };
  const paths = ["/v2/functions", "/v2/endpoints", "/v3/endpoints", `/v3/endpoints/${ENDPOINT}/submit`];
  for (const path of paths) {
    const response = await local.fetch(local.baseUrl + path, { method: "POST", headers, body: "{}" });
    const { detail } = await response.json();
    assertEquals([response.status, detail], [422, [
      { loc: ["header", "user-agent"], msg: "Field required", type: "missing" },
    ]], path);
  }
  const bare = await local.fetch(`${local.baseUrl}/v2/submit`, { method: "POST", headers });
  assertEquals(bare.status, 422);
  assert((await bare.text()).includes("content-length"));
});
