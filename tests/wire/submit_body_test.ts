/** Proves that `encodeSubmitBody()` writes all that a batch says, and refuses what is no batch. */
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { ComputeEncodeError } from "../../src/errors/encode_error.ts";
import type { Batch } from "../../src/wire/batch.ts";
import { loadParts } from "../../src/wire/on_demand.ts";
import { encodeSubmitBody } from "../../src/wire/submit_body.ts";

await loadParts();

const ENDPOINT = "4b116d3c-1703-4f8f-9f6f-39921e5864df";
const GROUP = "1bd3b7c2-25ae-4b0d-9ef5-4a4a8f0a3f5e";
const F = "aaaaaaaa-0000-4000-8000-000000000001";
const G = "bbbbbbbb-0000-4000-8000-000000000002";
const SERIALIZERS = ["globus_compute_sdk.serialize.JSONData", "globus_compute_sdk.serialize.DillDataBase64"];
const NO_ARGUMENTS = "5\n11\n[]5\n11\n{}";

function encode(batch: Partial<Batch>) {
  return encodeSubmitBody({ endpointId: ENDPOINT, tasks: [{ functionId: F }], ...batch });
}

function payload(number: number): string {
  return `6\n11\n[${number}]5\n11\n{}`;
}

Deno.test("encodeSubmitBody() writes a single task", () => {
  assertEquals(encode({}), {
    create_queue: false,
    result_serializers: SERIALIZERS,
    tasks: { [F]: [NO_ARGUMENTS] },
  });
});

Deno.test("encodeSubmitBody() writes all that a batch may say", () => {
  const body = encode({
    tasks: [{ functionId: F, args: [1], kwargs: { b: 41 } }],
    taskGroupId: GROUP.toUpperCase(),
    createQueue: true,
    resultSerializers: ["pickle", "my.Strategy"],
    userEndpointConfig: { worker_init: "module load x", nodes: 2 },
    resourceSpecification: { numNodes: 2, ranksPerNode: 4, numRanks: 8, launcherOptions: "-v" },
  });
  assertEquals(body, {
    task_group_id: GROUP,
    create_queue: true,
    resource_specification: { num_nodes: 2, ranks_per_node: 4, num_ranks: 8, launcher_options: "-v" },
    user_endpoint_config: { worker_init: "module load x", nodes: 2 },
    result_serializers: ["globus_compute_sdk.serialize.DillDataBase64", "my.Strategy"],
    tasks: { [F]: ['6\n11\n[1]11\n11\n{"b":41}'] },
  });
});

Deno.test("encodeSubmitBody() leaves out what is empty", () => {
  const empty = { userEndpointConfig: {}, resourceSpecification: {} as never, resultSerializers: [] };
  assertEquals(encode(empty), { create_queue: false, tasks: { [F]: [NO_ARGUMENTS] } });
  assertEquals(encode({ resourceSpecification: { numNodes: 1 } }).resource_specification, { num_nodes: 1 });
});

Deno.test("encodeSubmitBody() groups tasks by function, in their order", () => {
  const tasks = [F, G, F.toUpperCase(), G, F].map((functionId, index) => ({ functionId, args: [index] }));
  const body = encode({ tasks });
  assertEquals(body.tasks, { [F]: [0, 2, 4].map(payload), [G]: [1, 3].map(payload) });
  assertEquals(Object.keys(body.tasks), [F, G]);
});

Deno.test("encodeSubmitBody() leaves the batch as it is", () => {
  const userEndpointConfig = Object.freeze({ nodes: 2 });
  const tasks = Object.freeze([Object.freeze({ functionId: F, args: Object.freeze([1]) })]);
  const body = encode({ tasks, userEndpointConfig });
  (body.user_endpoint_config as Record<string, unknown>).nodes = 3;
  assertEquals(userEndpointConfig, { nodes: 2 });
});

Deno.test("encodeSubmitBody() refuses a batch of another shape", () => {
  const cases: [name: string, batch: unknown, type: typeof TypeError | typeof RangeError, message: string][] =
    [
      ["no tasks", { tasks: undefined }, TypeError, "Cannot use 'tasks': it must be an array of tasks"],
      ["one task that is no array", { tasks: { functionId: F } }, TypeError, "Cannot use 'tasks'"],
      ["an empty batch", { tasks: [] }, RangeError, "Cannot submit a batch without tasks"],
      [
        "a group that is no UUID",
        { taskGroupId: "mine" },
        RangeError,
        `Cannot use 'taskGroupId': "mine" is no UUID`,
      ],
      ["an empty group", { taskGroupId: "" }, RangeError, "Cannot use 'taskGroupId'"],
      ["a task without a function", { tasks: [{}] }, TypeError, "Cannot use 'functionId': it must be a UUID"],
      [
        "a function by its name",
        { tasks: [{ functionId: "f" }] },
        RangeError,
        `Cannot use 'functionId': "f" is`,
      ],
      [
        "a task that is null",
        { tasks: [{ functionId: F }, null] },
        TypeError,
        "Cannot use 'tasks[1].functionId'",
      ],
      [
        "a bad id among tasks",
        { tasks: [{ functionId: F }, { functionId: "g" }] },
        RangeError,
        "'tasks[1].functionId'",
      ],
      [
        "a first of several tasks without a function",
        { tasks: [{}, { functionId: F }] },
        TypeError,
        "Cannot use 'tasks[0].functionId'",
      ],
      [
        "a task without a function after one of the same kind",
        { tasks: [{ functionId: F }, { functionId: F }, {}] },
        TypeError,
        "Cannot use 'tasks[2].functionId'",
      ],
      ["one task that is null", { tasks: [null] }, TypeError, "Cannot use 'functionId'"],
      ["args that are no array", { tasks: [{ functionId: F, args: 1 }] }, TypeError, "Cannot use 'args'"],
      [
        "kwargs that are an array",
        { tasks: [{ functionId: F }, { functionId: G, kwargs: [] }] },
        TypeError,
        "Cannot use 'tasks[1].kwargs'",
      ],
      [
        "an unknown serializer",
        { resultSerializers: ["yaml"] },
        RangeError,
        "Unknown result serializer 'yaml'",
      ],
    ];
  for (const [name, batch, type, message] of cases) {
    const error = assertThrows(() => encode(batch as Partial<Batch>), type, message);
    assertStrictEquals(error.constructor, type, name);
  }
});

Deno.test("encodeSubmitBody() names the place of an argument that cannot be sent", () => {
  const bad = { functionId: F, args: [{ when: undefined }] };
  const cases: [tasks: Batch["tasks"], path: string][] = [
    [[bad], "args[0].when"],
    [[{ functionId: F }, { functionId: G }, bad], "tasks[2].args[0].when"],
    [[{ functionId: F, kwargs: { x: undefined } }, { functionId: G }], "tasks[0].kwargs.x"],
  ];
  for (const [tasks, path] of cases) {
    assertStrictEquals(assertThrows(() => encode({ tasks }), ComputeEncodeError).path, path);
  }
});
