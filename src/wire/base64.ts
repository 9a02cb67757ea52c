import { decodeBase64, encodeBase64 } from "../base/base64.ts";

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

const LINE = /.{1,76}/g;

/** Writes base64 as Python's `codecs` do: a line feed after each 76 characters, and after the last one. */
export function encodeBase64Lines(bytes: Uint8Array): string {
  const base64 = encodeBase64(bytes);
  return base64.length <= 76 ? `${base64}\n` : base64.replace(LINE, "$&\n");
}
