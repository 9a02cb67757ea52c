/** Proves what `batchRun()` and `runTask()` send, what receipt they give, and what they refuse. */
import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import {
  batchRun,
  type BatchTask,
  ComputeEncodeError,
  prepareBatch,
  runTask,
  type SubmitBody,
} from "../../mod.ts";
import { json } from "../support/observed_fetch.ts";
import { ENDPOINT_ID, GROUP_ID, id, receipt, setUp, SUBMIT, TASK_GROUP } from "../support/task_helpers.ts";

const F = "aaaaaaaa-0000-4000-8000-00000000000f";
const G = "bbbbbbbb-0000-4000-8000-00000000000e";

Deno.test("batchRun() posts the packed arguments of each function to the endpoint", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(SUBMIT, receipt({ [F]: [id(1), id(2)] }));
  const tasks = [{ functionId: F, args: [21] }, { functionId: F, kwargs: { x: "ä" } }];
  await batchRun(client, { endpointId: ENDPOINT_ID, tasks });
  assertEquals(fetch.bodies(SUBMIT), [{
    create_queue: false,
    result_serializers: [
      "globus_compute_sdk.serialize.JSONData",
      "globus_compute_sdk.serialize.DillDataBase64",
    ],
    tasks: { [F]: ["7\n11\n[21]5\n11\n{}", '5\n11\n[]17\n11\n{"x":"\\u00e4"}'] },
  }]);
  assertEquals(clock.sleeping, 0);
  fetch.assertExhausted();
});

Deno.test("batchRun() gives the receipt as plain data", async () => {
  const { client, fetch } = setUp();
  fetch.queue(SUBMIT, receipt({ [F]: [id(1)] }));
  const batch = { endpointId: ENDPOINT_ID, tasks: [{ functionId: F }] };
  const given = await batchRun(client, batch);
  assertEquals(given, {
    endpointId: ENDPOINT_ID,
    taskGroupId: GROUP_ID,
    taskIds: [id(1)],
    requestIds: [id(900)],
  });
  assertEquals(JSON.parse(JSON.stringify(given)), given);
});

Deno.test("batchRun() gives ids in the order of the tasks, however functions are mixed", async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.constantFrom(F, G), { minLength: 1 }), async (functionIds) => {
    const { client, fetch } = setUp();
    const expected = functionIds.map((_, index) => id(index + 1));
    const groups: Record<string, string[]> = {};
    functionIds.forEach((functionId, index) => (groups[functionId] ??= []).push(id(index + 1)));
    fetch.queue(SUBMIT, receipt(groups));
    const tasks = functionIds.map((functionId, index) => ({ functionId, args: [index] }));
    const { taskIds } = await batchRun(client, { endpointId: ENDPOINT_ID, tasks });
    assertEquals(taskIds, expected);
  }));
});

Deno.test("batchRun() writes ids in lower case, as the service answers", async () => {
  const { client, fetch } = setUp();
  fetch.queue(TASK_GROUP, json({ taskgroup_id: GROUP_ID, tasks: [] }));
  fetch.queue(SUBMIT, receipt({ [F]: [id(1), id(3)], [G]: [id(2)] }));
  const { taskIds } = await batchRun(client, {
    endpointId: ENDPOINT_ID.toUpperCase(),
    taskGroupId: GROUP_ID.toUpperCase(),
    tasks: [{ functionId: F.toUpperCase() }, { functionId: G }, { functionId: F }],
  });
  assertEquals(taskIds, [id(1), id(2), id(3)]);
  const [body] = fetch.bodies(SUBMIT) as [SubmitBody];
  assertEquals([Object.keys(body.tasks), body.task_group_id], [[F, G], GROUP_ID]);
  fetch.assertExhausted();
});

Deno.test("batchRun() posts what prepareBatch() makes, whatever the batch says", async () => {
  const { client, fetch } = setUp();
  fetch.queue(TASK_GROUP, json({ taskgroup_id: GROUP_ID, tasks: [] }));
  fetch.queue(SUBMIT, receipt({ [F]: [id(1)], [G]: [id(2)] }));
  const batch = {
    endpointId: ENDPOINT_ID,
    taskGroupId: GROUP_ID,
    createQueue: true,
    resourceSpecification: { numNodes: 2, ranksPerNode: 4, numRanks: 8, launcherOptions: "-v" },
    userEndpointConfig: { account: "abc", nested: { queue: "debug" } },
    resultSerializers: ["pickle", "my_package.Serializer"],
    tasks: [{ functionId: F, args: [NaN, -0, 10n ** 30n] }, { functionId: G, kwargs: { a: null } }],
  };
  await batchRun(client, batch);
  assertEquals(fetch.bodies(SUBMIT), [await prepareBatch(batch)]);
  assertEquals(fetch.bodies(SUBMIT), [{
    task_group_id: GROUP_ID,
    create_queue: true,
    resource_specification: { num_nodes: 2, ranks_per_node: 4, num_ranks: 8, launcher_options: "-v" },
    user_endpoint_config: { account: "abc", nested: { queue: "debug" } },
    result_serializers: ["globus_compute_sdk.serialize.DillDataBase64", "my_package.Serializer"],
    tasks: {
      [F]: ["45\n11\n[NaN,-0.0,1000000000000000000000000000000]5\n11\n{}"],
      [G]: ['5\n11\n[]13\n11\n{"a":null}'],
    },
  }]);
});

