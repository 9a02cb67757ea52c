import { ComputeError } from "./compute_error.ts";

/** A task that the service has taken, and its place in the batch. */
export interface AcceptedTask {
  /** The place of the task in `batch.tasks`, from 0. */
  index: number;
  /** The id by which its outcome can be asked for. */
  taskId: string;
}

/** What a {@linkcode ComputeSubmissionError} is made of. */
export interface ComputeSubmissionErrorInit {
  /** Tasks that were taken, with their places. */
  accepted?: readonly AcceptedTask[];
  /** Whether tasks beyond `accepted` may have been taken. */
  ambiguous: boolean;
  /** New tasks of the group whose places are not known. */
  recoveredTaskIds?: readonly string[];
  /** The group that the tasks belong to, where it is known. */
  taskGroupId?: string | undefined;
  /** What went wrong. */
  cause?: unknown;
  /** The service's request id. */
  requestId?: string | undefined;
}

/**
 * A batch was not taken as a whole, or nobody knows whether it was. Nothing is sent again by itself: running a
 * scientist's job twice is worse than asking.
 *
 * It is not known (`ambiguous`) where an answer was lost, or is none that is documented to refuse a submission (400, 401,
 * 403, 404, 409, 413, 415, 422, 423 and 429 are); one such attempt is enough. A service that was surely not reached leaves
 * no doubt: see `unreached` of `ComputeNetworkError` for what each runtime tells of that.
 */
export class ComputeSubmissionError extends ComputeError {
  /** The class's name, unchanged by minifiers. */
  override readonly name = "ComputeSubmissionError" as const;
  /** The literal of this class. */
  override readonly code = "ERR_COMPUTE_SUBMISSION" as const;
  /** Tasks that were surely taken, with their places in the batch. */
  readonly accepted: readonly AcceptedTask[];
  /** True when tasks beyond `accepted` may run: look before sending them again. */
  readonly ambiguous: boolean;
  /** New tasks of the group that were found there, whose places in the batch nothing tells. */
  readonly recoveredTaskIds: readonly string[];
  /** The group that the tasks belong to, where it is known. */
  declare readonly taskGroupId?: string;

  /** Made by the functions that submit. */
  constructor(message: string, init: ComputeSubmissionErrorInit) {
    super(message, init);
    this.accepted = init.accepted ?? [];
    this.ambiguous = init.ambiguous;
    this.recoveredTaskIds = init.recoveredTaskIds ?? [];
    if (init.taskGroupId !== undefined) this.taskGroupId = init.taskGroupId;
  }
}
