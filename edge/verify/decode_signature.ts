/** How the bytes of a signature are written: hexadecimal in lower case, or base64 with its padding. */
export type SignatureEncoding = "hex" | "base64";

const HEX = /^(?:[0-9a-f]{2})+$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * The bytes of a signature, or nothing where it has another length or is written in any but the one right way:
 * else a signature could be altered and stay good.
 */
export function decodeSignature(
  text: string,
  encoding: SignatureEncoding,
  byteLength: number,
): Uint8Array<ArrayBuffer> | undefined {
  return encoding === "hex" ? decodeHex(text, byteLength) : decodeBase64Strictly(text, byteLength);
}

function decodeHex(text: string, byteLength: number): Uint8Array<ArrayBuffer> | undefined {
  if (text.length !== 2 * byteLength || !HEX.test(text)) return undefined;
  return Uint8Array.from(
    { length: byteLength },
    (_, at) => Number.parseInt(text.slice(2 * at, 2 * at + 2), 16),
  );
}

/** Base64 in its one right form: padded, and with no bit set beyond the last byte. */
export function decodeBase64Strictly(text: string, byteLength: number): Uint8Array<ArrayBuffer> | undefined {
  if (text.length !== 4 * Math.ceil(byteLength / 3) || !BASE64.test(text)) return undefined;
  // Not by `src/base/base64.ts`, which a handler loads when it has results to deliver: this is there from the start.
  const binary = atob(text);
  if (binary.length !== byteLength || btoa(binary) !== text) return undefined;
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
