import { checkTimestamp, checkTolerance, DEFAULT_TOLERANCE_SECONDS } from "./check_timestamp.ts";
import { checkDeliveryIdSource, type DeliveryIdSource, findDeliveryId } from "./delivery_id.ts";
import { decodeSignature, hmacKeys, isSignedByAny, noneSigned } from "./signatures.ts";
import { namedVerifier } from "./named_verifier.ts";
import { readSecrets, type Secret } from "./read_secrets.ts";
import { refuse } from "./refuse.ts";
import { parseSigned, signedContent } from "./signed_content.ts";
import type { TimestampedHmacForm } from "./timestamped_hmac_form.ts";
import type { Verifier } from "./verifier.ts";

/** What goes with the form of a signature. */
export interface TimestampedHmacSettings {
  readonly secrets: readonly Secret[];
  readonly toleranceSeconds?: number;
  readonly deliveryId?: DeliveryIdSource | undefined;
}

/**
 * Makes the verifier of a timestamp and an HMAC in one header field.
 *
 * @param caller The function that the options were given to, for messages.
 * @param signedBody What is signed of a body; the raw bytes, where nothing is said.
 * @throws {TypeError} If there is no secret, one is too short, or the form is not one.
 * @throws {RangeError} If `toleranceSeconds` is not from 1 to 86,400.
 */
export function createTimestampedHmacVerifier(
  caller: string,
  form: TimestampedHmacForm,
  { secrets, toleranceSeconds = DEFAULT_TOLERANCE_SECONDS, deliveryId }: TimestampedHmacSettings,
  signedBody: (body: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer> = (body) => body,
): Verifier {
  checkTolerance(caller, toleranceSeconds);
  checkDeliveryIdSource(caller, deliveryId);
  const parts = parseSigned(caller, form.signed);
  const keys = hmacKeys(readSecrets(caller, secrets), "SHA-256");
  const isIdSigned = typeof deliveryId === "string" || (deliveryId !== undefined && "field" in deliveryId);
  const { header, separator, timestampField: t, signatureField: s } = form;

  return namedVerifier(caller.replace("()", ""), async (request, { clock }) => {
    const text = request.headers.get(header);
    if (text === null) return refuse(`the header '${header}' is missing`);
    const fields = readSignatureFields(text, form);
    if (fields === undefined) {
      return refuse(
        `the header '${header}' is malformed: '${t}=', seconds, '${separator}${s}=' and 64 hexadecimal ` +
          "digits in lower case are expected",
      );
    }
    const { timestamp, signatures } = fields;
    const late = checkTimestamp(timestamp, clock.nowMs(), toleranceSeconds);
    if (late !== undefined) return refuse(late);
    const body = signedBody(request.body);
    if (!await isSignedByAny(await keys(), signatures, signedContent(parts, body, { timestamp }))) {
      return refuse(noneSigned(header));
    }
    const found = await findDeliveryId(request, deliveryId);
    if ("cause" in found) return refuse(found.cause);
    return { isVerified: true, ...(found.id === undefined ? {} : { deliveryId: found.id, isIdSigned }) };
  });
}

const FIELD = /^\s*(\w+)=([^=\s]+)\s*$/;
const SECONDS = /^\d+$/;
const SIGNATURE_BYTES = 32;

/** What a header field such as `t=1492774577,v1=5257a8…` says. */
interface SignatureFields {
  readonly timestamp: string;
  readonly signatures: readonly Uint8Array<ArrayBuffer>[];
}

/**
 * Takes a header field such as `t=1492774577,v1=5257a8…` apart. Fields of other names or in another form are passed
 * over: a sender may add to them, such as signatures of an older form.
 *
 * @returns Nothing where it has no signature, no timestamp, or two that differ.
 */
function readSignatureFields(
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
