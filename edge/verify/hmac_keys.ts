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
