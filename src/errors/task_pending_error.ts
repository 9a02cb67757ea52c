import { ComputeError } from "./compute_error.ts";

/** The task has no result yet. Thrown by {@linkcode getResult}, which asks once and does not wait. */
export class TaskPendingError extends ComputeError {
  /** The class's name, unchanged by minifiers. */
  override readonly name = "TaskPendingError" as const;
  /** The literal of this class. */
  override readonly code = "ERR_COMPUTE_TASK_PENDING" as const;
  /** Always true: ask again later. */
  override readonly retryable: boolean = true;
  /** The task. */
  readonly taskId: string;
  /** The service's own word for the state of the task, such as `waiting-for-nodes`. */
  readonly status: string;

  /** Made by {@linkcode getResult}. */
  constructor(message: string, init: { taskId: string; status: string }) {
    super(message);
    this.taskId = init.taskId;
    this.status = init.status;
  }
}
