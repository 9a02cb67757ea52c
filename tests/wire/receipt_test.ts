/** Proves that `decodeReceipt()` gives each task its id, and refuses an answer that leaves one out. */
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ComputeDecodeError } from "../../src/errors/decode_error.ts";
import { decodeReceipt } from "../../src/wire/receipt.ts";
import { encodeSubmitBody } from "../../src/wire/submit_body.ts";

const ENDPOINT = "4b116d3c-1703-4f8f-9f6f-39921e5864df";
const GROUP = "1bd3b7c2-25ae-4b0d-9ef5-4a4a8f0a3f5e";
const F = "aaaaaaaa-0000-4000-8000-000000000001";
const G = "bbbbbbbb-0000-4000-8000-000000000002";

/** What was sent: it names no group. */
const SENT = { endpointId: ENDPOINT, taskGroupId: undefined };

function answer(tasks: unknown): Record<string, unknown> {
  return { request_id: "r-1", task_group_id: GROUP, endpoint_id: ENDPOINT, tasks };
}

Deno.test("decodeReceipt() puts the ids of interleaved functions in the order of the tasks", () => {
  const tasks = [F, G, F, F, G].map((functionId) => ({ functionId }));
  assertEquals(decodeReceipt(answer({ [G]: ["g0", "g1"], [F]: ["f0", "f1", "f2"] }), tasks, SENT), {
    endpointId: ENDPOINT,
    taskGroupId: GROUP,
    taskIds: ["f0", "g0", "f1", "f2", "g1"],
    requestIds: ["r-1"],
  });
});

Deno.test("decodeReceipt() matches functions whatever their case", () => {
  const tasks = [F.toUpperCase(), F, G].map((functionId) => ({ functionId }));
  const receipt = decodeReceipt(answer({ [F]: ["f0", "f1"], [G]: ["g0"] }), tasks, SENT);
  assertEquals(receipt.taskIds, ["f0", "f1", "g0"]);
});

Deno.test("decodeReceipt() gives each task the id that the service gave to its arguments", () => {
  const functionIds = Array.from({ length: 5 }, () => crypto.randomUUID() as string);
  fc.assert(fc.property(fc.array(fc.constantFrom(...functionIds), { minLength: 1 }), (ids) => {
    const tasks = ids.map((functionId, index) => ({ functionId, args: [index] }));
    // A service that names each task by its payload.
    const body = answer(encodeSubmitBody({ endpointId: ENDPOINT, tasks }).tasks);
    const expected = ids.map((_, index) => `${5 + `${index}`.length}\n11\n[${index}]5\n11\n{}`);
    assertEquals(decodeReceipt(body, tasks, SENT).taskIds, expected);
  }));
});

Deno.test("decodeReceipt() needs no word of what was sent, and no id of the request", () => {
  const expected = { endpointId: ENDPOINT, taskGroupId: GROUP, taskIds: ["f0"], requestIds: [] };
  const tasks = { [F]: ["f0"] };
  assertEquals(decodeReceipt({ task_group_id: GROUP, tasks }, [{ functionId: F }], SENT), expected);
  const sent = { ...SENT, taskGroupId: GROUP };
  assertEquals(decodeReceipt({ tasks }, [{ functionId: F }], sent), expected);
});

Deno.test("decodeReceipt() refuses an answer that does not account for each task", () => {
  const cases: [name: string, body: unknown, message: string][] = [
    ["nothing", undefined, "it has no 'tasks'"],
    ["null", null, "it has no 'tasks'"],
    ["a list", [], "it has no 'tasks'"],
    ["no tasks", { task_group_id: GROUP }, "it has no 'tasks'"],
    ["a list of tasks", answer(["f0", "f1"]), "it has no 'tasks'"],
    ["no group", { tasks: { [F]: ["f0", "f1"] } }, "it has no 'task_group_id'"],
    ["a group that is null", { task_group_id: null, tasks: {} }, "it has no 'task_group_id'"],
    ["no function", answer({}), `it has no id for task 0, of function ${F}`],
    ["another function", answer({ [G]: ["g0", "g1"] }), `it has no id for task 0, of function ${F}`],
    ["an id too few", answer({ [F]: ["f0"] }), `it has no id for task 1, of function ${F}`],
    ["a null among ids", answer({ [F]: ["f0", null] }), `it has no id for task 1, of function ${F}`],
    ["ids in a string", answer({ [F]: "f0" }), `it has no id for task 0, of function ${F}`],
  ];
  for (const [name, body, message] of cases) {
    const tasks = [{ functionId: F }, { functionId: F }];
    const error = assertThrows(() => decodeReceipt(body, tasks, SENT), ComputeDecodeError);
    assertStrictEquals(error.message, `Cannot read the answer to the submission: ${message}`, name);
    assertStrictEquals(error.raw, JSON.stringify(body) ?? "", name);
  }
});
