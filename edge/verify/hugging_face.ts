import { checkKeys } from "../../src/base/check.ts";
import { createHeaderSecretVerifier } from "./header_secret.ts";
import type { Secret } from "./read_secrets.ts";
import type { Verifier } from "./verifier.ts";

/** What {@linkcode huggingFace} takes. */
export interface HuggingFaceOptions {
  /** The secret of the webhook, of 8 bytes or more: of several any, so that it can be changed without a gap. */
  readonly secrets: readonly Secret[];
}

/**
 * Verifies deliveries of Hugging Face: the webhook's secret as it is, in `X-Webhook-Secret`. Nothing is signed, and a delivery has no id:
 * the same bytes are the same delivery.
 *
 * @example
 * ```ts
 * import { huggingFace } from "@edge-compute/globus/edge";
 *
 * export const verify = huggingFace({ secrets: ["a long, random text"] });
 * ```
 *
 * @throws {TypeError} If there is no secret, or one is too short. The message has no secret in it.
 * @see {@link https://huggingface.co/docs/hub/webhooks}
 */
export function huggingFace(options: HuggingFaceOptions): Verifier {
  checkKeys(options, "huggingFace()", "secrets", "secrets");
  return createHeaderSecretVerifier("huggingFace()", {
    header: "x-webhook-secret",
    secrets: options.secrets,
    deliveryId: "digest",
  });
}
