/** An argument, a file or a variable of the user's cannot be used. The message says which and why, in a line. */
export class UsageError extends Error {
  /** The class's name, unchanged by minifiers. */
  override readonly name = "UsageError" as const;
}
