/**
 * Whether one of the signatures over these bytes is by one of the keys. All of them are tried, each in constant
 * time: how long it takes tells nothing about which was close.
 */
export async function isSignedByAny(
  keys: readonly CryptoKey[],
  signatures: readonly Uint8Array<ArrayBuffer>[],
  content: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const found = await Promise.all(
    keys.flatMap((key) =>
      signatures.map((signature) => crypto.subtle.verify(key.algorithm.name, key, signature, content))
    ),
  );
  return found.includes(true);
}
