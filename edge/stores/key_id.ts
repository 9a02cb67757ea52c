import { toOrderedBytes } from "./ordered_bytes.ts";

/**
 * Bytes of a key that stand in its id. Deno KV writes a byte of 0 as two, and takes 2,048 in all: this many, a digest
 * and the names around them fit however they are.
 */
const MAX_BYTES = 800;
const DIGEST_BYTES = 32;

/**
 * What a key is found by: its bytes, or, where there are too many, the first ones and a digest of all. The ids are in
 * the order of the keys, but for those that begin with the same {@linkcode MAX_BYTES}.
 */
export async function idOf(key: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = toOrderedBytes(key);
  if (bytes.length < MAX_BYTES) return bytes;
  const id = new Uint8Array(MAX_BYTES + DIGEST_BYTES);
  id.set(bytes.subarray(0, MAX_BYTES));
  id.set(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)), MAX_BYTES);
  return id;
}

/** Whether the id has no more than the beginning of its key. */
export function isCut(id: Uint8Array): boolean {
  return id.length > MAX_BYTES;
}

/** Whether nothing but their digests tells these two apart. */
export function beginAlike(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < MAX_BYTES; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Between which ids, the second one excluded, those of all keys are that begin with `prefix`. */
export function idRange(prefix: string): { start: Uint8Array<ArrayBuffer>; end: Uint8Array<ArrayBuffer> } {
  const start = toOrderedBytes(prefix).slice(0, MAX_BYTES);
  // No byte of a key is above 0xef, so that one more is always a byte.
  const end = start.length === 0 ? new Uint8Array([0xff]) : start.slice();
  if (start.length > 0) (end[end.length - 1] as number)++;
  return { start, end };
}
