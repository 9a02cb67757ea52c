import { checkKeys } from "../../src/base/check.ts";
import { createHmacVerifier } from "./create_hmac_verifier.ts";
import type { HmacAlgorithm, SignatureEncoding } from "./signatures.ts";
import type { DeliveryIdSource } from "./delivery_id.ts";
import type { Secret } from "./read_secrets.ts";
import type { HandshakeAnswer, Verifier } from "./verifier.ts";

/** What {@linkcode hmac} takes. */
export interface HmacOptions {
  /** The header field with the signature. */
  readonly header: string;
  /**
   * What stands before the signature in it, such as `sha256=`.
   * @default {""}
   */
  readonly prefix?: string;
  /** How the signature is written: hexadecimal in lower case, or base64 with its padding. */
  readonly encoding: SignatureEncoding;
  /** The hash function. SHA-1 and MD5 are not taken. */
  readonly algorithm: HmacAlgorithm;
  /**
   * What is shared with the sender, of 8 bytes or more: of several any, so that they can be rotated. A text stands
   * for its bytes in UTF-8.
   */
  readonly secrets: readonly Secret[];
  /**
   * What is signed: `{body}`, the name of a header field in braces for its value, and text as it is, such as
   * `v0:{x-slack-request-timestamp}:{body}`.
   * @default {"{body}"}
   */
  readonly signed?: string;
  /**
   * A header field with the seconds since 1970, which must be in `signed`.
   * @default {no window of time}
   */
  readonly timestampHeader?: string;
  /**
   * By how many seconds that may differ from the time here, either way.
   * @default {300}
   */
  readonly toleranceSeconds?: number;
  /**
   * Where the delivery's own id is.
   * @default {the sender must send an `Idempotency-Key`}
   */
  readonly deliveryId?: DeliveryIdSource;
  /**
   * What a handshake of the sender is answered: it gets the JSON of a delivery whose signature is right, of at most
   * 16 kB, and returns nothing where that is no handshake.
   * @default {each delivery is for the hook}
   */
  readonly handshake?: (event: Readonly<Record<string, unknown>>) => HandshakeAnswer | undefined;
}

/**
 * Lets in who signs with a secret that is shared: an HMAC (RFC 2104) over the raw body, in a header field of its
 * own, whatever that is called. For GitHub there is {@linkcode github}, for Slack {@linkcode slack}, for Meta
 * {@linkcode meta}, for Stripe's form {@linkcode timestampedHmac}.
 *
 * @example Shopify
 * ```ts
 * import { hmac } from "@edge-compute/globus/edge";
 *
 * export const verify = hmac({
 *   header: "x-shopify-hmac-sha256",
 *   encoding: "base64",
 *   algorithm: "SHA-256",
 *   secrets: ["a client secret"],
 *   deliveryId: { header: "x-shopify-webhook-id" },
 * });
 * ```
 *
 * @example Slack, which signs the time of the delivery too, and first sends a challenge: what {@linkcode slack} does
 * ```ts
 * import { hmac } from "@edge-compute/globus/edge";
 *
 * export const verify = hmac({
 *   header: "x-slack-signature",
 *   prefix: "v0=",
 *   encoding: "hex",
 *   algorithm: "SHA-256",
 *   secrets: ["a signing secret"],
 *   signed: "v0:{x-slack-request-timestamp}:{body}",
 *   timestampHeader: "x-slack-request-timestamp",
 *   deliveryId: { field: "event_id" },
 *   handshake: ({ type, challenge }) => type === "url_verification" ? { text: String(challenge) } : undefined,
 * });
 * ```
 *
 * @throws {TypeError} If there is no secret, one is too short, the algorithm is too weak, or an option can never
 * be met. The message names it, and has no secret in it.
 * @throws {RangeError} If `toleranceSeconds` is not from 1 to 86,400.
 */
export function hmac(options: HmacOptions): Verifier {
  const keys =
    "header prefix encoding algorithm secrets signed timestampHeader toleranceSeconds deliveryId handshake";
  checkKeys(options, "hmac()", keys, "header encoding algorithm secrets");
  return createHmacVerifier("hmac()", options);
}
