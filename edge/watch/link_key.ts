/** A key is imported once for each secret, and kept as a value: no request may wait for what another began. */
const keys = new WeakMap<Uint8Array, CryptoKey>();

/** The key that signs links with a secret, and tells whether one was signed with it. */
export async function linkKey(secret: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const known = keys.get(secret);
  if (known !== undefined) return known;
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign", "verify"]);
  keys.set(secret, key);
  return key;
}
