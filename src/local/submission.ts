import { hasLoneSurrogate } from "../wire/code_points.ts";
import type { Bearer } from "./auth/bearer.ts";
import { LOCAL_ENDPOINT_ID, MAX_SUBMISSION_BYTES } from "./constants.ts";
import { checkUse, endpointNotFound } from "./endpoint_lookup.ts";
import { serviceError } from "./service_error.ts";
import type { ServiceState, StoredFunction, StoredTaskGroup } from "./state.ts";
import type { TaskQueue } from "./task_queue.ts";

/** A task as it was submitted. */
export interface SubmittedTask {
  functionId: string;
  endpointId: string;
  payload: string;
}

/** What the tasks of a submission have in common. */
export interface SubmissionOptions {
  taskGroupId?: string | undefined;
  createQueue: boolean;
  resultSerializers: readonly string[];
}

/** @throws What {@linkcode readTaskGroup} throws. */
export function checkTaskGroup(state: ServiceState, taskGroupId: string | undefined, bearer: Bearer): void {
  if (taskGroupId !== undefined) readTaskGroup(state, taskGroupId, bearer);
}

/**
 * A task group of whoever asks.
 *
 * @throws `TASK_GROUP_NOT_FOUND`, or `TASK_GROUP_ACCESS_FORBIDDEN` where it is somebody else's.
 */
export function readTaskGroup(
  state: ServiceState,
  taskGroupId: string,
  { account }: Bearer,
): StoredTaskGroup {
  const group = state.taskGroups.get(taskGroupId);
  if (!group) throw serviceError("TASK_GROUP_NOT_FOUND", "Task group not found", [taskGroupId]);
  if (group.ownerId === account.id) return group;
  const detail = `Task group ${taskGroupId} is not ${account.username}'s`;
  throw serviceError("TASK_GROUP_ACCESS_FORBIDDEN", detail, [taskGroupId]);
}

/**
 * Refuses a task that cannot be taken.
 *
 * @throws `ENDPOINT_NOT_FOUND`, `ENDPOINT_ACCESS_FORBIDDEN`, what asks for another login, `FUNCTION_NOT_FOUND`, `FUNCTION_NOT_PERMITTED`, `TASK_PAYLOAD_TOO_LARGE` or
 * `SEMANTICALLY_INVALID`.
 */
export function checkTask(
  state: ServiceState,
  task: SubmittedTask,
  taskGroupId: string | undefined,
  bearer: Bearer,
): void {
  const { functionId, endpointId, payload } = task;
  const endpoint = state.endpoints.get(endpointId);
  if (!endpoint && endpointId !== LOCAL_ENDPOINT_ID) throw endpointNotFound(endpointId);
  if (endpoint) checkUse(endpoint, bearer);
  const stored = state.functions.get(functionId);
  if (!stored) {
    throw serviceError("FUNCTION_NOT_FOUND", `Function ${functionId} could not be resolved`, [functionId]);
  }
  const isBoundElsewhere = stored.haEndpointId !== undefined && stored.haEndpointId !== endpointId;
  if (isBoundElsewhere || endpoint?.allowedFunctions?.includes(functionId) === false) {
    throw serviceError(
      "FUNCTION_NOT_PERMITTED",
      `Function ${functionId} not permitted on endpoint ${endpointId}`,
      [functionId, endpointId],
    );
  }
  checkPayload(stored, payload, taskGroupId);
}

function checkPayload(stored: StoredFunction, payload: string, taskGroupId: string | undefined): void {
  const size = stored.packedCode.length + payload.length;
  if (size > MAX_SUBMISSION_BYTES) {
    throw serviceError(
      "TASK_PAYLOAD_TOO_LARGE",
      `Task payload of ${size} characters exceeds the limit of ${MAX_SUBMISSION_BYTES}`,
      [taskGroupId ?? "", "", MAX_SUBMISSION_BYTES, stored.packedCode.length, payload.length],
    );
  }
  if (hasLoneSurrogate(payload) || hasLoneSurrogate(stored.packedCode)) {
    throw serviceError(
      "SEMANTICALLY_INVALID",
      "Request payload failed validation: half of a surrogate pair",
    );
  }
}

/** Takes tasks that {@linkcode checkTask} has let through. */
export function startTasks(
  state: ServiceState,
  queue: TaskQueue,
  tasks: readonly SubmittedTask[],
  options: SubmissionOptions & { now: Date; ownerId: string },
): { taskGroupId: string; taskIds: string[] } {
  const { createQueue, resultSerializers, now, ownerId } = options;
  const taskGroupId = options.taskGroupId ?? crypto.randomUUID();
  const group = state.taskGroups.get(taskGroupId) ?? { ownerId, createQueue, tasks: [] };
  state.taskGroups.set(taskGroupId, group);
  const taskIds = tasks.map(({ functionId, endpointId, payload }) => {
    const task = { taskId: crypto.randomUUID(), endpointId, ownerId, isRunning: false };
    state.tasks.set(task.taskId, task);
    group.tasks.push({ taskId: task.taskId, createdAt: now });
    const { name, packedCode } = state.functions.get(functionId) as StoredFunction;
    queue.add(task, {
      taskId: task.taskId,
      functionId,
      functionName: name,
      payload,
      taskBuffer: packedCode + payload,
      ...(resultSerializers.length > 0 ? { resultSerializers } : {}),
    });
    return task.taskId;
  });
  return { taskGroupId, taskIds };
}
