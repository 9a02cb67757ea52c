import { type Client, contextOf } from "../http/client.ts";
import { outcomesOf, selectWait, type WaitOptions } from "./as_completed.ts";
import type { TaskOutcome } from "./task_outcome.ts";
import type { TaskSelection } from "./task_selection.ts";

/**
 * Waits until each task of a batch has an outcome. A task that failed is an outcome too, and is not thrown.
 *
 * @example Pick a batch up again, from another process
 * ```ts
 * import { type Client, waitForBatch } from "@edge-compute/globus";
 *
 * export async function collect(client: Client, taskGroupId: string): Promise<number> {
 *   const outcomes = await waitForBatch(client, { taskGroupId });
 *   return outcomes.filter((outcome) => outcome.state === "success").length;
 * }
 * ```
 *
 * @param selection Task ids, a receipt, or `{ taskGroupId }`.
 * @returns One outcome a task, in the order asked; for a group in the service's order.
 * @throws {ComputeTimeoutError} If the time is over; it carries the ids of the tasks without an outcome. What has
 * arrived until then is not lost: the same wait made again has it at once.
 * @throws `signal.reason`, when the signal is aborted.
 * @see Routes `POST /v2/batch_status` and `GET /v2/taskgroup/{task_group_uuid}`.
 */
export async function waitForBatch(
  client: Client,
  selection: TaskSelection,
  options: WaitOptions = {},
): Promise<TaskOutcome[]> {
  const context = contextOf(client);
  const wait = await selectWait(context, selection, options);
  const outcomes = new Map<string, TaskOutcome>();
  for await (const outcome of outcomesOf(context, wait, options)) outcomes.set(outcome.taskId, outcome);
  return wait.taskIds.map((taskId) => outcomes.get(taskId) as TaskOutcome);
}
