/** Runtimes of 2025 and later have these. */
interface Base64 {
  fromBase64?(text: string): Uint8Array<ArrayBuffer>;
  toBase64?(this: Uint8Array): string;
}

const CHUNK_BYTES = 32_766; // Whole groups of three.

/**
 * Reads base64, with or without line feeds.
 *
 * @throws {SyntaxError} Or a `DOMException`, if it is none.
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const { fromBase64 } = Uint8Array as Base64;
  if (fromBase64) return fromBase64.call(Uint8Array, text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** Writes base64, padded and without line feeds. */
export function encodeBase64(bytes: Uint8Array): string {
  const { toBase64 } = Uint8Array.prototype as Base64;
  if (toBase64) return toBase64.call(bytes);
  let base64 = "";
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    base64 += btoa(String.fromCharCode(...bytes.subarray(at, at + CHUNK_BYTES)));
  }
  return base64;
}
