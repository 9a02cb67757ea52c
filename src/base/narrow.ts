/** Whether a value is a JSON object, whose properties are then to be looked at one by one. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The members of a JSON object; those of an empty one for anything else. */
export function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

/** Whether a value is a text that has something in it. */
export function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** A string, or nothing: the service leaves out what does not apply, and sends null at times. */
export function optionalString(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** What was thrown, as an error: it may be of any type. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** What something that was thrown says. */
export function messageOf(thrown: unknown): string {
  return asError(thrown).message;
}

/** Properties without those that are `undefined`. */
export type Given<Properties> =
  & { [Name in keyof Properties as undefined extends Properties[Name] ? never : Name]: Properties[Name] }
  & {
    [Name in keyof Properties as undefined extends Properties[Name] ? Name : never]?: Exclude<
      Properties[Name],
      undefined
    >;
  };

/** The properties that are not `undefined`. */
export function given<Properties extends object>(properties: Properties): Given<Properties> {
  const found: Partial<Properties> = {};
  for (const name in properties) if (properties[name] !== undefined) found[name] = properties[name];
  return found as unknown as Given<Properties>;
}

/**
 * Parses JSON that came over the network. A byte order mark before it is passed over (RFC 8259, section 8.1): not every
 * runtime does that where it reads a body as text.
 *
 * @throws {SyntaxError} If it is no JSON.
 */
export function parseJson(text: string, reviver?: (key: string, value: unknown) => unknown): unknown {
  return JSON.parse(text.startsWith("\uFEFF") ? text.slice(1) : text, reviver);
}
