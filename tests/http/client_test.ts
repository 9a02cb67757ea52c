/** Proves what `createClient()` takes and refuses, and what every request of a client says. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  accessToken,
  asCompleted,
  batchRun,
  callFunction,
  type Client,
  type ClientOptions,
  createClient,
  getBatchResult,
  getResult,
  getTask,
  registerSource,
  runTask,
  waitForBatch,
} from "../../mod.ts";
import { contextOf } from "../../src/http/client.ts";
import { json } from "../support/observed_fetch.ts";
import {
  BATCH_STATUS,
  ENDPOINT_ID,
  GROUP_ID,
  id,
  receipt,
  setUp,
  statusOf,
  SUBMIT,
  success,
  TASK,
  TASK_GROUP,
} from "../support/task_helpers.ts";

const REGISTER = "POST /v3/functions";
const SOURCE = "def f():\n    return 1\n";

Deno.test("createClient() refuses to be without an authorizer", () => {
  assertThrows(() => createClient({} as ClientOptions), TypeError, "'authorizer'");
  const token = "token" as unknown as ClientOptions["authorizer"];
  const error = assertThrows(() => createClient({ authorizer: token }), TypeError, "'authorizer'");
  assertEquals(error.message.includes('"token"'), false);
});

Deno.test("createClient() makes a frozen object with the address alone", () => {
  const { client, fetch } = setUp();
  assertEquals({ ...client }, { baseUrl: "https://compute.example.org" });
  assertEquals(Reflect.ownKeys(client), ["baseUrl"]);
  assertEquals(Object.isFrozen(client), true);
  assertEquals(fetch.sent.length, 0);
});

Deno.test("createClient() leaves its options as they are", () => {
  const options = Object.freeze({
    authorizer: accessToken("token"),
    baseUrl: "https://compute.example.org/",
  });
  createClient(options);
  assertEquals(Object.keys(options), ["authorizer", "baseUrl"]);
});

Deno.test("contextOf() refuses what createClient() has not made", async () => {
  const { client } = setUp();
  for (
    const foreign of [{ ...client }, { baseUrl: "https://compute.example.org" }, {}, null, undefined, "a"]
  ) {
    assertThrows(() => contextOf(foreign as Client), TypeError, "not made by createClient");
  }
  const foreign = { ...client };
  const task = { endpointId: ENDPOINT_ID, functionId: id(7) };
  const calls = [
    () => batchRun(foreign, { endpointId: ENDPOINT_ID, tasks: [{ functionId: id(7) }] }),
    () => runTask(foreign, task),
    () => callFunction(foreign, task),
    () => getTask(foreign, id(1)),
    () => getResult(foreign, id(1)),
    () => getBatchResult(foreign, [id(1)]),
    () => waitForBatch(foreign, [id(1)]),
    () => asCompleted(foreign, [id(1)]).next(),
    () => registerSource(foreign, { source: SOURCE }),
  ];
  for (const call of calls) await assertRejects(call, TypeError, "not made by createClient");
});

Deno.test("every request says who sends it and what it wants", async () => {
  const { client, fetch } = setUp();
  fetch.queue(SUBMIT, receipt({ [id(7)]: [id(1)] }))
    .queue(REGISTER, json({ function_uuid: id(7) }))
    .queue(TASK, json({ task_id: id(1), status: "running" }))
    .queue(TASK_GROUP, json({ taskgroup_id: GROUP_ID, tasks: [] }))
    .queue(BATCH_STATUS, statusOf({ [id(1)]: success(1) }));
  await registerSource(client, { source: SOURCE });
  await runTask(client, { endpointId: ENDPOINT_ID, functionId: id(7) });
  await getTask(client, id(1));
  await getBatchResult(client, [id(1)]);
  await waitForBatch(client, { taskGroupId: GROUP_ID });
  fetch.assertExhausted();
  for (const { route, headers, redirect, text, url } of fetch.sent) {
    const always = {
      accept: "application/json",
      authorization: "Bearer token",
      "user-agent": "edge-compute-globus-0.1.0/globus-compute-sdk-4.19.0",
      connection: "close",
      "x-globus-client-info": "product=edge-compute-globus,version=0.1.0",
    };
    const withBody = { "content-type": "application/json" };
    assertEquals(
      Object.fromEntries([...headers].sort()),
      text === "" ? always : { ...always, ...withBody },
      route,
    );
    assertEquals(text === "", route.startsWith("GET"), route);
    assertEquals(redirect, "manual", route);
    assertEquals(url.search, "", route);
  }
});

Deno.test("a path in the address stays in front of each route", async () => {
  const { fetch, clock } = setUp();
  const baseUrl = "https://gateway.example.org/compute/";
  const client = createClient({ authorizer: accessToken("token"), baseUrl, fetch, clock });
  fetch.queue(`GET /compute/v2/tasks/${id(1)}`, json({ status: "running" }));
  await getTask(client, id(1));
  assertEquals(fetch.sent.map(({ url }) => url.href), [
    `https://gateway.example.org/compute/v2/tasks/${id(1)}`,
  ]);
});
