import { decodeBase64 } from "./decode_signature.ts";

/** The signatures of a `webhook-signature` header, by version. */
export interface WebhookSignatures {
  readonly v1: readonly Uint8Array<ArrayBuffer>[];
  readonly v1a: readonly Uint8Array<ArrayBuffer>[];
}

/**
 * Reads signatures such as `v1,K5oZfzN95Z9U… v1a,hnO3f9T8Ytu9…`. What stands beside them in another form, or of another
 * version, is passed over: a sender may add to the list, and a proxy joins two header fields into one.
 */
export function readWebhookSignatures(text: string): WebhookSignatures {
  const entries = text.split(" ").map((entry) => entry.split(","));
  const signaturesOf = (name: string, byteLength: number) =>
    entries.flatMap(([version, encoded = ""]) =>
      version === name ? decodeBase64(encoded, byteLength) ?? [] : []
    );
  return { v1: signaturesOf("v1", 32), v1a: signaturesOf("v1a", 64) };
}
