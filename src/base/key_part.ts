import { sha256Hex } from "./sha256.ts";

/** Half of what a key of a store may have: the rest is for what stands around the part. */
const MAX_LENGTH = 200;

/**
 * A text that a user has chosen, as a part of a key of a store, which takes printable ASCII of at most 400 characters. It
 * has no `/`. Different texts are different parts: what is too long, or has no UTF-8, is a digest after a `#`.
 */
export async function keyPart(text: string): Promise<string> {
  const encoded = text.isWellFormed() ? encodeURIComponent(text) : "";
  if (encoded !== "" && encoded.length <= MAX_LENGTH) return encoded;
  return `#${await sha256Hex(JSON.stringify(text))}`;
}
