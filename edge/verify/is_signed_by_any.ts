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
