/**
 * Parses JSON that came over the network. A byte order mark before it is passed over (RFC 8259, section 8.1): not every
 * runtime does that where it reads a body as text.
 *
 * @throws {SyntaxError} If it is no JSON.
 */
export function parseJson(text: string, reviver?: (key: string, value: unknown) => unknown): unknown {
  return JSON.parse(text.startsWith("\uFEFF") ? text.slice(1) : text, reviver);
}
