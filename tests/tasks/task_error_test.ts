/** Proves what an error tells of a task that failed in real Python: its kind, type, frames and advice. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  accessToken,
  batchRun,
  callFunction,
  ComputeTaskError,
  createClient,
  rateLimiter,
  registerSource,
  type ResultSerializer,
  systemClock,
  type TaskErrorKind,
  waitForBatch,
} from "../../mod.ts";
import { startLocalService } from "../../src/local/mod.ts";

Deno.test("a task that fails in real Python tells why, and what can be done", async (t) => {
  await using local = await startLocalService({ workers: 2, taskTimeLimitMs: 2_000, maxOutputBytes: 10_000 });
  const client = createClient({
    baseUrl: local.baseUrl,
    authorizer: accessToken(local.accessToken),
    // A call after the other would soon wait for the service's rate, which this one does not ask for.
    limiter: rateLimiter({ requests: 1000, clock: systemClock }),
  });
  const { endpointId } = local;
  const cases: [source: string, kind: TaskErrorKind, type: string, serializers?: ResultSerializer[]][] = [
    ["def f(): return {}['k']", "exception", "KeyError"],
    ["import nowhere\ndef f(): return 1", "exception", "ModuleNotFoundError"],
    ["def f(): return math.pi", "exception", "NameError"],
    ["def f(:", "exception", "SyntaxError"],
    [
      "def f(): return {1, 2}",
      "serialization",
      "globus_compute_sdk.errors.error_types.SerializationError",
      ["json"],
    ],
    ["def f(): return 'x' * 11_000_000", "resultTooLarge", "MaxResultSizeExceeded"],
    ["import os\ndef f(): os._exit(1)", "workerLost", "parsl.executors.high_throughput.errors.WorkerLost"],
    ["def f():\n    while True: pass", "timeLimit", "TaskTimeLimitExceeded"],
    ["def f():\n    while True: print('x' * 1000)", "outputTooLarge", "TaskOutputExceeded"],
  ];
  // All run at once, so that the one that has to run out of time holds up no other.
  const receipts = await Promise.all(
    cases.map(async ([source, , , resultSerializers = ["json", "pickle"]]) => {
      const functionId = await registerSource(client, { source, name: "f" });
      return await batchRun(client, { endpointId, tasks: [{ functionId }], resultSerializers });
    }),
  );
  for (const [index, [, kind, type]] of cases.entries()) {
    await t.step(`${kind}: ${type}`, async () => {
      const [outcome] = await waitForBatch(client, receipts[index]?.taskIds ?? [], { timeoutMs: 30_000 });
      assert(outcome?.state === "failed");
      const { error } = outcome;
      assertEquals([error.kind, error.type], [kind, type]);
      assertEquals(error.advice === undefined, type === "KeyError" || type === "SyntaxError");
      assert(error.traceback.includes(type));
    });
  }
});

Deno.test("a Python exception is data: type, message, frames and the text", async () => {
  await using local = await startLocalService({ workers: 1 });
  const client = createClient({ baseUrl: local.baseUrl, authorizer: accessToken(local.accessToken) });
  const source =
    "def inner(x):\n    raise ValueError(f'no {x}\\nat all')\ndef outer(x):\n    return inner(x)\n";
  const functionId = await registerSource(client, { source, name: "outer" });
  const error = await assertRejects(
    () => callFunction(client, { endpointId: local.endpointId, functionId, args: [7] }),
    ComputeTaskError,
    "ValueError: no 7",
  );
  assertEquals([error.kind, error.type, error.pythonMessage], ["exception", "ValueError", "no 7\nat all"]);
  assertEquals(error.frames.at(-1), { file: "<string>", line: 2, function: "inner" });
  assert(error.traceback.startsWith("Traceback (most recent call last):\n"));
  assertEquals("advice" in error, false);
});

Deno.test("new ComputeTaskError() is an exception unless it is told more", () => {
  const python = { type: "KeyError", message: "'k'", frames: [], taskId: "t", traceback: "" };
  assertEquals(new ComputeTaskError("m", python).kind, "exception");
  const lost = new ComputeTaskError("m", { ...python, kind: "workerLost", advice: "less" });
  assertEquals([lost.kind, lost.advice], ["workerLost", "less"]);
});
