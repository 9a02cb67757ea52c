/** What every {@linkcode ComputeError} may carry beside its message. */
export interface ComputeErrorOptions {
  /** What caused this error. */
  cause?: unknown;
  /** The id by which the service's operators find the request in their logs. */
  requestId?: string | undefined;
}

/**
 * The base of every error that this module throws, bad arguments apart: those are a `TypeError` or a
 * `RangeError`. An abort is passed through as it is (`signal.reason`).
 *
 * @example Tell the errors apart by their code
 * ```ts
 * import { type AnyComputeError, ComputeError } from "@edge-compute/globus";
 *
 * export function explain(error: unknown): string {
 *   if (!(error instanceof ComputeError)) throw error;
 *   const known = error as AnyComputeError;
 *   return known.code === "ERR_COMPUTE_HTTP" ? `The service answered ${known.status}` : known.message;
 * }
 * ```
 */
export abstract class ComputeError extends Error {
  /** A literal per class, stable across releases. */
  abstract readonly code: string;
  /** Whether the same call may succeed when it is made again, without a change by the caller. */
  readonly retryable: boolean = false;
  /** The service's request id, where it gave one, be it for the error that caused this one: name it when asking the operators. */
  declare readonly requestId?: string;

  /** Made by the subclasses alone. */
  constructor(message: string, options: ComputeErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    const { cause } = options;
    const requestId = options.requestId ?? (cause instanceof ComputeError ? cause.requestId : undefined);
    if (requestId !== undefined) this.requestId = requestId;
  }
}
