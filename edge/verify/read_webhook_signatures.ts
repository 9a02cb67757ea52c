import { decodeBase64 } from "./decode_signature.ts";
import { MAX_SIGNATURES } from "./read_signature_fields.ts";

/** The signatures of a `webhook-signature` header, by version. */
export interface WebhookSignatures {
  readonly v1: readonly Uint8Array<ArrayBuffer>[];
  readonly v1a: readonly Uint8Array<ArrayBuffer>[];
}

const VERSIONED = /^([\w-]+),([\x21-\x2b\x2d-\x7e]+)$/;
const LENGTHS: Readonly<Record<string, number>> = { v1: 32, v1a: 64 };

/**
 * Reads signatures such as `v1,K5oZfzN95Z9U… v1a,hnO3f9T8Ytu9…`, with one space between them.
 *
 * @returns Nothing where they are not of that form, there are none of a known version, or too many.
 */
export function readWebhookSignatures(text: string): WebhookSignatures | undefined {
  const pieces = text.split(" ", MAX_SIGNATURES + 1);
  if (pieces.length > MAX_SIGNATURES) return undefined;
  const signatures: Record<"v1" | "v1a", Uint8Array<ArrayBuffer>[]> = { v1: [], v1a: [] };
  for (const piece of pieces) {
    const [, version, encoded] = VERSIONED.exec(piece) ?? [];
    if (version === undefined || encoded === undefined) return undefined;
    if (version !== "v1" && version !== "v1a") continue;
    const bytes = decodeBase64(encoded, LENGTHS[version] ?? 0);
    if (bytes === undefined) return undefined;
    signatures[version].push(bytes);
  }
  return signatures.v1.length + signatures.v1a.length > 0 ? signatures : undefined;
}
