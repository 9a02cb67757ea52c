import { checkKeys } from "../../src/base/check.ts";
import { checkTimestamp, checkTolerance, DEFAULT_TOLERANCE_SECONDS } from "./check_timestamp.ts";
import { decodeSignature } from "./decode_signature.ts";
import { checkDeliveryIdSource, type DeliveryIdSource, findDeliveryId } from "./delivery_id.ts";
import { hmacKeys } from "./hmac_keys.ts";
import { isSignedByAny } from "./is_signed_by_any.ts";
import { readSecrets, type Secret } from "./read_secrets.ts";
import { readSignatureFields } from "./read_signature_fields.ts";
import { namedVerifier } from "./named_verifier.ts";
import { refuse } from "./refuse.ts";
import { parseSigned, signedContent } from "./signed_content.ts";
import { readForm, type TimestampedHmacForm, type TimestampedHmacFormName } from "./timestamped_hmac_form.ts";
import type { Verifier } from "./verifier.ts";

/** What {@linkcode timestampedHmac} takes. */
export interface TimestampedHmacOptions {
  /** Whose form it is, by name or as data. */
  readonly form: TimestampedHmacFormName | TimestampedHmacForm;
  /**
   * What is shared with the sender, of 8 bytes or more: of several any, so that they can be rotated. A text is
   * taken as it is; of Inngest's keys, what follows `signkey-…-`.
   */
  readonly secrets: readonly Secret[];
  /**
   * By how many seconds the timestamp may differ from the time here, either way.
   * @default {300}
   */
  readonly toleranceSeconds?: number;
  /**
   * Where the delivery's own id is.
   * @default {the field `id` for Stripe, `event.id` for Inngest; else the sender must send an `Idempotency-Key`}
   */
  readonly deliveryId?: DeliveryIdSource;
}

const SIGNATURE_BYTES = 32;

/**
 * Lets in who puts a timestamp and an HMAC with SHA-256 over it and the raw body into one header field, as Stripe
 * does (`Stripe-Signature: t=1492774577,v1=5257a8…`, over `t.body`), and Inngest
 * (`X-Inngest-Signature: t=1705586504&s=3f1c81…`, over the body and then `t`).
 *
 * @example Stripe
 * ```ts
 * import { timestampedHmac } from "@edge-compute/globus/edge";
 *
 * export const verify = timestampedHmac({ form: "stripe", secrets: ["whsec_…"] });
 * ```
 *
 * @example A gateway that took the form over, under a name of its own
 * ```ts
 * import { timestampedHmac } from "@edge-compute/globus/edge";
 *
 * export const verify = timestampedHmac({
 *   form: {
 *     header: "x-beamline-signature",
 *     separator: ",",
 *     timestampField: "t",
 *     signatureField: "v1",
 *     signed: "{timestamp}.{body}",
 *   },
 *   secrets: ["a long secret"],
 *   deliveryId: { field: "scan.id" },
 * });
 * ```
 *
 * @throws {TypeError} If there is no secret, one is too short, or the form is not one. The message names the option,
 * and has no secret in it.
 * @throws {RangeError} If `toleranceSeconds` is not from 1 to 86,400.
 */
export function timestampedHmac(options: TimestampedHmacOptions): Verifier {
  const caller = "timestampedHmac()";
  checkKeys(options, caller, "form secrets toleranceSeconds deliveryId", "form secrets");
  const { toleranceSeconds = DEFAULT_TOLERANCE_SECONDS } = options;
  const form = readForm(caller, options.form);
  const { deliveryId = form.deliveryId } = options;
  checkTolerance(caller, toleranceSeconds);
  checkDeliveryIdSource(caller, deliveryId);
  const parts = parseSigned(caller, form.signed);
  const secrets = Array.isArray(options.secrets) ? options.secrets.map(form.readSecret) : options.secrets;
  const keys = hmacKeys(readSecrets(caller, secrets), "SHA-256");

  return namedVerifier("timestampedHmac", async (request, { clock }) => {
    const text = request.headers.get(form.header);
    if (text === null) return refuse(`the header '${form.header}' is missing`);
    const fields = readSignatureFields(text, form);
    const signatures = fields?.signatures.map((field) => decodeSignature(field, "hex", SIGNATURE_BYTES));
    if (fields === undefined || !signatures?.every((signature) => signature !== undefined)) {
      const { timestampField: t, separator, signatureField: s } = form;
      return refuse(
        `the header '${form.header}' is malformed: '${t}=', seconds, '${separator}${s}=' and 64 hexadecimal ` +
          "digits in lower case are expected",
      );
    }
    const late = checkTimestamp(fields.timestamp, clock.nowMs(), toleranceSeconds);
    if (late !== undefined) return refuse(late);
    const content = signedContent(parts, request.body, { timestamp: fields.timestamp });
    if (!await isSignedByAny(await keys(), signatures, content)) {
      return refuse(`no signature in '${form.header}' is by one of the secrets, or the delivery was altered`);
    }
    const found = await findDeliveryId(request, deliveryId);
    if ("cause" in found) return refuse(found.cause);
    if (found.id === undefined) return { isVerified: true };
    const isIdSigned = deliveryId === "digest" || (deliveryId !== undefined && "field" in deliveryId);
    return { isVerified: true, deliveryId: found.id, isIdSigned };
  });
}
