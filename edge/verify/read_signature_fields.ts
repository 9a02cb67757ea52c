import { decodeSignature } from "./decode_signature.ts";
import type { TimestampedHmacForm } from "./timestamped_hmac_form.ts";

const FIELD = /^\s*(\w+)=([^=\s]+)\s*$/;
const SECONDS = /^\d+$/;
const SIGNATURE_BYTES = 32;

/** What a header field such as `t=1492774577,v1=5257a8…` says. */
export interface SignatureFields {
  readonly timestamp: string;
  readonly signatures: readonly Uint8Array<ArrayBuffer>[];
}

/**
 * Takes a header field such as `t=1492774577,v1=5257a8…` apart. Fields of other names or in another form are passed
 * over: a sender may add to them, such as signatures of an older form.
 *
 * @returns Nothing where it has no signature, no timestamp, or two that differ.
 */
export function readSignatureFields(
  text: string,
  { separator, timestampField, signatureField }: TimestampedHmacForm,
): SignatureFields | undefined {
  const fields = text.split(separator).map((piece) => FIELD.exec(piece) ?? []);
  const valuesOf = (name: string) => fields.flatMap(([, field, value = ""]) => field === name ? [value] : []);
  const [timestamp, ...others] = new Set(valuesOf(timestampField).filter((value) => SECONDS.test(value)));
  const signatures = valuesOf(signatureField).flatMap((value) =>
    decodeSignature(value, "hex", SIGNATURE_BYTES) ?? []
  );
  if (timestamp === undefined || others.length > 0 || signatures.length === 0) return undefined;
  return { timestamp, signatures };
}
