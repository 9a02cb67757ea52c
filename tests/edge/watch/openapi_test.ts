/** The OpenAPI document of the handler describes each route and each answer. */
import { assert, assertEquals } from "@std/assert";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { healthRoutes } from "../../../edge/health_routes.ts";
import { watchRoutes } from "../../../edge/watch/watch_routes.ts";
import { edgeOpenapi } from "../../../gen/edge_openapi.ts";
import { id, success } from "../../support/task_helpers.ts";
import {
  AS_OPERATOR,
  BASE_URL,
  BATCH_ID,
  failure,
  seedBatch,
  setUpWatch,
  UNREADABLE,
  type WatchWorld,
} from "./watch_helpers.ts";

interface Operation {
  responses: Record<string, { content?: Record<string, { schema: object }> }>;
}

const document = JSON.parse(edgeOpenapi) as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
};

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
ajv.addSchema(document, "edge");

/** Holds an answer against the document. */
async function assertDescribed(operation: string, response: Response): Promise<void> {
  const [method = "", path = ""] = operation.split(" ");
  const at = `${operation}: ${response.status}`;
  const described = document.paths[path]?.[method.toLowerCase()]?.responses[response.status];
  assert(described !== undefined, `${at} is not described`);
  const text = await response.text();
  if (described.content === undefined) return assertEquals(text, "", at);
  const [mediaType = ""] = (response.headers.get("content-type") ?? "").split(";");
  const schema = described.content[mediaType]?.schema;
  assert(schema !== undefined, `${at}: '${mediaType}' is not described`);
  if (mediaType === "text/html" || mediaType === "text/csv") return assert(text !== "", at);
  const place = [
    "paths",
    path,
    method.toLowerCase(),
    "responses",
    String(response.status),
    "content",
    mediaType,
  ];
  const pointer = place.map((part) => part.replaceAll("/", "~1")).map(encodeURIComponent).join("/");
  const hold = (schema: string, value: unknown) =>
    assert(
      ajv.validate(`edge#/${pointer}/${schema}`, value),
      `${at}: ${JSON.stringify(ajv.errors)} in ${text}`,
    );
  if (mediaType.includes("json")) return hold("schema", JSON.parse(text));
  for (const event of eventsOf(text)) {
    hold("schema", event);
    hold("schema/properties/data/contentSchema", JSON.parse(event.data ?? ""));
  }
}

function eventsOf(text: string): Record<string, string>[] {
  return text.split("\n\n").filter((block) => block.includes("data: "))
    .map((block) => Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s))));
}

Deno.test("openapi.json has each route of the handler, and no other", async () => {
  const { context } = await setUpWatch();
  const routes = [...watchRoutes(context), ...healthRoutes(context)]
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)
  );
  assertEquals(described.sort(), [...new Set([...routes, "POST /hooks/{name}", "GET /hooks/{name}"])].sort());
});

Deno.test("openapi.json says where it is reached, and anybody may read it", async () => {
  const { get } = await setUpWatch();
  const response = await get("/openapi.json");
  const { servers, ...rest } = await response.json();
  assertEquals(servers, [{ url: BASE_URL }]);
  assertEquals(rest.paths, document.paths);
});

Deno.test("all answers about batches are as openapi.json describes them", async () => {
  const world = await setUpWatch({ limits: { maxOpenStreams: 1 } });
  const nowMs = world.clock.nowMs();
  const seeds: ((world: WatchWorld) => Promise<unknown>)[] = [
    (world) => seedBatch(world, [success({ a: 1 }), failure(), UNREADABLE, undefined]),
    (world) => seedBatch(world, [success(1)], { commit: { repository: "octo/model", sha: "a".repeat(40) } }),
    (world) =>
      seedBatch(world, [undefined, undefined], {
        state: "inDoubt",
        takenCount: 1,
        doubt: {
          attemptId: "a",
          start: 1,
          count: 1,
          message: "?",
          sinceMs: nowMs,
          recoveredTaskIds: [id(2)],
        },
      }),
    (world) =>
      seedBatch(world, [undefined], {
        state: "submitting",
        submission: { attempts: 1, nextAtMs: nowMs, problem: "503" },
      }),
    (world) => seedBatch(world, [undefined], { state: "refused", endedAtMs: nowMs }),
    (world) => seedBatch(world, [undefined], { state: "abandoned", endedAtMs: nowMs }),
    (world) =>
      seedBatch(world, [success(1), undefined], {
        state: "partlySubmitted",
        takenCount: 1,
        submission: { attempts: 2, nextAtMs: 0, problem: "503" },
      }),
    (world) => seedBatch(world, [success(1), failure()], { removedAtMs: nowMs }),
  ];
  for (const seed of seeds) {
    await seed(world);
    for (const path of ["", "/view", "/results.json", "/results.csv"]) {
      await assertDescribed(`GET /batches/{id}${path}`, await world.getByLink(path));
      await assertDescribed(`GET /batches/{id}${path}`, await world.get(`/batches/${BATCH_ID}${path}`));
      await assertDescribed(
        `GET /batches/{id}${path}`,
        await world.get("/batches/other" + path, { headers: AS_OPERATOR }),
      );
    }
  }
  for (const path of ["", "/view", "/events"]) {
    await assertDescribed(`GET /batches/{id}${path}`, await world.getByLink(`${path}?count=0`));
  }
  await assertDescribed("GET /batches/{id}/events", await world.getByLink("/events"));
  await seeds[1]?.(world);
  await assertDescribed("GET /batches/{id}/events", await world.getByLink("/events"));
  const headers = { "last-event-id": "done" };
  await assertDescribed("GET /batches/{id}/events", await world.getByLink("/events", { headers }));
  const open = await world.getByLink("/events");
  await assertDescribed("GET /batches/{id}/events", await world.getByLink("/events"));
  await open.body?.cancel();
  const etag = (await world.getByLink("")).headers.get("etag") ?? "";
  await assertDescribed(
    "GET /batches/{id}",
    await world.getByLink("", { headers: { "if-none-match": etag } }),
  );
  await world.clock.advance(8 * 24 * 3_600_000);
  for (const path of ["", "/view", "/events", "/results.json", "/results.csv"]) {
    const expired = await world.getByLink(path);
    assertEquals(expired.status, 403);
    await assertDescribed(`GET /batches/{id}${path}`, expired);
  }
  await assertDescribed("GET /", await world.get("/"));
  await assertDescribed("GET /", await world.get("/", { headers: AS_OPERATOR }));
  const accept = "application/json";
  await assertDescribed("GET /", await world.get("/", { headers: { accept } }));
  await assertDescribed("GET /", await world.get("/", { headers: { ...AS_OPERATOR, accept } }));
  await assertDescribed("GET /livez", await world.get("/livez"));
  await assertDescribed("GET /readyz", await world.get("/readyz"));
  await assertDescribed("GET /openapi.json", await world.get("/openapi.json"));
});

