/** A secret that is shared with a sender: a text, which stands for its bytes in UTF-8, or the bytes themselves. */
export type Secret = string | Uint8Array;

const MIN_SECRET_BYTES = 8;

/**
 * The secrets as bytes, checked.
 *
 * @param caller The verifier that they were given to, for messages.
 * @param option The option's name, for messages.
 * @throws {TypeError} If there is none, or one is too short to be a secret, or has white space around it, as what
 * is read from a file often has. The message has no part of it.
 */
export function readSecrets(
  caller: string,
  secrets: readonly Secret[],
  option = "secrets",
): Uint8Array<ArrayBuffer>[] {
  if (!Array.isArray(secrets) || secrets.length === 0) {
    throw new TypeError(`Cannot use ${caller} without '${option}': pass a list of one at least`);
  }
  return secrets.map((secret: unknown, index) => readSecret(secret, `'${option}[${index}]' of ${caller}`));
}

function readSecret(secret: unknown, at: string): Uint8Array<ArrayBuffer> {
  if (typeof secret !== "string" && !(secret instanceof Uint8Array)) {
    throw new TypeError(`Cannot use ${at}: it must be a text or bytes`);
  }
  if (typeof secret === "string" && secret.trim() !== secret) {
    throw new TypeError(`Cannot use ${at}: it begins or ends with white space, which the sender's has not`);
  }
  const bytes = typeof secret === "string" ? new TextEncoder().encode(secret) : new Uint8Array(secret);
  if (bytes.length < MIN_SECRET_BYTES) {
    throw new TypeError(
      `Cannot use ${at}: it has fewer than ${MIN_SECRET_BYTES} bytes, so it can be guessed`,
    );
  }
  return bytes;
}
