/** Holds what the local service answers against the OpenAPI document. */
import { assert, assertEquals } from "@std/assert";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { parse } from "yaml";
import { startLocalService } from "../../src/local/mod.ts";

const DOCUMENT = parse(await Deno.readTextFile(new URL("../../openapi/compute.yaml", import.meta.url)));
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addFormat("ipvanyaddress", true);
ajv.addSchema(DOCUMENT, "compute");

const ENDPOINT = "4b116d3c-1703-4f8f-9f6f-39921e5864df";
const HELLO = "b0a5d1a0-2b22-4381-b899-ba73321e41e0";
const NOBODY = "00000000-0000-4000-8000-000000000000";

/** Checks an answer against the schema of its route and status, and returns its body. */
async function checked(route: string, method: string, response: Response): Promise<Record<string, unknown>> {
  const body = await response.json();
  const pointer = [
    "paths",
    route,
    method,
    "responses",
    String(response.status),
    "content",
    "application/json",
  ];
  const path = pointer.map((key) => encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"))).join(
    "/",
  );
  const documented = pointer.reduce((value, key) => value?.[key], DOCUMENT);
  const shared = DOCUMENT.paths[route][method].responses[String(response.status)]?.["$ref"];
  assert(documented ?? shared, `${method} ${route} does not document ${response.status}`);
  const schema = shared === undefined
    ? `compute#/${path}/schema`
    : `compute${shared}/content/application~1json/schema`.replaceAll(
      "application~1json",
      "application~1json",
    );
  const validate = ajv.getSchema(schema) ?? ajv.compile({ $ref: schema });
  assert(validate(body), `${method} ${route} ${response.status}: ${ajv.errorsText(validate.errors)}`);
  return body;
}

