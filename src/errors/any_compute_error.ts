import type { ComputeAuthorizationError } from "./authorization_error.ts";
import type { ComputeDecodeError } from "./decode_error.ts";
import type { ComputeHttpError } from "./http_error.ts";
import type { ComputeNetworkError } from "./network_error.ts";
import type { ComputeSubmissionError } from "./submission_error.ts";
import type { ComputeTaskError } from "./task_error.ts";
import type { TaskPendingError } from "./task_pending_error.ts";
import type { ComputeTimeoutError } from "./timeout_error.ts";

/** Every error of this module as a union that `code` tells apart. */
export type AnyComputeError =
  | ComputeAuthorizationError
  | ComputeDecodeError
  | ComputeHttpError
  | ComputeNetworkError
  | ComputeSubmissionError
  | ComputeTaskError
  | ComputeTimeoutError
  | TaskPendingError;