Deno.test("a path says which methods it takes", async () => {
  const { get } = await setUpWatch();
  const methods: [path: string, method: string, allow: string][] = [
    ["/", "POST", "GET, HEAD"],
    ["/batches/b", "DELETE", "GET, HEAD"],
    ["/batches/b/view", "PUT", "GET, HEAD"],
    ["/batches/b/decision", "GET", "POST"],
    ["/hooks/simulate", "GET", "POST"],
    ["/livez", "OPTIONS", "GET, HEAD"],
  ];
  for (const [path, method, allow] of methods) {
    const response = await get(path, { method });
    assertEquals([response.status, response.headers.get("allow")], [405, allow], path);
    assertEquals((await response.json()).type, "urn:edge-compute:problem:method-not-allowed");
  }
  assertEquals((await get("/nowhere")).status, 404);
});

Deno.test("a path has one form: with a slash at its end, or two within, there is nothing", async () => {
  const { get, getByLink } = await setUpWatch();
  for (
    const path of [
      "/livez/",
      "/livez//",
      "//livez",
      "/openapi.json/",
      "/openapi-json",
      "/hooks/simulate/",
      "//",
    ]
  ) {
    assertEquals((await get(path)).status, 404, path);
  }
  for (const path of ["/", "/view/", "//view", "/view/more", "/results-json"]) {
    assertEquals((await getByLink(path)).status, 404, path);
  }
  assertEquals((await get("/livez")).status, 200);
});

Deno.test("a path that is escaped without need is the same path, and one that is no UTF-8 is none", async () => {
  const world = await setUpWatch();
  const { get, getByLink } = world;
  await seedBatch(world, [success(1)]);
  assertEquals((await get("/liv%65z")).status, 200);
  assertEquals((await getByLink("/res%75lts%2Ejson")).status, 200);
  for (const path of ["/livez%FF", "/livez%2F", "/livez%0A", "/liv%2565z", "/livez%"]) {
    assertEquals((await get(path)).status, 404, path);
  }
});

Deno.test("a method that nobody knows is refused like another", async () => {
  const { get } = await setUpWatch();
  for (const method of ["constructor", "ALL", "get-"]) {
    const response = await get("/livez", { method });
    assertEquals([response.status, response.headers.get("allow")], [405, "GET, HEAD"], method);
  }
});

Deno.test("what can be no id of a batch is not there, whoever asks", async () => {
  const { get } = await setUpWatch();
  const ids = ["%0D%C2%81", "%C3%A9", "..%2F..", "%00", "x".repeat(400), "%20", "a%20b"];
  const decision = {
    method: "POST",
    headers: { ...AS_OPERATOR, "content-type": "application/json" },
    body: JSON.stringify({ decision: "submitAgain" }),
  };
  for (const id of ids) {
    for (const path of ["", "/view", "/events", "/results.json", "/results.csv"]) {
      assertEquals((await get(`/batches/${id}${path}`, { headers: AS_OPERATOR })).status, 404, id + path);
    }
    assertEquals((await get(`/batches/${id}/decision`, decision)).status, 404, id);
    const page = await get(`/batches/${id}/view`, { headers: AS_OPERATOR });
    assertEquals([page.status, page.headers.get("content-type")], [404, "text/html; charset=utf-8"], id);
    assertEquals((await get(`/batches/${id}`)).status, 401, id);
  }
  assertEquals((await get("/batches/no-such-batch", { headers: AS_OPERATOR })).status, 404);
});
