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
  for (; at < bytes.length && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
  return at;
}
