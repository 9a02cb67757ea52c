import { checkKeys } from "../../src/base/check.ts";
import { createHmacVerifier } from "./create_hmac_verifier.ts";
import type { Secret } from "./read_secrets.ts";
import type { Verifier } from "./verifier.ts";

/** What {@linkcode github} takes. */
export interface GithubOptions {
  /** The secret of the webhook, of 8 bytes or more: of several any, so that it can be changed without a gap. */
  readonly secrets: readonly Secret[];
}

/**
 * Lets GitHub in: an HMAC with SHA-256 over the raw body in `X-Hub-Signature-256`. The older signature with SHA-1 is
 * not looked at.
 *
 * GitHub signs neither the time nor the id of a delivery (`X-GitHub-Delivery`, which a redelivery repeats) nor
 * the event's name (`X-GitHub-Event`). So the same body counts as the same delivery, under whatever id.
 *
 * @example While a secret is being changed
 * ```ts
 * import { github } from "@edge-compute/globus/edge";
 *
 * export const verify = github({ secrets: ["the new secret", "the old secret"] });
 * ```
 *
 * @throws {TypeError} If there is no secret, or one is too short. The message has no secret in it.
 * @see {@link https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries}
 */
export function github(options: GithubOptions): Verifier {
  checkKeys(options, "github()", "secrets", "secrets");
  const { secrets } = options;
  return createHmacVerifier("github()", {
    header: "x-hub-signature-256",
    prefix: "sha256=",
    encoding: "hex",
    algorithm: "SHA-256",
    secrets,
    deliveryId: { header: "x-github-delivery" },
  });
}
