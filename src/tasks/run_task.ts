import { checkKeys } from "../base/check.ts";
import type { CallOptions } from "../http/call_options.ts";
import type { Client } from "../http/client.ts";
import type { Batch, BatchTask, SubmitOptions } from "../wire/batch.ts";
import { SUBMIT_KEYS, TASK_KEYS } from "../wire/submit_body.ts";
import { batchRun } from "./batch_run.ts";
import { given } from "../base/narrow.ts";

/** One task, and what its submission may say beside it. */
export interface TaskSubmission extends BatchTask, SubmitOptions {
  /** The endpoint that runs the task. */
  endpointId: string;
}

/**
 * Submits one task, and does not wait for it: `Client.run` in Python.
 *
 * @example One task
 * ```ts
 * import { type Client, runTask } from "@edge-compute/globus";
 *
 * export function start(client: Client, endpointId: string, functionId: string): Promise<string> {
 *   return runTask(client, { endpointId, functionId, args: [21], kwargs: { verbose: true } });
 * }
 * ```
 *
 * @returns The id by which the outcome can be asked for.
 * @throws As {@linkcode batchRun}.
 * @see Route `POST /v3/endpoints/{endpoint_uuid}/submit`.
 */
export async function runTask(
  client: Client,
  task: TaskSubmission,
  options: CallOptions = {},
): Promise<string> {
  const { taskIds } = await batchRun(client, toBatch(task), options);
  return taskIds[0] as string;
}

/** The batch of one task. */
export function toBatch(task: TaskSubmission): Batch {
  checkKeys(task, "a task", `${SUBMIT_KEYS} ${TASK_KEYS}`, "functionId");
  const { functionId, args, kwargs, payload, ...rest } = task;
  return { ...rest, tasks: [given({ functionId, args, kwargs, payload })] };
}
