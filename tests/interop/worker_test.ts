/** The real worker of the SDK runs what this client sends, and its results are read here. */
import { assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { ComputeTaskError, prepareBatch, shellResult, tuple } from "../../mod.ts";
import { PICKLE_LIMITS } from "../../src/wire/pickle/limits.ts";
import { toOutcome } from "../../src/tasks/task_outcome.ts";
import type { BatchTask } from "../../src/wire/batch.ts";
import { encodeFunctionCode } from "../../src/wire/function_code.ts";
import { SHELL_ENTRY, shellSource } from "../../src/wire/shell_source.ts";
import { type PythonProgram, startPythonProgram } from "./python_program.ts";

const ID = "00000000-0000-4000-8000-000000000001";

interface Answer {
  data: string;
  error: { code: string; message: string } | null;
}

/** Lets the real worker run a task as the service would hand it over, and decodes what comes back. */
async function run(
  program: PythonProgram,
  source: string,
  name: string,
  call: Omit<BatchTask, "functionId"> = {},
  resultSerializers?: string[],
) {
  const batch = await prepareBatch({
    endpointId: ID,
    tasks: [{ functionId: ID, ...call }],
    ...(resultSerializers === undefined ? {} : { resultSerializers }),
  });
  const { data, error } = await program.ask<Answer>({
    taskBuffer: encodeFunctionCode(name, source) + batch.tasks[ID]?.[0],
    resultSerializers: batch.result_serializers,
  });
  const outcome = await toOutcome(
    { taskId: ID, status: error ? "failed" : "success", ...(error ? { exception: data } : { result: data }) },
    { pickleLimits: PICKLE_LIMITS },
  );
  return { outcome, code: error?.code, data };
}

const ECHO = "def echo(*args, **kwargs):\n    return args, kwargs\n";

Deno.test("the real worker runs what batchRun sends, and its results are read", async (t) => {
  await using program = startPythonProgram("worker_program.py");

  await t.step("values of all kinds", async () => {
    const args = [1, "é😀", Uint8Array.of(255), tuple(1, new Map([[1, NaN]])), new Set([2n ** 70n])];
    const { outcome, data } = await run(program, ECHO, "echo", { args, kwargs: { when: [null, -0] } });
    assertEquals(data.slice(0, 3), "00\n");
    assertEquals(outcome.state === "success" && outcome.result, [args, { when: [null, -0] }]);
  });

  await t.step("JSON first", async () => {
    const { outcome, data } = await run(program, ECHO, "echo", { args: [[1, { a: 2 }]] });
    assertEquals(data.slice(0, 3), "11\n");
    assertEquals(outcome.state === "success" && outcome.result, [[[1, { a: 2 }]], {}]);
  });

  await t.step("several forms in one", async () => {
    const { outcome, data } = await run(program, ECHO, "echo", { args: [Uint8Array.of(1)] }, ["all"]);
    assertEquals(data.slice(0, 3), "13\n");
    assertEquals(outcome.state === "success" && outcome.result, [[Uint8Array.of(1)], {}]);
  });

  await t.step("a function that raises", async () => {
    const { outcome, code } = await run(program, "def f(x):\n    return {}[x]\n", "f", { args: ["k"] });
    assertEquals(code, "RemoteExecutionError");
    const error = outcome.state === "failed" ? outcome.error : undefined;
    assertInstanceOf(error, ComputeTaskError);
    assertEquals([error.type, error.pythonMessage], ["KeyError", "'k'"]);
    assertEquals(error.frames.at(-1)?.line, 2);
  });

  await t.step("a result that is too large", async () => {
    const { outcome } = await run(program, "def f():\n    return 'x' * 11_000_000\n", "f");
    assertEquals(outcome.state === "failed" && outcome.error.kind, "resultTooLarge");
  });

  await t.step("a serializer that does not fit", async () => {
    const { outcome } = await run(program, "def f():\n    return {1}\n", "f", {}, ["json"]);
    assertEquals(outcome.state, "failed");
    if (outcome.state === "failed") assertStringIncludes(outcome.error.traceback, "All strategies failed");
  });

  await t.step("a command line", async () => {
    const source = shellSource({ command: "echo {word}; exit 3" });
    const { outcome } = await run(program, source, SHELL_ENTRY, { kwargs: { word: "hi" } });
    const result = shellResult(outcome.state === "success" ? outcome.result : null);
    assertEquals([result.stdout.trim(), result.returnCode], ["hi", 3]);
  });

  await t.step("a ShellResult of the SDK's own", async () => {
    const source =
      "from globus_compute_sdk import ShellFunction\nrun = ShellFunction('echo {word}', name='run')\n";
    const { outcome } = await run(program, source, "run", { kwargs: { word: "hi" } });
    const result = shellResult(outcome.state === "success" ? outcome.result : null);
    assertEquals([result.stdout.trim(), result.returnCode], ["hi", 0]);
  });
});
