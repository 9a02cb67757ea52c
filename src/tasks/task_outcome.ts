import { ComputeDecodeError } from "../errors/decode_error.ts";
import { deserializeValue } from "../wire/serialized_value.ts";
import type { ClientContext } from "../http/client.ts";
import type { PythonValue } from "../wire/values/python_value.ts";
import { withParts } from "../wire/on_demand.ts";
import { isFinal, isUnknownTask, type TaskDetails, type TaskRecord } from "../wire/task_record.ts";
import { given } from "../base/narrow.ts";
import type { TaskFailure } from "../wire/task_failure.ts";
import { ComputeTaskError } from "../errors/task_error.ts";

/** The task has no outcome yet. */
export interface TaskPending {
  /** The task. */
  taskId: string;
  /** Tells the outcomes apart. */
  state: "pending";
  /**
   * The service's own word, such as `waiting-for-nodes`; `unknown` included. `unasked`, which is none of the service's,
   * where `maxRequests` of `getBatchResult` left no room to ask.
   */
  status: string;
}

/** The function returned. */
export interface TaskSuccess {
  /** The task. */
  taskId: string;
  /** Tells the outcomes apart. */
  state: "success";
  /** What the function returned. */
  result: PythonValue;
  /** When the service had the result. */
  completedAt?: Date;
  /** Where and when the task ran. */
  details?: TaskDetails;
}

/** The function raised, or could not be run. */
export interface TaskFailed {
  /** The task. */
  taskId: string;
  /** Tells the outcomes apart. */
  state: "failed";
  /** Python's exception, as data. */
  error: ComputeTaskError;
  /** When the service had the failure. */
  completedAt?: Date;
  /** Where and when the task ran. */
  details?: TaskDetails;
}

/** The service does not know the task, or has forgotten it. */
export interface TaskNotFound {
  /** The task. */
  taskId: string;
  /** Tells the outcomes apart. */
  state: "notFound";
}

/** The function returned what cannot be read here. The raw string is not lost. */
export interface TaskUndecodable {
  /** The task. */
  taskId: string;
  /** Tells the outcomes apart. */
  state: "undecodable";
  /** The serialized result, as the worker wrote it. */
  raw: string;
  /** Why it cannot be read. */
  error: ComputeDecodeError;
}

/** What is known of a task. */
export type TaskOutcome = TaskPending | TaskSuccess | TaskFailed | TaskNotFound | TaskUndecodable;

/** Decodes what the service says of a task. */
export async function toOutcome(
  record: TaskRecord,
  { pickleLimits }: Pick<ClientContext, "pickleLimits">,
): Promise<TaskOutcome> {
  const { taskId, status, result, exception, reason, failure, completedAt, details } = record;
  if (failure !== undefined) return { taskId, state: "undecodable", raw: failure.raw, error: failure };
  if (!isFinal(record)) return { taskId, state: "pending", status };
  const when = given({ completedAt, details });
  if (result !== undefined) {
    try {
      const value = await withParts(() => deserializeValue(result, pickleLimits));
      return { taskId, state: "success", result: value, ...when };
    } catch (error) {
      if (!(error instanceof ComputeDecodeError)) throw error;
      return { taskId, state: "undecodable", raw: result, error };
    }
  }
  if (isUnknownTask(record)) return { taskId, state: "notFound" };
  if (exception === undefined && status === "success") {
    const error = new ComputeDecodeError(
      `Task ${taskId} succeeded, but the service sent no result: it may have handed it over before`,
      { raw: "" },
    );
    return { taskId, state: "undecodable", raw: "", error };
  }
  const error = await toTaskError(taskId, exception ?? reason ?? "unknown reason");
  return { taskId, state: "failed", error, ...when };
}

async function toTaskError(taskId: string, traceback: string): Promise<ComputeTaskError> {
  const failure = await readFailure(traceback);
  return new ComputeTaskError(`Task ${taskId} failed: ${failure.summary}`, { ...failure, taskId, traceback });
}

let readTaskFailure: typeof import("../wire/task_failure.ts").readTaskFailure | undefined;

/** What takes a failure apart is loaded with the first one. Where it cannot be, the text has to do. */
async function readFailure(text: string): Promise<TaskFailure> {
  try {
    readTaskFailure ??= (await import("../wire/task_failure.ts")).readTaskFailure;
    return readTaskFailure(text);
  } catch {
    const summary = text.trim().split("\n", 1).join().slice(0, 200);
    return { type: "unknown", message: text, frames: [], kind: "exception", advice: undefined, summary };
  }
}
