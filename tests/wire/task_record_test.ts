/** Proves what `decodeTaskRecord()` reads of what the service says of a task, and what it refuses. */
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { ComputeDecodeError } from "../../src/errors/decode_error.ts";
import {
  decodeTaskRecord,
  isFinal,
  isUnknownTask,
  type TaskRecord,
  unknownTask,
} from "../../src/wire/task_record.ts";

const ID = "4b116d3c-1703-4f8f-9f6f-39921e5864df";
const ENDPOINT = "c0396551-2870-45f2-a2aa-70991eb120a4";

Deno.test("decodeTaskRecord() reads what the service says of a success", () => {
  const body = {
    task_id: ID,
    status: "success",
    result: "11\n42",
    completion_t: "1677183605.212898",
    details: {
      os: "Linux-5.19.0-1025-aws-x86_64-with-glibc2.35",
      python_version: "3.10.4",
      dill_version: "0.3.5.1",
      globus_compute_sdk_version: "2.3.2",
      endpoint_id: ENDPOINT,
      task_transitions: { "execution-start": 1692742841.843334, "execution-end": 1692742846.123456 },
    },
  };
  assertEquals(decodeTaskRecord(body, ID), {
    taskId: ID,
    status: "success",
    result: "11\n42",
    completedAt: new Date("2023-02-23T20:20:05.212Z"),
    details: {
      os: "Linux-5.19.0-1025-aws-x86_64-with-glibc2.35",
      pythonVersion: "3.10.4",
      dillVersion: "0.3.5.1",
      sdkVersion: "2.3.2",
      endpointId: ENDPOINT,
      startedAt: new Date("2023-08-22T22:20:41.843Z"),
      endedAt: new Date("2023-08-22T22:20:46.123Z"),
    },
  });
});

const TOLERATED: [name: string, body: unknown, expected: Omit<TaskRecord, "taskId">][] = [
  ["nothing", {}, { status: "unknown" }],
  ["an id alone", { task_id: ID }, { status: "unknown" }],
  ["an id in upper case", { task_id: ID.toUpperCase(), status: "running" }, { status: "running" }],
  ["a status in upper case", { status: "WAITING-FOR-EP" }, { status: "waiting-for-ep" }],
  ["a status that is null", { status: null }, { status: "unknown" }],
  ["a status that is no string", { status: 3 }, { status: "unknown" }],
  [
    "nulls",
    {
      task_id: null,
      status: "success",
      result: null,
      exception: null,
      reason: null,
      completion_t: null,
      details: null,
    },
    { status: "success" },
  ],
  ["an empty result", { status: "success", result: "" }, { status: "success", result: "" }],
  ["a result that is no string", { status: "success", result: [1] }, { status: "success" }],
  ["a failure", { status: "FAILED", exception: "Traceback…" }, { status: "failed", exception: "Traceback…" }],
  ["a reason", { status: "failed", reason: "Unknown task id x" }, {
    status: "failed",
    reason: "Unknown task id x",
  }],
  ["keys that are not known", { status: "success", pending: false, result_t: 1 }, { status: "success" }],
  ["a time that is a number", { completion_t: 1.5 }, { status: "unknown", completedAt: new Date(1500) }],
  ["a time of zero", { completion_t: "0" }, { status: "unknown", completedAt: new Date(0) }],
  ["an empty time", { completion_t: "" }, { status: "unknown" }],
  ["a time that is none", { completion_t: "yesterday" }, { status: "unknown" }],
  ["a time without end", { completion_t: "Infinity" }, { status: "unknown" }],
  ["a time beyond what a Date holds", { completion_t: 1e300 }, { status: "unknown" }],
  ["a time of another type", { completion_t: [1] }, { status: "unknown" }],
  ["details that are no object", { details: [1] }, { status: "unknown" }],
  ["empty details", { details: {} }, { status: "unknown", details: {} }],
  [
    "details of other types",
    { details: { os: 1, python_version: null, endpoint_id: "e", task_transitions: [] } },
    { status: "unknown", details: { endpointId: "e" } },
  ],
  [
    "a task that has begun",
    { details: { task_transitions: { "execution-start": 2, "execution-end": null } } },
    { status: "unknown", details: { startedAt: new Date(2000) } },
  ],
];

Deno.test("decodeTaskRecord() takes what the service leaves out or writes otherwise", () => {
  for (const [name, body, expected] of TOLERATED) {
    assertEquals(decodeTaskRecord(body, ID), { taskId: ID, ...expected }, name);
  }
});

Deno.test("decodeTaskRecord() refuses what is no record", () => {
  for (const body of [undefined, null, "success", 1, [], [{ task_id: ID }]]) {
    const error = assertThrows(() => decodeTaskRecord(body, ID), ComputeDecodeError);
    assertStrictEquals(error.message, `Cannot read the status of task ${ID}: it is no object`);
    assertStrictEquals(error.raw, JSON.stringify(body) ?? "");
  }
});

Deno.test("decodeTaskRecord() refuses the record of another task, and keeps it", () => {
  const body = { task_id: ENDPOINT, status: "success", result: "11\n42" };
  const error = assertThrows(() => decodeTaskRecord(body, ID), ComputeDecodeError, `it is about ${ENDPOINT}`);
  assertEquals(JSON.parse(error.raw), body);
});

Deno.test("isFinal() is true of success and failure alone", () => {
  const words = [
    "success",
    "failed",
    "running",
    "waiting-for-ep",
    "execution-end",
    "cancelled",
    "unknown",
    "",
  ];
  assertEquals(words.filter((status) => isFinal({ taskId: ID, status })), ["success", "failed"]);
});

Deno.test("isUnknownTask() knows the reason that the service gives", () => {
  const cases: [record: Partial<TaskRecord>, expected: boolean][] = [
    [{ reason: "Unknown task id" }, true],
    [{ reason: "unknown task" }, true],
    [{ reason: `Unknown task id ${ID}`, status: "FAILED" }, true],
    [{}, false],
    [{ reason: "the endpoint has an unknown task limit" }, false],
    [{ reason: "Unknown task id", exception: "Traceback…" }, false],
    [{ reason: "Unknown task id", result: "" }, false],
  ];
  for (const [record, expected] of cases) {
    assertStrictEquals(
      isUnknownTask({ taskId: ID, status: "failed", ...record }),
      expected,
      JSON.stringify(record),
    );
  }
});

Deno.test("unknownTask() makes a final record of an unknown task", () => {
  const record = unknownTask(ID);
  assertStrictEquals(record.taskId, ID);
  assertEquals([isFinal(record), isUnknownTask(record)], [true, true]);
});
