/**
 * Reads a body as text, and no further than it may go.
 *
 * @param onTooLong Makes what is thrown for more than `maxBytes`.
 */
export async function readText(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  onTooLong: () => Error,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const part of body ?? []) {
    bytes += part.length;
    if (bytes > maxBytes) throw onTooLong();
    text += decoder.decode(part, { stream: true });
  }
  return text + decoder.decode();
}
