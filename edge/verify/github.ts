import { checkKeys } from "../../src/base/check.ts";
import { createHmacVerifier } from "./create_hmac_verifier.ts";
import type { Secret } from "./read_secrets.ts";
import type { Verifier } from "./verifier.ts";
import { withEvents } from "./with_events.ts";
import { membersOf } from "../../src/base/narrow.ts";

/** What {@linkcode github} takes. */
export interface GithubOptions {
  /** The secret of the webhook, of 8 bytes or more: of several any, so that it can be changed without a gap. */
  readonly secrets: readonly Secret[];
  /**
   * The events that the hook is for, by the name in `X-GitHub-Event`: `["push"]` for one. All others, a `ping` first, are
   * answered with 200 and start nothing, and so is the `push` of a branch or tag that was deleted: it has no commit, and
   * GitHub sends a `delete` as well.
   * @default {all of them}
   */
  readonly events?: readonly string[];
}

/** GitHub delivers no larger payload (docs.github.com, "Webhook events and payloads"). */
const MAX_BODY_BYTES = 25 * 1024 * 1024;

/**
 * Lets GitHub in: an HMAC with SHA-256 over the raw body in `X-Hub-Signature-256`. The older signature with SHA-1 is
 * not looked at. A hook takes bodies of up to 25 MB, as GitHub sends them, unless it has a limit of its own.
 *
 * GitHub signs neither the time nor the id of a delivery (`X-GitHub-Delivery`, which a redelivery repeats) nor
 * the event's name (`X-GitHub-Event`). So the same body counts as the same delivery, under whatever id and name.
 *
 * @example Pushes alone, while a secret is being changed
 * ```ts
 * import { github } from "@edge-compute/globus/edge";
 *
 * export const verify = github({ secrets: ["the new secret", "the old secret"], events: ["push"] });
 * ```
 *
 * @throws {TypeError} If there is no secret, one is too short, or `events` has no names. The message has no secret in
 * it.
 * @see {@link https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries}
 */
export function github(options: GithubOptions): Verifier {
  checkKeys(options, "github()", "secrets events", "secrets");
  const { secrets, events } = options;
  const verifier = createHmacVerifier("github()", {
    header: "x-hub-signature-256",
    prefix: "sha256=",
    encoding: "hex",
    algorithm: "SHA-256",
    secrets,
    deliveryId: { header: "x-github-delivery" },
  }, { maxBodyBytes: MAX_BODY_BYTES });
  return withEvents("github()", verifier, events, {
    nameOf: (headers) => headers.get("x-github-event"),
    isPassedOver: (name, event) => name === "push" && membersOf(event).deleted === true,
  });
}
