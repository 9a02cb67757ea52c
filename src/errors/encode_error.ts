/**
 * A value cannot be sent to Python. It is a `TypeError`, as the fix is in the caller's code, and names the
 * place of the value: `args[0].when`.
 */
export class ComputeEncodeError extends TypeError {
  /** The class's name, unchanged by minifiers. */
  override readonly name = "ComputeEncodeError" as const;
  /** The literal of this class. */
  readonly code = "ERR_COMPUTE_ENCODE" as const;
  /** Where the value stands, such as `args[0].when`. */
  readonly path: string;

  /** Made by the encoders. */
  constructor(message: string, init: { path: string; cause?: unknown }) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause });
    this.path = init.path;
  }
}
