import { ARRAY_END, ARRAY_START, OBJECT_END, OBJECT_START, QUOTE, skipString } from "./json_bytes.ts";

/**
 * Whether arrays and objects stand deeper in one another than they may: looked at in the bytes of JSON, as the
 * parser, and whoever walks through what it makes, pay for each level.
 */
export function nestsDeeper(bytes: Uint8Array, maxNesting: number): boolean {
  let depth = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) at = skipString(bytes, at);
    else if (byte === OBJECT_START || byte === ARRAY_START) {
      if (++depth > maxNesting) return true;
    } else if (byte === OBJECT_END || byte === ARRAY_END) depth--;
  }
  return false;
}
