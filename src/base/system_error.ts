/** The code of an error of the system: `ENOENT`, say. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

/** Whether a file or the directory that it is in is not there. */
export function isMissing(error: unknown): boolean {
  return codeOf(error) === "ENOENT";
}

/** Whether the name is taken, or the directory of this name is not empty. */
export function isTaken(error: unknown): boolean {
  const code = codeOf(error);
  return code === "EEXIST" || code === "ENOTEMPTY";
}
