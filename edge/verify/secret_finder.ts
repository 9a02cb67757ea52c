/**
 * Tells whether a text is one of these secrets. It compares HMACs under a key that is drawn at random, so that how
 * long it takes tells nothing about a secret.
 */
export function secretFinder(
  secrets: readonly Uint8Array<ArrayBuffer>[],
): (text: string) => Promise<boolean> {
  let kept: Fingerprints | undefined;
  return async (text) => {
    kept ??= await fingerprint(secrets); // Here, as some runtimes draw nothing at random while they load a module.
    const { key, fingerprints } = kept;
    const bytes = new TextEncoder().encode(text);
    const found = await Promise.all(fingerprints.map((mac) => crypto.subtle.verify("HMAC", key, mac, bytes)));
    return found.includes(true);
  };
}

interface Fingerprints {
  readonly key: CryptoKey;
  readonly fingerprints: readonly ArrayBuffer[];
}

async function fingerprint(secrets: readonly Uint8Array<ArrayBuffer>[]): Promise<Fingerprints> {
  const random = crypto.getRandomValues(new Uint8Array(32));
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", random, algorithm, false, ["sign", "verify"]);
  return {
    key,
    fingerprints: await Promise.all(secrets.map((secret) => crypto.subtle.sign("HMAC", key, secret))),
  };
}
