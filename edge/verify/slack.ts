import { checkKeys } from "../../src/base/check.ts";
import { createHmacVerifier } from "./create_hmac_verifier.ts";
import type { Secret } from "./read_secrets.ts";
import type { Verifier } from "./verifier.ts";

/** What {@linkcode slack} takes. */
export interface SlackOptions {
  /** The app's signing secret: of several any, so that it can be changed without a gap. */
  readonly secrets: readonly Secret[];
}

/**
 * Verifies events of Slack (the Events API): an HMAC with SHA-256 over the time and the raw body in `X-Slack-Signature`.
 * Slack's `url_verification`, with which an address is switched on, is answered with its challenge.
 *
 * @example
 * ```ts
 * import { slack } from "@edge-compute/globus/edge";
 *
 * export const verify = slack({ secrets: ["a signing secret"] });
 * ```
 *
 * @throws {TypeError} If there is no secret, or one is too short. The message has no secret in it.
 * @see {@link https://docs.slack.dev/authentication/verifying-requests-from-slack}
 * @see {@link https://docs.slack.dev/reference/events/url_verification}
 */
export function slack(options: SlackOptions): Verifier {
  checkKeys(options, "slack()", "secrets", "secrets");
  return createHmacVerifier("slack()", {
    header: "x-slack-signature",
    prefix: "v0=",
    encoding: "hex",
    algorithm: "SHA-256",
    secrets: options.secrets,
    signed: "v0:{x-slack-request-timestamp}:{body}",
    timestampHeader: "x-slack-request-timestamp",
    deliveryId: { field: "event_id" },
    handshake: ({ type, challenge }) =>
      type === "url_verification" && typeof challenge === "string" ? { text: challenge } : undefined,
  });
}
