const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether a text is a UUID. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/**
 * Checks an id, and writes it in lower case: the service answers so, and answers are matched by it.
 *
 * @param name What the id is called in an error, such as `endpointId`.
 * @throws {TypeError} If it is no string.
 * @throws {RangeError} If it is no UUID.
 */
export function checkUuid(value: unknown, name: string): string {
  if (typeof value !== "string") {
    throw new TypeError(`Cannot use '${name}': it must be a UUID, not ${typeof value}`);
  }
  if (!isUuid(value)) {
    throw new RangeError(`Cannot use '${name}': ${JSON.stringify(value.slice(0, 50))} is no UUID`);
  }
  return value.toLowerCase();
}
