import { checkKeys } from "../../src/base/check.ts";
import { createTimestampedHmacVerifier } from "./create_timestamped_hmac_verifier.ts";
import { canonicalJson } from "./canonical_json.ts";
import type { Secret } from "./read_secrets.ts";
import type { Verifier } from "./verifier.ts";

/** What {@linkcode inngest} takes. */
export interface InngestOptions {
  /** The signing keys, `signkey-…`: the current one and, while they are rotated, the fallback. */
  readonly secrets: readonly string[];
  /**
   * By how many seconds the timestamp may differ from the time here, either way.
   * @default {300}
   */
  readonly toleranceSeconds?: number;
}

/** Inngest signs with what follows this. */
const PREFIX = /^signkey-\w+-/;

/**
 * Verifies requests of Inngest: an HMAC with SHA-256 over the body in its canonical form (RFC 8785) and the time, in
 * `X-Inngest-Signature: t=1705586504&s=3f1c81…`. So the order of members and white space are not signed, and a number
 * only as far as a double holds it. The id of the event (`event.id`) names the delivery.
 *
 * @example
 * ```ts
 * import { inngest } from "@edge-compute/globus/edge";
 *
 * export function create(env: { INNGEST_SIGNING_KEY: string }) {
 *   return inngest({ secrets: [env.INNGEST_SIGNING_KEY] });
 * }
 * ```
 *
 * @throws {TypeError} If there is no key, or one is too short. The message has no key in it.
 * @throws {RangeError} If `toleranceSeconds` is not from 1 to 86,400.
 * @see {@link https://www.inngest.com/docs/platform/signing-keys}
 */
export function inngest(options: InngestOptions): Verifier {
  checkKeys(options, "inngest()", "secrets toleranceSeconds", "secrets");
  const { secrets } = options;
  const form = {
    header: "x-inngest-signature",
    separator: "&",
    timestampField: "t",
    signatureField: "s",
    signed: "{body}{timestamp}",
  } as const;
  const withoutPrefix = (secret: Secret) => typeof secret === "string" ? secret.replace(PREFIX, "") : secret;
  return createTimestampedHmacVerifier("inngest()", form, {
    ...options,
    secrets: Array.isArray(secrets) ? secrets.map(withoutPrefix) : secrets,
    deliveryId: { field: "event.id" },
  }, canonicalJson);
}
