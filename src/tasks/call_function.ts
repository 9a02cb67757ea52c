import { checkCallOptions } from "../http/call_options.ts";
import { type Client, contextOf } from "../http/client.ts";
import type { PythonValue } from "../wire/python_value.ts";
import { asCompleted, type WaitOptions } from "./as_completed.ts";
import { resultOf } from "./get_result.ts";
import { runTask, type TaskSubmission } from "./run_task.ts";

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
  options: WaitOptions = {},
): Promise<PythonValue> {
  checkCallOptions(options);
  const { clock } = contextOf(client);
  const startMs = clock.nowMs();
  // 0 is for the look at the outcome: no submission would be through in no time.
  const taskId = await runTask(client, task, { ...options, timeoutMs: options.timeoutMs || undefined });
  const left = options.timeoutMs === undefined
    ? {}
    : { timeoutMs: Math.max(0, options.timeoutMs - (clock.nowMs() - startMs)) };
  for await (const outcome of asCompleted(client, [taskId], { ...options, ...left })) {
    return resultOf(outcome);
  }
  throw new Error("unreachable: asCompleted ends with an outcome or an error");
}
