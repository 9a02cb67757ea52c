/** Why a pickle cannot be read, and where. */
export class PickleError extends Error {
  /** The class's name, unchanged by minifiers. */
  override readonly name = "PickleError" as const;
  /** The byte at which the opcode in question stands. */
  readonly offset: number;

  /** Made by the decoder of pickles. */
  constructor(message: string, offset: number) {
    super(`Cannot read a pickle: ${message}`);
    this.offset = offset;
  }
}
