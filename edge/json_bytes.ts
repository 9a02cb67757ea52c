/** What sets values apart in the bytes of JSON: in UTF-8 no other character has these bytes in it. */
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const ARRAY_START = 0x5b;
export const ARRAY_END = 0x5d;
export const OBJECT_START = 0x7b;
export const OBJECT_END = 0x7d;
const BACKSLASH = 0x5c;

/** Where the string that begins with this quote has its other quote; the end of the bytes, if it has none. */
export function skipString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  for (let byte = bytes[at]; byte !== QUOTE && byte !== undefined; byte = bytes[at]) {
    at += byte === BACKSLASH ? 2 : 1;
  }
  return at;
}

/**
 * Whether arrays and objects stand deeper in one another than they may. It reads the bytes, before they are parsed: each
 * level costs the parser time, and everyone who walks through the values.
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
