/** Whether a value is a JSON object, whose properties are then to be looked at one by one. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A string, or nothing: the service leaves out what does not apply, and sends null at times. */
export function optionalString(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
