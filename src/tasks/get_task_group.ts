import type { CallOptions } from "../http/call_options.ts";
import { type Client, contextOf } from "../http/client.ts";
import type { TaskGroup } from "../wire/task_group.ts";
import { checkUuid } from "../wire/uuid.ts";
import { fetchTaskGroup } from "./task_selection.ts";

/**
 * Lists the tasks of a task group. What became of them it does not tell: {@linkcode waitForBatch} and
 * {@linkcode getBatchResult} do.
 *
 * @example How many tasks there are
 * ```ts
 * import { type Client, getTaskGroup } from "@edge-compute/globus";
 *
 * export async function count(client: Client, taskGroupId: string): Promise<number> {
 *   return (await getTaskGroup(client, taskGroupId)).tasks.length;
 * }
 * ```
 *
 * @throws {RangeError} If `taskGroupId` is no UUID.
 * @throws {ComputeHttpError} With `TASK_GROUP_NOT_FOUND`, if the service does not know it.
 * @throws {ComputeAuthorizationError} If it is somebody else's.
 * @see Route `GET /v2/taskgroup/{task_group_uuid}`.
 */
export async function getTaskGroup(
  client: Client,
  taskGroupId: string,
  options: CallOptions = {},
): Promise<TaskGroup> {
  const context = contextOf(client);
  return await fetchTaskGroup(context, checkUuid(taskGroupId, "taskGroupId"), options);
}
