/** Proves how `classifyFailure()` tells the kinds of failure apart, and that each has its advice. */
import { assert, assertEquals } from "@std/assert";
import type { TaskErrorKind } from "../../mod.ts";
import { adviceFor, classifyFailure, parseTraceback } from "../../src/wire/task_failure.ts";

const BEGIN = "Traceback (most recent call last):\n";
const engine = (text: string) => `${"+".repeat(68)}\n${text}\n${"-".repeat(68)}`;
const concretes = "/venv/lib/python3.12/site-packages/globus_compute_sdk/serialize/concretes.py";
const sdk = (line: string) => `  File "${concretes}", line 262, in deserialize\n    ${line}\n`;

/** Texts as endpoints of 4.15 and 4.19 write them, and what they are. */
const CASES: readonly [name: string, kind: TaskErrorKind, text: string][] = [
  ["a user's exception", "exception", `${BEGIN}  File "<string>", line 2, in f\nKeyError: 'k'\n`],
  ["one without a message", "exception", `${BEGIN}  File "<string>", line 2, in f\nValueError\n`],
  [
    "one of a user's class with a name of ours",
    "exception",
    `${BEGIN}  File "<string>", line 2, in f\nMaxResultSizeExceeded: resource specification of WorkerLost\n`,
  ],
  [
    "pickling in the function itself",
    "exception",
    `${BEGIN}  File "<string>", line 2, in f\n_pickle.PicklingError: Can't pickle\n`,
  ],
  [
    "an exception group of the user's",
    "exception",
    `  + Exception Group ${BEGIN}  |   File "<string>", line 2, in f\n  | ExceptionGroup: two (1 sub-exception)\n` +
    "  +-+---------------- 1 ----------------\n    | ValueError: 1\n    +------------------------------------\n",
  ],
  [
    "source that fails when it is loaded",
    "exception",
    `${BEGIN}${sdk("exec(body, exec_ns)")}  File "<string>", line 1, in <module>\n` +
    "ModuleNotFoundError: No module named 'numpy'\n",
  ],
  [
    "source that is no Python",
    "exception",
    `${BEGIN}${
      sdk("exec(body, exec_ns)")
    }  File "<string>", line 1\n    def f(:\n          ^\nSyntaxError: invalid syntax\n`,
  ],
  [
    "a name that the source does not bind",
    "serialization",
    `${BEGIN}${sdk("return exec_ns[name]")}KeyError: 'g'\n`,
  ],
  [
    "a pickle of another Python",
    "serialization",
    `${BEGIN}${sdk("return dill.loads(decoded)")}  File "/venv/dill/_dill.py", line 452, in load\n` +
    "TypeError: code() argument 13 must be str, not int\n",
  ],
  [
    "an unknown header",
    "serialization",
    `${BEGIN}  File "/venv/globus_compute_sdk/serialize/facade.py", line 224, in deserialize\n` +
    "globus_compute_sdk.errors.error_types.DeserializationError: Deserialization failed: Invalid header: zz\n in data payload\n",
  ],
  [
    "a result that no strategy takes",
    "serialization",
    "  | ExceptionGroup: Strategy failures: (1 sub-exception)\n  +-+---------------- 1 ----------------\n" +
    `    | ${BEGIN}    | TypeError: Object of type set is not JSON serializable\n` +
    "    +------------------------------------\n\n" +
    "The above exception was the direct cause of the following exception:\n\n" +
    `${BEGIN}  File "/venv/globus_compute_sdk/serialize/facade.py", line 169, in serialize_from_list\n` +
    "globus_compute_sdk.errors.error_types.SerializationError: Serialization failed: All strategies failed.\n",
  ],
  ["a result that is too large", "resultTooLarge", "MaxResultSizeExceeded(11534341, 10485760)"],
  [
    "a worker that was lost",
    "workerLost",
    engine(
      `${BEGIN}parsl.executors.high_throughput.errors.WorkerLost: Task failure due to loss of worker 0 on host n1`,
    ),
  ],
  [
    "a worker that was lost twice",
    "workerLost",
    [1, 2].map((attempt) =>
      engine(
        `Traceback from attempt: ${
          attempt === 2 ? "final attempt" : attempt
        }\nparsl.executors.high_throughput.errors.WorkerLost: Task failure due to loss of worker 0 on host n1`,
      )
    ).join("\n"),
  ],
  [
    "a node that was lost",
    "workerLost",
    engine(
      "parsl.executors.high_throughput.errors.ManagerLost: Task failure due to loss of manager b'1' on host n1",
    ),
  ],
  [
    "an endpoint's time limit",
    "timeLimit",
    `${BEGIN}  File "/venv/parsl/app/python.py", line 31, in wrapper\n  File "<string>", line 2, in f\nparsl.app.errors.AppTimeout\n`,
  ],
  [
    "the local service's",
    "timeLimit",
    engine(`${BEGIN}TaskTimeLimitExceeded: The task ran for more than 100 ms`),
  ],
  [
    "too much output",
    "outputTooLarge",
    engine(`${BEGIN}TaskOutputExceeded: The task printed more than 9 bytes`),
  ],
  [
    "a function that is not listed",
    "functionNotAllowed",
    "Function 5b1f3c84-7d0a-4e52-9c16-2f8e40a7b6d3 not permitted on endpoint 0f6a1d92-83be-4c57-b1f0-6e2d9a45c718",
  ],
  [
    "nodes for an engine that has none to give",
    "resourceSpecification",
    engine(
      `${BEGIN}  File "/venv/parsl/e.py", line 1, in submit\nparsl.executors.errors.InvalidResourceSpecification: ` +
        "Invalid Resource Specification Supplied: {'num_nodes'}. Task resource specification only accepts these types " +
        "of resources: priority",
    ),
  ],
  [
    "the same, in a ThreadPoolEngine",
    "resourceSpecification",
    "Failed to start task: resource_specification is not supported on ThreadPoolEngine.  For MPI apps, use GlobusMPIEngine.",
  ],
  ["another failure to start", "endpoint", "Failed to start task: [Errno 28] No space left on device"],
  [
    "an endpoint that does not know why",
    "endpoint",
    "Unknown task exception: (RuntimeError) cannot schedule",
  ],
  ["a message that is no task", "endpoint", "CouldNotExecuteUserTaskError('Non Task-type message received')"],
  ["an engine that does not start", "endpoint", engine(`${BEGIN}ExecutorError: Executor failed`)],
  ["a service that does not tell", "endpoint", "Task failed"],
  ["nothing at all", "endpoint", ""],
];

for (const [name, kind, text] of CASES) {
  Deno.test(`classifyFailure() tells ${name}`, () => {
    assertEquals(classifyFailure(parseTraceback(text), text), kind);
  });
}

Deno.test("adviceFor() has a word on each kind but the user's own exception", () => {
  const kinds = new Set(CASES.map(([, kind]) => kind));
  assertEquals(kinds.size, 9);
  for (const kind of kinds) {
    assertEquals(adviceFor(kind, "KeyError") === undefined, kind === "exception", kind);
  }
  for (const type of ["ModuleNotFoundError", "NameError"]) assert(adviceFor("exception", type));
});
