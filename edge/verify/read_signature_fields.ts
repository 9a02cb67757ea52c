import type { TimestampedHmacForm } from "./timestamped_hmac_form.ts";

/** Enough for secrets that are rotated; each costs an HMAC over the body, whoever sends it. */
export const MAX_SIGNATURES = 10;
const MAX_FIELDS = 20;
const FIELD = /^(\w+)=([\x21-\x7e]+)$/;

/**
 * Takes a header field such as `t=1492774577,v1=5257a8…` apart. Fields of other names are for others, such as
 * signatures of an older form.
 *
 * @returns Nothing where it is not of that form: no timestamp or two, no signature or too many.
 */
export function readSignatureFields(
  text: string,
  { separator, timestampField, signatureField }: TimestampedHmacForm,
): { timestamp: string; signatures: readonly string[] } | undefined {
  const pieces = text.split(separator, MAX_FIELDS + 1);
  if (pieces.length > MAX_FIELDS) return undefined;
  const fields = pieces.map((piece) => FIELD.exec(piece));
  if (fields.includes(null)) return undefined;
  const valuesOf = (name: string) => fields.flatMap((field) => field?.[1] === name ? [field[2] ?? ""] : []);
  const [timestamp, ...others] = valuesOf(timestampField);
  const signatures = valuesOf(signatureField);
  if (timestamp === undefined || others.length > 0) return undefined;
  if (signatures.length === 0 || signatures.length > MAX_SIGNATURES) return undefined;
  return { timestamp, signatures };
}
