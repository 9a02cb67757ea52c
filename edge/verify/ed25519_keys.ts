/** Public keys of 32 bytes each, imported once, when they are first asked for, and kept as values: see `hmacKeys`. */
export function ed25519Keys(
  publicKeys: readonly Uint8Array<ArrayBuffer>[],
): () => Promise<readonly CryptoKey[]> {
  let keys: readonly CryptoKey[] | undefined;
  return async () => {
    keys ??= await Promise.all(
      publicKeys.map((bytes) => crypto.subtle.importKey("raw", bytes, "Ed25519", false, ["verify"])),
    );
    return keys;
  };
}
