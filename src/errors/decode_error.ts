import { ComputeError, type ComputeErrorOptions } from "./compute_error.ts";

/**
 * What the service sent cannot be turned into a JavaScript value. Nothing is lost: `raw` is what was sent, and
 * the service may have forgotten it by now.
 */
export class ComputeDecodeError extends ComputeError {
  /** The class's name, unchanged by minifiers. */
  override readonly name = "ComputeDecodeError" as const;
  /** The literal of this class. */
  override readonly code = "ERR_COMPUTE_DECODE" as const;
  /** The string as it was sent. Not enumerable, so that a log of the error does not carry a result. */
  declare readonly raw: string;

  /** Made by the decoders. */
  constructor(message: string, init: ComputeErrorOptions & { raw: string }) {
    super(message, init);
    Object.defineProperty(this, "raw", { value: init.raw });
  }
}
