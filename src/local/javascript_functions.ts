import { asError } from "../base/narrow.ts";
import type { Clock } from "../base/clock.ts";
import { unpackBuffers } from "../wire/packed_buffers.ts";
import type { PythonValue } from "../wire/values/python_value.ts";
import { deserializeValue, serializeValue } from "../wire/serialized_value.ts";
import { withParts } from "../wire/on_demand.ts";
import { HELLO_WORLD_FUNCTION_ID, MAX_RESULT_CHARACTERS } from "./constants.ts";
import type { WorkerCounts } from "./endpoint_routes.ts";
import type { RunTask, TaskWork } from "./task_queue.ts";
import type { WorkerOutcome } from "./worker_outcome.ts";

/**
 * A function that answers tasks in place of Python. It is given the positional arguments and, where the call has
 * keyword arguments, these as one object behind them. What it returns becomes the result, `undefined` becomes
 * `None`; what it throws becomes Python's exception: set `error.name` to the type that you want to see.
 */
export type JavaScriptFunction = { call(...args: PythonValue[]): unknown }["call"];

/** Runs tasks, and tells how busy it is. */
export interface Runner {
  run: RunTask;
  counts(): WorkerCounts;
}

const DETAILS = { os: "JavaScript" };

const NOT_GIVEN: Runner = {
  run: ({ functionName }, onStart) => {
    onStart();
    const nowMs = Date.now();
    const problem = new Error(`name '${functionName}' is not defined: give it in the option 'functions'`);
    problem.name = "NameError";
    return Promise.resolve(failure(problem, functionName, nowMs, nowMs));
  },
  counts: () => ({ workers: 1, idle: 1, queued: 0, running: 0 }),
};

/**
 * Lets JavaScript functions answer the tasks of the Python functions that are registered under their names, or
 * have their ids. All run at once.
 *
 * @param others Runs all other tasks; without it these fail with a `NameError`.
 */
export function runJavaScript(
  functions: Readonly<Record<string, JavaScriptFunction>>,
  clock: Clock,
  others?: Runner,
): Runner {
  const known = new Map(Object.entries(functions));
  if (!others && !known.has("hello_world") && !known.has(HELLO_WORLD_FUNCTION_ID)) {
    known.set(HELLO_WORLD_FUNCTION_ID, () => "Hello World!");
  }
  const { run: runOther, counts } = others ?? NOT_GIVEN;

  async function run(work: TaskWork, onStart: () => void): Promise<WorkerOutcome> {
    const fn = known.get(work.functionId) ?? known.get(work.functionName);
    if (!fn) return await runOther(work, onStart);
    const startedAtMs = clock.nowMs();
    onStart();
    try {
      const result = await fn(...await withParts(() => readArguments(work.payload))) ?? null;
      const data = await withParts(() => serializeValue(result, "result"));
      if (data.length > MAX_RESULT_CHARACTERS) return tooLarge(data.length, startedAtMs, clock.nowMs());
      return { ok: true, data, details: DETAILS, startedAtMs, endedAtMs: clock.nowMs() };
    } catch (error) {
      return failure(error, work.functionName, startedAtMs, clock.nowMs());
    }
  }

  return { run, counts };
}

function readArguments(payload: string): PythonValue[] {
  const [args, kwargs] = unpackBuffers(payload).map((buffer) => deserializeValue(buffer));
  if (!Array.isArray(args)) throw new TypeError("the positional arguments are no list");
  const hasKeywords = typeof kwargs === "object" && kwargs !== null && Object.keys(kwargs).length > 0;
  return hasKeywords ? [...args, kwargs] : args;
}

function failure(error: unknown, name: string, startedAtMs: number, endedAtMs: number): WorkerOutcome {
  const { name: type, message } = asError(error);
  const lines = ["Traceback (most recent call last):", `  File "<javascript>", line 1, in ${name}`];
  const data = [...lines, message === "" ? type : `${type}: ${message}`, ""].join("\n");
  return {
    ok: false,
    data,
    code: "RemoteExecutionError",
    userMessage: message,
    details: DETAILS,
    startedAtMs,
    endedAtMs,
  };
}

function tooLarge(size: number, startedAtMs: number, endedAtMs: number): WorkerOutcome {
  return {
    ok: false,
    data: `MaxResultSizeExceeded(${size}, ${MAX_RESULT_CHARACTERS})`,
    code: "MaxResultSizeExceeded",
    userMessage: `Task result of ${size}B exceeded current limit of ${MAX_RESULT_CHARACTERS}B`,
    details: DETAILS,
    startedAtMs,
    endedAtMs,
  };
}
