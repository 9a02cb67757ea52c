import type { CallOptions } from "../http/call_options.ts";
import { type Client, type ClientContext, contextOf } from "../http/client.ts";
import { request } from "../http/request.ts";
import { decodeTaskGroup, type TaskGroup } from "../wire/task_group.ts";
import { checkUuid } from "../wire/uuid.ts";

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

/** Reads the list of a group's tasks; its id has been checked. */
export async function fetchTaskGroup(
  context: ClientContext,
  taskGroupId: string,
  options: CallOptions,
): Promise<TaskGroup> {
  const body = await request(
    context,
    "read",
    options,
    (api, through) =>
      api.GET("/v2/taskgroup/{task_group_uuid}", {
        ...through,
        params: { path: { task_group_uuid: taskGroupId } },
      }),
  );
  return decodeTaskGroup(body, taskGroupId);
}
