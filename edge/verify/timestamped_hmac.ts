import { checkKeys } from "../../src/base/check.ts";
import { createTimestampedHmacVerifier } from "./create_timestamped_hmac_verifier.ts";
import type { DeliveryIdSource } from "./delivery_id.ts";
import type { Secret } from "./read_secrets.ts";
import { readForm, type TimestampedHmacForm, type TimestampedHmacFormName } from "./timestamped_hmac_form.ts";
import type { Verifier } from "./verifier.ts";

/** What {@linkcode timestampedHmac} takes. */
export interface TimestampedHmacOptions {
  /** Whose form it is, by name or as data. */
  readonly form: TimestampedHmacFormName | TimestampedHmacForm;
  /**
   * What is shared with the sender, of 8 bytes or more: of several any, so that they can be rotated. A text is
   * taken as it is.
   */
  readonly secrets: readonly Secret[];
  /**
   * By how many seconds the timestamp may differ from the time here, either way.
   * @default {300}
   */
  readonly toleranceSeconds?: number;
  /**
   * Where the delivery's own id is.
   * @default {the field `id` for Stripe; else the sender must send an `Idempotency-Key`}
   */
  readonly deliveryId?: DeliveryIdSource;
}

/**
 * Lets in who puts a timestamp and an HMAC with SHA-256 over it and the raw body into one header field, as Stripe
 * does (`Stripe-Signature: t=1492774577,v1=5257a8…`, over `t.body`). One good signature is enough, of ten at most; what
 * else stands in the field is passed over. For Inngest there is {@linkcode inngest}.
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
  const { deliveryId, ...form } = readForm(caller, options.form);
  return createTimestampedHmacVerifier(caller, form, { deliveryId, ...options });
}
