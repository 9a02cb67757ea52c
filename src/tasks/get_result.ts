import { ComputeHttpError } from "../errors/http_error.ts";
import { TaskPendingError } from "../errors/task_pending_error.ts";
import type { CallOptions } from "../http/call_options.ts";
import type { Client } from "../http/client.ts";
import type { PythonValue } from "../wire/values/python_value.ts";
import { getTask } from "./get_task.ts";
import type { TaskOutcome } from "./task_outcome.ts";

/**
 * Asks once for the result of a task, as `Client.get_result` does in Python.
 *
 * @example A result, if it is there
 * ```ts
 * import { type Client, getResult, TaskPendingError } from "@edge-compute/globus";
 *
 * export async function resultOrNothing(client: Client, taskId: string): Promise<unknown> {
 *   try {
 *     return await getResult(client, taskId);
 *   } catch (error) {
 *     if (error instanceof TaskPendingError) return undefined;
 *     throw error;
 *   }
 * }
 * ```
 *
 * @throws {TaskPendingError} If the task has no result yet.
 * @throws {ComputeTaskError} If the task failed.
 * @throws {ComputeDecodeError} If the result cannot be read here; the error has it as it was sent.
 * @throws {ComputeHttpError} With `TASK_NOT_FOUND`, if the service does not know the task.
 * @see Route `GET /v2/tasks/{task_uuid}`.
 */
export async function getResult(
  client: Client,
  taskId: string,
  options: CallOptions = {},
): Promise<PythonValue> {
  return resultOf(await getTask(client, taskId, options));
}

/** The result of an outcome; whatever else it may be is thrown. */
export function resultOf(outcome: TaskOutcome): PythonValue {
  const { taskId } = outcome;
  switch (outcome.state) {
    case "success":
      return outcome.result;
    case "pending":
      throw new TaskPendingError(`Task ${taskId} has no result yet: its status is '${outcome.status}'`, {
        taskId,
        status: outcome.status,
      });
    case "notFound":
      throw new ComputeHttpError(`Task ${taskId} is not known to the service, or forgotten by it`, {
        status: 404,
        serviceCode: "TASK_NOT_FOUND",
      });
    default:
      throw outcome.error;
  }
}
