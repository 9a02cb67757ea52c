import { decodeBase64 } from "./decode_signature.ts";

/** Secrets of Standard Webhooks, as bytes. */
export interface WebhookSecrets {
  /** Of `whsec_…`: shared with the sender. */
  readonly shared: readonly Uint8Array<ArrayBuffer>[];
  /** Of `whpk_…`: Ed25519 public keys. */
  readonly publicKeys: readonly Uint8Array<ArrayBuffer>[];
}

const MIN_SHARED_BYTES = 24;
const MAX_SHARED_BYTES = 64;
const PUBLIC_KEY_BYTES = 32;

/**
 * Reads secrets as Standard Webhooks writes them.
 *
 * @throws {TypeError} If there is none, or one is not of that form. The message has no part of it.
 */
export function readWebhookSecrets(caller: string, secrets: readonly string[]): WebhookSecrets {
  if (!Array.isArray(secrets) || secrets.length === 0) {
    throw new TypeError(`Cannot use ${caller} without 'secrets': pass a list of one at least`);
  }
  const shared: Uint8Array<ArrayBuffer>[] = [];
  const publicKeys: Uint8Array<ArrayBuffer>[] = [];
  for (const [index, secret] of secrets.entries()) {
    const at = `'secrets[${index}]' of ${caller}`;
    const [, prefix, text = ""] =
      /^(whsec|whpk|whsk)_(.*)$/s.exec(typeof secret === "string" ? secret : "") ?? [];
    if (prefix === "whsk") {
      throw new TypeError(
        `Cannot use ${at}: it is the sender's private key; pass its public key, which begins with 'whpk_'`,
      );
    }
    if (prefix === undefined) throw new TypeError(`Cannot use ${at}: it must begin with 'whsec_' or 'whpk_'`);
    const bytes = decode(text);
    if (prefix === "whpk" && bytes?.length === PUBLIC_KEY_BYTES) publicKeys.push(bytes);
    else if (
      prefix === "whsec" && bytes && bytes.length >= MIN_SHARED_BYTES && bytes.length <= MAX_SHARED_BYTES
    ) {
      shared.push(bytes);
    } else {
      const expected = prefix === "whpk"
        ? `${PUBLIC_KEY_BYTES} bytes`
        : `${MIN_SHARED_BYTES} to ${MAX_SHARED_BYTES} bytes`;
      throw new TypeError(`Cannot use ${at}: '${prefix}_' must be followed by ${expected} in base64`);
    }
  }
  return { shared, publicKeys };
}

function decode(text: string): Uint8Array<ArrayBuffer> | undefined {
  const padding = /=*$/.exec(text)?.[0].length ?? 0;
  return text.length % 4 === 0 ? decodeBase64(text, text.length / 4 * 3 - padding) : undefined;
}
