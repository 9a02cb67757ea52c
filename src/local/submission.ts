import { hasLoneSurrogate } from "../wire/code_points.ts";
import { LOCAL_ENDPOINT_ID, MAX_SUBMISSION_BYTES } from "./constants.ts";
import { serviceError } from "./service_error.ts";
import type { ServiceState, StoredFunction, StoredTask } from "./state.ts";
import type { WorkerOutcome, WorkerTask } from "./worker_outcome.ts";

/** Tasks as they were submitted. */
export interface Submission {
  tasks: { functionId: string; payload: string }[];
  taskGroupId?: string;
  createQueue: boolean;
  resultSerializers: string[];
}

/** Runs a task, and tells when a worker has begun with it. */
export type RunTask = (task: WorkerTask, onStart: () => void) => Promise<WorkerOutcome>;

/**
 * Refuses a submission as a whole, or not at all.
 *
 * @throws `FUNCTION_NOT_FOUND`, `TASK_GROUP_NOT_FOUND`, `TASK_PAYLOAD_TOO_LARGE` or `SEMANTICALLY_INVALID`.
 */
export function checkSubmission(state: ServiceState, { tasks, taskGroupId }: Submission): void {
  if (taskGroupId !== undefined && !state.taskGroups.has(taskGroupId)) {
    throw serviceError("TASK_GROUP_NOT_FOUND", "Task group not found", [taskGroupId]);
  }
  for (const { functionId, payload } of tasks) {
    const stored = state.functions.get(functionId);
    if (!stored) {
      throw serviceError("FUNCTION_NOT_FOUND", `Function ${functionId} could not be resolved`, [functionId]);
    }
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
}

/** Takes the tasks of a submission that {@linkcode checkSubmission} has let through. */
export function startTasks(
  state: ServiceState,
  submission: Submission,
  run: RunTask,
): { taskGroupId: string; taskIds: string[] } {
  const { createQueue, resultSerializers } = submission;
  const taskGroupId = submission.taskGroupId ?? crypto.randomUUID();
  const group = state.taskGroups.get(taskGroupId) ?? { createQueue, taskIds: [] };
  state.taskGroups.set(taskGroupId, group);
  const taskIds = submission.tasks.map(({ functionId, payload }) => {
    const taskId = crypto.randomUUID();
    const task: StoredTask = { taskId, taskGroupId, createdAt: new Date(), status: "waiting-for-nodes" };
    state.tasks.set(taskId, task);
    group.taskIds.push(taskId);
    const { packedCode } = state.functions.get(functionId) as StoredFunction;
    void follow(task, run, {
      taskId,
      taskBuffer: packedCode + payload,
      ...(resultSerializers.length > 0 ? { resultSerializers } : {}),
    });
    return taskId;
  });
  return { taskGroupId, taskIds };
}

async function follow(task: StoredTask, run: RunTask, work: WorkerTask): Promise<void> {
  const outcome = await run(work, () => task.status = "running");
  const { startedAtMs, endedAtMs, details } = outcome;
  task.outcome = {
    ...(outcome.ok ? { result: outcome.data } : { exception: outcome.data }),
    completion_t: String(Date.now() / 1000),
    ...(details === undefined ? {} : {
      details: {
        ...details,
        endpoint_id: LOCAL_ENDPOINT_ID,
        task_transitions: { "execution-start": startedAtMs / 1000, "execution-end": endedAtMs / 1000 },
      },
    }),
  };
  task.status = outcome.ok ? "success" : "failed";
}
