/** Runtimes of 2025 and later have it; it ignores line feeds, as `atob` does. */
interface FromBase64 {
  fromBase64?(text: string): Uint8Array<ArrayBuffer>;
}

/**
 * Reads base64, with or without line feeds.
 *
 * @throws {SyntaxError} Or a `DOMException`, if it is none.
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const { fromBase64 } = Uint8Array as FromBase64;
  if (fromBase64) return fromBase64.call(Uint8Array, text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** Runtimes of 2025 and later have it. */
interface SetFromBase64 {
  setFromBase64?(text: string): { written: number };
}

/** Memory for small values: to allocate some for each takes longer than to read it. */
const shared = new Uint8Array(2 ** 14);

/**
 * As {@linkcode decodeBase64}, for bytes that are done with before anything else is read: the memory may be used again.
 *
 * @throws {SyntaxError} Or a `DOMException`, if it is none.
 */
export function decodeBase64Briefly(text: string): Uint8Array {
  const written = text.length > shared.length
    ? undefined
    : (shared as SetFromBase64).setFromBase64?.(text).written;
  return written === undefined ? decodeBase64(text) : shared.subarray(0, written);
}

/** Runtimes of 2025 and later have it. */
interface ToBase64 {
  toBase64?(this: Uint8Array): string;
}

const CHUNK_BYTES = 32_766; // Whole groups of three.
const LINE = /.{1,76}/g;

/** Writes base64 as Python's `codecs` do: a line feed after each 76 characters, and after the last one. */
export function encodeBase64Lines(bytes: Uint8Array): string {
  const base64 = (Uint8Array.prototype as ToBase64).toBase64?.call(bytes) ?? encodeBase64(bytes);
  return base64.length <= 76 ? `${base64}\n` : base64.replace(LINE, "$&\n");
}

function encodeBase64(bytes: Uint8Array): string {
  let base64 = "";
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    base64 += btoa(String.fromCharCode(...bytes.subarray(at, at + CHUNK_BYTES)));
  }
  return base64;
}
