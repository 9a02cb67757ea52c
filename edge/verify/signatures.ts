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
  const bytes = new Uint8Array(byteLength);
  for (let at = 0; at < byteLength; at++) bytes[at] = Number.parseInt(text.slice(2 * at, 2 * at + 2), 16);
  return bytes;
}

/** Base64 in its one right form: padded, and with no bit set beyond the last byte. */
export function decodeBase64Strictly(text: string, byteLength: number): Uint8Array<ArrayBuffer> | undefined {
  if (text.length !== 4 * Math.ceil(byteLength / 3) || !BASE64.test(text)) return undefined;
  // Not by `src/base/base64.ts`, which a handler loads when it has results to deliver: this is there from the start.
  const binary = atob(text);
  if (binary.length !== byteLength || btoa(binary) !== text) return undefined;
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** Enough for secrets that are rotated; each costs an HMAC over the body, whoever sends it. */
const MAX_SIGNATURES = 10;

/**
 * Whether one of the signatures over these bytes is by one of the keys. All of them are tried, each in constant
 * time: how long it takes tells nothing about which was close. Where there are more than ten, none is.
 */
export async function isSignedByAny(
  keys: readonly CryptoKey[],
  signatures: readonly Uint8Array<ArrayBuffer>[],
  content: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  if (signatures.length > MAX_SIGNATURES) return false;
  const found = await Promise.all(
    keys.flatMap((key) =>
      signatures.map((signature) => crypto.subtle.verify(key.algorithm.name, key, signature, content))
    ),
  );
  return found.includes(true);
}

/** Why nothing in this header field is let in. */
export function noneSigned(header: string): string {
  return `no signature in '${header}' is by one of the secrets, the delivery was altered, or there are more than ` +
    `${MAX_SIGNATURES}`;
}

/** A hash function that an HMAC may be made with. */
export type HmacAlgorithm = "SHA-256" | "SHA-384" | "SHA-512";

/**
 * The keys of these secrets. They are imported once, when they are first asked for: some runtimes do no
 * cryptography while a module is loaded. They are kept as values, as no request may wait for what another began.
 */
export function hmacKeys(
  secrets: readonly Uint8Array<ArrayBuffer>[],
  hash: HmacAlgorithm,
): () => Promise<readonly CryptoKey[]> {
  let keys: readonly CryptoKey[] | undefined;
  return async () => {
    keys ??= await Promise.all(
      secrets.map((secret) =>
        crypto.subtle.importKey("raw", secret, { name: "HMAC", hash }, false, ["verify"])
      ),
    );
    return keys;
  };
}
