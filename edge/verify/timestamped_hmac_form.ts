import { checkKeys } from "../../src/base/check.ts";
import type { DeliveryIdSource } from "./delivery_id.ts";
import { isHeaderName } from "./is_header_name.ts";
import { parseSigned } from "./signed_content.ts";

/** The forms that have a name. */
export type TimestampedHmacFormName = "stripe";

/** How a timestamp and an HMAC with SHA-256, in hexadecimal, stand in one header field. */
export interface TimestampedHmacForm {
  /** The header field. */
  readonly header: string;
  /** What stands between two fields in it. */
  readonly separator: "," | "&" | ";";
  /** The field with the seconds since 1970, `t` in `t=1492774577`. */
  readonly timestampField: string;
  /** The field with the signature; there may be several of it, while secrets are rotated. */
  readonly signatureField: string;
  /** What is signed: `{timestamp}`, `{body}`, and text as it is, such as `{timestamp}.{body}`. */
  readonly signed: string;
}

/** A form, and what comes with its name. */
export interface ReadForm extends TimestampedHmacForm {
  readonly deliveryId: DeliveryIdSource | undefined;
}

const FORMS: Readonly<Record<TimestampedHmacFormName, ReadForm>> = {
  stripe: {
    header: "stripe-signature",
    separator: ",",
    timestampField: "t",
    signatureField: "v1",
    signed: "{timestamp}.{body}",
    deliveryId: { field: "id" },
  },
};
const FIELD_NAME = /^\w+$/;

/**
 * The form of that name, or the one that is given, checked.
 *
 * @throws {TypeError} If there is none of that name, or it is not whole.
 */
export function readForm(caller: string, form: TimestampedHmacFormName | TimestampedHmacForm): ReadForm {
  if (typeof form === "string" && Object.hasOwn(FORMS, form)) return FORMS[form];
  if (typeof form !== "object" || form === null) {
    throw new TypeError(`Cannot use 'form' of ${caller}: it must be "stripe", or a form as data`);
  }
  const keys = "header separator timestampField signatureField signed";
  checkKeys(form, `'form' of ${caller}`, keys, keys);
  const { header, separator, timestampField, signatureField, signed } = form;
  if (!isHeaderName(header)) {
    throw new TypeError(`Cannot use 'form.header' of ${caller}: it must be the name of a header field`);
  }
  if (![",", "&", ";"].includes(separator)) {
    throw new TypeError(`Cannot use 'form.separator' of ${caller}: it must be ",", "&" or ";"`);
  }
  for (const [name, field] of Object.entries({ timestampField, signatureField })) {
    if (typeof field === "string" && FIELD_NAME.test(field)) continue;
    throw new TypeError(`Cannot use 'form.${name}' of ${caller}: it must be of letters, digits and '_'`);
  }
  if (timestampField === signatureField) {
    throw new TypeError(
      `Cannot use 'form' of ${caller}: the timestamp and the signature need fields of their own`,
    );
  }
  const values = parseSigned(caller, signed).filter(({ kind }) => kind === "value");
  if (values.length !== 1 || values.some((part) => part.kind === "value" && part.name !== "timestamp")) {
    throw new TypeError(
      `Cannot use 'form.signed' of ${caller}: it must have '{timestamp}' in it once, beside '{body}'`,
    );
  }
  return { header, separator, timestampField, signatureField, signed, deliveryId: undefined };
}
