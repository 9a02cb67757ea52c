import { malformed } from "./malformed.ts";
import { isRecord, membersOf, optionalString } from "../base/narrow.ts";
import type { EncodedTask } from "./split_tasks.ts";

/** What the service gives for a batch that it has taken. It is plain data: keep it as JSON, and wait for it later. */
export interface BatchReceipt {
  /** The endpoint that runs the tasks. */
  endpointId: string;
  /** The group that the tasks belong to: enough to wait for them again, in another process too. */
  taskGroupId: string;
  /** The ids of the tasks, in the order of `batch.tasks`. */
  taskIds: string[];
  /** The service's ids of the submissions: several where a batch was too large for one. */
  requestIds: string[];
}

/**
 * Reads the answer to a submission. The service groups task ids by function: here they stand in the order of
 * the tasks again.
 *
 * @param sent What was sent stands in for what the answer leaves out of it.
 * @throws {ComputeDecodeError} If the answer does not account for each task.
 */
export function decodeReceipt(
  body: unknown,
  tasks: readonly Pick<EncodedTask, "functionId">[],
  sent: { endpointId: string; taskGroupId: string | undefined },
): BatchReceipt {
  const answer = membersOf(body);
  const requestId = optionalString(answer.request_id);
  const fail = (what: string) => malformed(`the answer to the submission: ${what}`, body, requestId);
  if (!isRecord(answer.tasks)) throw fail("it has no 'tasks'");
  const taskGroupId = optionalString(answer.task_group_id) ?? sent.taskGroupId;
  if (taskGroupId === undefined) throw fail("it has no 'task_group_id'");
  const groups = answer.tasks;
  const nextOf = new Map<string, number>();
  const taskIds = tasks.map(({ functionId }, index) => {
    const key = functionId.toLowerCase();
    const next = nextOf.get(key) ?? 0;
    nextOf.set(key, next + 1);
    const ids = groups[key];
    const taskId = Array.isArray(ids) ? optionalString(ids[next]) : undefined;
    if (taskId === undefined) throw fail(`it has no id for task ${index}, of function ${key}`);
    return taskId;
  });
  return {
    endpointId: optionalString(answer.endpoint_id) ?? sent.endpointId,
    taskGroupId,
    taskIds,
    requestIds: requestId === undefined ? [] : [requestId],
  };
}