Deno.test("the local service answers in the shapes of the OpenAPI document", async (t) => {
  await using local = await startLocalService({ workers: 1 });

  const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return local.fetch(
      new Request(local.baseUrl + path, {
        method,
        headers: {
          authorization: `Bearer ${local.accessToken}`,
          "user-agent": "test",
          ...(text === undefined
            ? {}
            : { "content-type": "application/json", "content-length": String(text.length) }),
          ...headers,
        },
        ...(text === undefined ? {} : { body: text }),
      }),
    );
  };

  let functionId = "";
  let taskId = "";
  let taskGroupId = "";

  await t.step("version, with and without details", async () => {
    const brief = await call("GET", "/v2/version");
    assertEquals(typeof await checked("/v2/version", "get", brief.clone()), "string");
    const all = await checked("/v2/version", "get", await call("GET", "/v2/version?service=all"));
    assertEquals(Object.keys(all).sort(), ["api", "git_sha", "min_ep_version", "min_sdk_version"]);
    assertEquals((await call("GET", "/v2/version?service=none")).status, 422);
  });

  await t.step("functions: register, read, delete", async () => {
    const registration = {
      function_name: "one",
      function_code: "def one(): return 1",
      serialized: false,
      description: "One.",
      meta: { python_version: "3.11.7", sdk_version: "4.19.0" },
    };
    const answer = await checked("/v3/functions", "post", await call("POST", "/v3/functions", registration));
    functionId = answer.function_uuid as string;
    const path = "/v2/functions/{function_uuid}";
    const stored = await checked(path, "get", await call("GET", `/v2/functions/${functionId}`));
    assertEquals(stored.function_code, "def one(): return 1");
    assertEquals(stored.description, "One.");
    const old = { function_name: "f", function_code: "22\nst\nf:def f(): return 1" };
    const { function_uuid } = await checked(
      "/v2/functions",
      "post",
      await call("POST", "/v2/functions", old),
    );
    await checked(path, "delete", await call("DELETE", `/v2/functions/${function_uuid}`));
    await checked(path, "get", await call("GET", `/v2/functions/${function_uuid}`));
    await checked("/v3/functions", "post", await call("POST", "/v3/functions", { function_name: 7 }));
  });

  await t.step("endpoints", async () => {
    await checked("/v2/endpoints", "get", await call("GET", "/v2/endpoints"));
    await checked("/v2/endpoints", "get", await call("GET", "/v2/endpoints?role=owner"));
    await checked("/v2/endpoints", "get", await call("GET", "/v2/endpoints?role=nobody"));
    for (
      const [route, suffix] of [["/v2/endpoints/{endpoint_uuid}", ""], [
        "/v2/endpoints/{endpoint_uuid}/status",
        "/status",
      ]]
    ) {
      for (const id of [ENDPOINT, NOBODY, "no-uuid"]) {
        await checked(route as string, "get", await call("GET", `/v2/endpoints/${id}${suffix}`));
      }
    }
    const allowed = "/v3/endpoints/{endpoint_uuid}/allowed_functions";
    await checked(allowed, "get", await call("GET", `/v3/endpoints/${ENDPOINT}/allowed_functions`));
  });

  await t.step("tasks: submit, group, status, result", async () => {
    const route = "/v3/endpoints/{endpoint_uuid}/submit";
    const path = `/v3/endpoints/${ENDPOINT}/submit`;
    const tasks = { [functionId]: ["5\n11\n[]5\n11\n{}"], [HELLO]: ["5\n11\n[]5\n11\n{}"] };
    const serializers = ["globus_compute_sdk.serialize.JSONData"];
    const answer = await checked(
      route,
      "post",
      await call("POST", path, { tasks, result_serializers: serializers, create_queue: false }),
    );
    taskGroupId = answer.task_group_id as string;
    const ids = answer.tasks as Record<string, string[]>;
    taskId = ids[HELLO]?.[0] as string;
    const group = await checked(
      "/v2/taskgroup/{task_group_uuid}",
      "get",
      await call("GET", `/v2/taskgroup/${taskGroupId}`),
    );
    assertEquals((group.tasks as unknown[]).length, 2);

    for (let status = ""; status !== "success";) {
      const task = await checked("/v2/tasks/{task_uuid}", "get", await call("GET", `/v2/tasks/${taskId}`));
      status = task.status as string;
      assertEquals("result" in task, status === "success");
      if (status === "success") assertEquals(task.result, '11\n"Hello World!"');
    }
    const batch = await checked(
      "/v2/batch_status",
      "post",
      await call("POST", "/v2/batch_status", { task_ids: [taskId, NOBODY] }),
    );
    const results = batch.results as Record<string, Record<string, string>>;
    assertEquals(results[taskId]?.status, "success");
    assertEquals(results[NOBODY], { task_id: NOBODY, status: "Failed", reason: "Unknown task id" });
  });

  await t.step("refusals", async () => {
    const route = "/v3/endpoints/{endpoint_uuid}/submit";
    const path = `/v3/endpoints/${ENDPOINT}/submit`;
    const payload = "5\n11\n[]5\n11\n{}";
    const refusals: [status: number, code: string, response: Response][] = [
      [
        401,
        "USER_UNAUTHENTICATED",
        await call("POST", path, { tasks: {} }, { authorization: "Bearer wrong" }),
      ],
      [404, "ENDPOINT_NOT_FOUND", await call("POST", `/v3/endpoints/${NOBODY}/submit`, { tasks: {} })],
      [404, "FUNCTION_NOT_FOUND", await call("POST", path, { tasks: { [NOBODY]: [payload] } })],
      [
        404,
        "TASK_GROUP_NOT_FOUND",
        await call("POST", path, { tasks: { [HELLO]: [payload] }, task_group_id: NOBODY }),
      ],
      [413, "BATCH_RUN_TOO_LARGE", await call("POST", path, { tasks: {} }, { "content-length": "99999999" })],
      [422, "SEMANTICALLY_INVALID", await call("POST", path, { tasks: [] })],
      [422, "SEMANTICALLY_INVALID", await call("POST", path, { tasks: { nobody: [] } })],
      [
        422,
        "SEMANTICALLY_INVALID",
        await call("POST", path, { tasks: { [HELLO]: ["6\n11\n\ud83d5\n11\n{}"] } }),
      ],
    ];
    for (const [status, code, response] of refusals) {
      assertEquals(response.status, status);
      assertEquals((await checked(route, "post", response)).code, code);
    }
    await checked("/v2/tasks/{task_uuid}", "get", await call("GET", `/v2/tasks/${NOBODY}`));
    await checked("/v2/taskgroup/{task_group_uuid}", "get", await call("GET", `/v2/taskgroup/${NOBODY}`));
  });
});
