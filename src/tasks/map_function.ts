import { checkKeys } from "../base/check.ts";
import { SUBMIT_KEYS } from "../wire/submit_body.ts";
import { checkCallOptions } from "../http/call_options.ts";
import { type Client, contextOf } from "../http/client.ts";
import type { SubmitOptions } from "../wire/batch.ts";
import type { PythonValue } from "../wire/values/python_value.ts";
import { outcomesOf } from "./as_completed.ts";
import { resultOf } from "./get_result.ts";
import { CALL_KEYS, type FunctionCallOptions, submitCall } from "./submit_call.ts";
import { given } from "../base/narrow.ts";

/** One function, and what it is to be called with. */
export interface MapSubmission extends SubmitOptions {
  /** The endpoint that runs the tasks. */
  endpointId: string;
  /** The registered function. */
  functionId: string;
  /** The first argument of each call. */
  items: readonly unknown[];
  /**
   * Keyword arguments that are the same for each call.
   * @default {{}}
   */
  kwargs?: Readonly<Record<string, unknown>>;
}

/**
 * Calls a Python function once for each item and waits for all that they return: `map` of a Python Executor.
 *
 * @example A parameter sweep
 * ```ts
 * import { type Client, mapFunction } from "@edge-compute/globus";
 *
 * export function sweep(client: Client, endpointId: string, functionId: string): Promise<unknown[]> {
 *   return mapFunction(client, { endpointId, functionId, items: [0.1, 0.2, 0.3], kwargs: { steps: 1000 } });
 * }
 * ```
 *
 * @returns What the function returned, in the order of the items.
 * @throws {ComputeTaskError} As soon as one call has raised. The others go on: `onSubmitted` tells the ids by which
 * {@linkcode waitForBatch} has each outcome.
 * @throws {ComputeTimeoutError} If the time is over; it carries the ids of the tasks without an outcome.
 * @throws As {@linkcode batchRun}, if the tasks are not submitted.
 * @see Routes `POST /v3/endpoints/{endpoint_uuid}/submit` and `POST /v2/batch_status`.
 */
export async function mapFunction(
  client: Client,
  submission: MapSubmission,
  options: FunctionCallOptions = {},
): Promise<PythonValue[]> {
  checkCallOptions(options, CALL_KEYS);
  checkKeys(submission, "mapFunction()", `${SUBMIT_KEYS} functionId items kwargs`, "functionId items");
  const context = contextOf(client);
  const startMs = context.clock.monotonicMs();
  const { functionId, items, kwargs, ...rest } = submission;
  if (!Array.isArray(items)) throw new TypeError("Cannot use 'items': it must be an array");
  if (items.length === 0) return [];
  const tasks = items.map((item) => given({ functionId, args: [item], kwargs }));
  const receipt = await submitCall(context, { ...rest, tasks }, options);
  const results = new Map<string, PythonValue>();
  for await (const outcome of outcomesOf(context, { ...receipt, startMs }, options)) {
    results.set(outcome.taskId, resultOf(outcome));
  }
  return receipt.taskIds.map((taskId) => results.get(taskId) as PythonValue);
}
