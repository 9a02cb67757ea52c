import { ComputeError, type ComputeErrorOptions } from "./compute_error.ts";

/** What a {@linkcode ComputeHttpError} is made of. */
export interface ComputeHttpErrorInit extends ComputeErrorOptions {
  /** The HTTP status code. */
  status: number;
  /** The service's own code, such as `TASK_NOT_FOUND`. */
  serviceCode?: string | undefined;
  /** What the service says about it, in a line. */
  detail?: string | undefined;
  /** How long the service asks to wait before the next attempt, in milliseconds. */
  retryAfterMs?: number | undefined;
}

const RETRYABLE_STATUS = new Set([408, 429, 500, 502, 503, 504]);

/** The service answered with a status that is no success (its error document: `ErrorResponse`). */
export class ComputeHttpError extends ComputeError {
  /** The class's name, unchanged by minifiers. */
  override readonly name = "ComputeHttpError" as const;
  /** The literal of this class. */
  override readonly code = "ERR_COMPUTE_HTTP" as const;
  /** True for 408, 429, 500, 502, 503 and 504. */
  override readonly retryable: boolean;
  /** The HTTP status code. */
  readonly status: number;
  /** The service's own code, such as `TASK_NOT_FOUND`, where it gave one. */
  declare readonly serviceCode?: string;
  /** What the service says about it, in a line, where it says something. */
  declare readonly detail?: string;
  /** How long the service asks to wait before the next attempt, in milliseconds. */
  declare readonly retryAfterMs?: number;

  /** Made by the client when an answer is no success. */
  constructor(message: string, init: ComputeHttpErrorInit) {
    super(message, init);
    this.status = init.status;
    this.retryable = RETRYABLE_STATUS.has(init.status);
    if (init.serviceCode !== undefined) this.serviceCode = init.serviceCode;
    if (init.detail !== undefined) this.detail = init.detail;
    if (init.retryAfterMs !== undefined) this.retryAfterMs = init.retryAfterMs;
  }
}
