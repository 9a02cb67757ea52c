import { hasLoneSurrogate } from "../wire/code_points.ts";
import { LOCAL_ENDPOINT_ID, MAX_SUBMISSION_BYTES } from "./constants.ts";
import { endpointNotFound } from "./endpoint_lookup.ts";
import { serviceError } from "./service_error.ts";
import type { ServiceState, StoredFunction } from "./state.ts";
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

/** @throws `TASK_GROUP_NOT_FOUND`, where there is no such group. */
export function checkTaskGroup(state: ServiceState, taskGroupId: string | undefined): void {
  if (taskGroupId === undefined || state.taskGroups.has(taskGroupId)) return;
  throw serviceError("TASK_GROUP_NOT_FOUND", "Task group not found", [taskGroupId]);
}

/**
 * Refuses a task that cannot be taken.
 *
 * @throws `ENDPOINT_NOT_FOUND`, `FUNCTION_NOT_FOUND`, `FUNCTION_NOT_PERMITTED`, `TASK_PAYLOAD_TOO_LARGE` or
 * `SEMANTICALLY_INVALID`.
 */
export function checkTask(state: ServiceState, task: SubmittedTask, taskGroupId: string | undefined): void {
  const { functionId, endpointId, payload } = task;
  const endpoint = state.endpoints.get(endpointId);
  if (!endpoint && endpointId !== LOCAL_ENDPOINT_ID) throw endpointNotFound(endpointId);
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
  options: SubmissionOptions & { now: Date },
): { taskGroupId: string; taskIds: string[] } {
  const { createQueue, resultSerializers, now } = options;
  const taskGroupId = options.taskGroupId ?? crypto.randomUUID();
  const group = state.taskGroups.get(taskGroupId) ?? { createQueue, tasks: [] };
  state.taskGroups.set(taskGroupId, group);
  const taskIds = tasks.map(({ functionId, endpointId, payload }) => {
    const task = { taskId: crypto.randomUUID(), endpointId, isRunning: false };
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
