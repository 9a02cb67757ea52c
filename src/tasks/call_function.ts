import { checkCallOptions } from "../http/call_options.ts";
import { type Client, contextOf } from "../http/client.ts";
import type { PythonValue } from "../wire/values/python_value.ts";
import { outcomesOf } from "./as_completed.ts";
import { resultOf } from "./get_result.ts";
import { type TaskSubmission, toBatch } from "./run_task.ts";
import { CALL_KEYS, type FunctionCallOptions, submitCall } from "./submit_call.ts";

/**
 * Calls a Python function and waits for what it returns: submit, wait, decode.
 *
 * @example A function call
 * ```ts
 * import { callFunction, type Client, registerSource } from "@edge-compute/globus";
 *
 * export async function answer(client: Client, endpointId: string): Promise<unknown> {
 *   const functionId = await registerSource(client, { source: "def double(x):\n    return 2 * x\n" });
 *   return await callFunction(client, { endpointId, functionId, args: [21] }); // 42
 * }
 * ```
 *
 * Calls that are made within a few milliseconds travel as one submission: a thousand of them in a `Promise.all`
 * cost a handful of requests.
 *
 * @returns What the function returned.
 * @throws {ComputeTaskError} If the function raised: Python's exception, as data.
 * @throws {ComputeDecodeError} If the result cannot be read here; the error has it as it was sent.
 * @throws {ComputeTimeoutError} If the time is over; it carries the task's id, and the task goes on.
 * @throws As {@linkcode batchRun}, if the task is not submitted.
 * @see Routes `POST /v3/endpoints/{endpoint_uuid}/submit` and `POST /v2/batch_status`.
 */
export async function callFunction(
  client: Client,
  task: TaskSubmission,
  options: FunctionCallOptions = {},
): Promise<PythonValue> {
  checkCallOptions(options, CALL_KEYS);
  const context = contextOf(client);
  const startMs = context.clock.monotonicMs();
  const receipt = await submitCall(context, toBatch(task), options);
  for await (const outcome of outcomesOf(context, { ...receipt, startMs }, options)) {
    return resultOf(outcome);
  }
  throw new Error("unreachable: asCompleted ends with an outcome or an error");
}
