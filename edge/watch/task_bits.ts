import * as base64url from "jose/base64url";

/** More tasks than this do not fit into the id of an event, which comes back as a header field. */
const MAX_BITS = 20_000;

/** Which tasks have ended, as text: one bit for each. */
export function encodeBits(bits: readonly boolean[]): string {
  if (bits.length > MAX_BITS) return "";
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  for (const [index, bit] of bits.entries()) if (bit) bytes[index >> 3]! |= 1 << (index & 7);
  return base64url.encode(bytes);
}

/** Reads what {@linkcode encodeBits} has written: all that cannot be read is `false`. */
export function decodeBits(text: string): (index: number) => boolean {
  let bytes: Uint8Array;
  try {
    bytes = base64url.decode(text);
  } catch {
    return () => false;
  }
  return (index) => (((bytes[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
}
