import type { CallOptions } from "../http/call_options.ts";
import type { ClientContext } from "../http/client.ts";
import { checkUuid } from "../wire/uuid.ts";
import { request } from "../http/request.ts";
import { decodeTaskGroup, type TaskGroup } from "../wire/task_group.ts";

/**
 * The tasks to wait for: their ids, a receipt of {@linkcode batchRun}, or the id of their task group, which is
 * enough to find them again from another process.
 */
export type TaskSelection =
  | readonly string[]
  | { readonly taskIds: readonly string[] }
  | { readonly taskGroupId: string };

/**
 * The ids that a selection stands for, each once, in its order.
 *
 * @throws {TypeError} If it is no selection.
 * @throws {RangeError} If an id is no UUID.
 */
export async function selectTaskIds(
  context: ClientContext,
  selection: TaskSelection,
  options: CallOptions,
): Promise<string[]> {
  if (typeof selection !== "object" || selection === null) {
    throw new TypeError("Cannot tell which tasks are meant: pass task ids, a receipt, or { taskGroupId }");
  }
  if (!("taskIds" in selection) && "taskGroupId" in selection) {
    return await readTaskIds(context, checkUuid(selection.taskGroupId, "taskGroupId"), options);
  }
  return checkTaskIds("taskIds" in selection ? selection.taskIds : selection);
}

/** Checks task ids, in lower case and each once. */
export function checkTaskIds(taskIds: readonly string[]): string[] {
  if (!Array.isArray(taskIds)) throw new TypeError("Cannot use 'taskIds': it must be an array of UUIDs");
  return [...new Set(taskIds.map((taskId, index) => checkUuid(taskId, `taskIds[${index}]`)))];
}

/** The ids of a group's tasks, in the service's order. */
export async function readTaskIds(
  context: ClientContext,
  taskGroupId: string,
  options: CallOptions,
): Promise<string[]> {
  const { tasks } = await fetchTaskGroup(context, taskGroupId, options);
  return checkTaskIds(tasks.map(({ taskId }) => taskId));
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
