import { ComputeError } from "./compute_error.ts";

/**
 * The time that the call was given is over. Tasks go on at the endpoint: wait for them again by the ids that
 * this error carries, in this process or another.
 */
export class ComputeTimeoutError extends ComputeError {
  /** The class's name, unchanged by minifiers. */
  override readonly name = "ComputeTimeoutError" as const;
  /** The literal of this class. */
  override readonly code = "ERR_COMPUTE_TIMEOUT" as const;
  /** Always true: the same wait can be made again. */
  override readonly retryable: boolean = true;
  /** The time that was given, in milliseconds. */
  readonly timeoutMs: number;
  /** The tasks that were waited for and had no outcome yet. Empty for a request that waits for no task. */
  readonly taskIds: readonly string[];

  /** Made by the client when a deadline passes. */
  constructor(message: string, init: { timeoutMs: number; taskIds?: readonly string[]; cause?: unknown }) {
    super(message, init);
    this.timeoutMs = init.timeoutMs;
    this.taskIds = init.taskIds ?? [];
  }
}