Deno.test("batchRun() leaves the batch as it is", async () => {
  const { client, fetch } = setUp();
  fetch.queue(SUBMIT, receipt({ [F]: [id(1)] }));
  const tasks = Object.freeze([Object.freeze({ functionId: F, args: Object.freeze([1]) })]);
  await batchRun(client, Object.freeze({ endpointId: ENDPOINT_ID, tasks }));
  fetch.assertExhausted();
});

Deno.test("prepareBatch() leaves out what is empty", async () => {
  const body = await prepareBatch({
    endpointId: ENDPOINT_ID,
    resourceSpecification: {} as { numNodes: number },
    userEndpointConfig: {},
    resultSerializers: [],
    tasks: [{ functionId: F }],
  });
  assertEquals(body, { create_queue: false, tasks: { [F]: ["5\n11\n[]5\n11\n{}"] } });
});

for (
  const [name, batch, type, text] of [
    ["no tasks", { tasks: [] }, RangeError, "without tasks"],
    ["tasks of another type", { tasks: {} }, TypeError, "'tasks'"],
    ["a task that is none", { tasks: [null] }, TypeError, "'functionId'"],
    ["a function id that is none", { tasks: [{ functionId: "f" }] }, RangeError, "'functionId'"],
    [
      "the function id of the second",
      { tasks: [{ functionId: F }, { functionId: "f" }] },
      RangeError,
      "'tasks[1].functionId'",
    ],
    ["an endpoint id that is none", { endpointId: "e" }, RangeError, "'endpointId'"],
    ["a path for an endpoint id", { endpointId: `../${ENDPOINT_ID}` }, RangeError, "'endpointId'"],
    ["no endpoint id", { endpointId: undefined }, TypeError, "'endpointId'"],
    ["a group id that is none", { taskGroupId: "g" }, RangeError, "'taskGroupId'"],
    ["args of another type", { tasks: [{ functionId: F, args: "ab" }] }, TypeError, "'args'"],
    ["kwargs of another type", { tasks: [{ functionId: F, kwargs: [1] }] }, TypeError, "'kwargs'"],
    [
      "an argument that JSON has not",
      { tasks: [{ functionId: F, args: [() => 1] }] },
      ComputeEncodeError,
      "args[0]",
    ],
    ["an unknown serializer", { resultSerializers: ["xml"] }, RangeError, "'xml'"],
  ] as const
) {
  Deno.test(`batchRun() refuses ${name}, and sends nothing`, async () => {
    const { client, fetch } = setUp();
    const whole = { endpointId: ENDPOINT_ID, tasks: [{ functionId: F }], ...batch } as unknown as {
      endpointId: string;
      tasks: BatchTask[];
    };
    const error = await assertRejects(() => batchRun(client, whole), type, text);
    assertEquals(error instanceof TypeError || error instanceof RangeError, true);
    assertEquals(fetch.sent.length, 0);
  });
}

Deno.test("runTask() submits a batch of one, with what it says beside the task", async () => {
  const { client, fetch } = setUp();
  fetch.queue(TASK_GROUP, json({ taskgroup_id: GROUP_ID, tasks: [] }));
  fetch.queue(SUBMIT, receipt({ [F]: [id(1)] }));
  const rest = {
    endpointId: ENDPOINT_ID,
    taskGroupId: GROUP_ID,
    userEndpointConfig: { account: "abc" },
    resultSerializers: ["json"],
  };
  const task = { functionId: F.toUpperCase(), args: [1], kwargs: { a: 2 } };
  assertEquals(await runTask(client, { ...rest, ...task }), id(1));
  assertEquals(fetch.bodies(SUBMIT), [await prepareBatch({ ...rest, tasks: [task] })]);
  fetch.assertExhausted();
});

Deno.test("runTask() submits a task without arguments", async () => {
  const { client, fetch } = setUp();
  fetch.queue(SUBMIT, receipt({ [F]: [id(1)] }));
  await runTask(client, { endpointId: ENDPOINT_ID, functionId: F });
  const [body] = fetch.bodies(SUBMIT) as [SubmitBody];
  assertEquals(body.tasks, { [F]: ["5\n11\n[]5\n11\n{}"] });
});
