/** Runtimes of 2025 and later have it. */
interface ToBase64 {
  toBase64?(this: Uint8Array): string;
}

const CHUNK_BYTES = 32_766; // Whole groups of three.

/** Writes base64 without line feeds. */
export function encodeBase64(bytes: Uint8Array): string {
  const { toBase64 } = Uint8Array.prototype as ToBase64;
  if (toBase64 !== undefined) return toBase64.call(bytes);
  let base64 = "";
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    base64 += btoa(String.fromCharCode(...bytes.subarray(at, at + CHUNK_BYTES)));
  }
  return base64;
}
