import { checkKeys } from "../../src/base/check.ts";
import { createHeaderSecretVerifier } from "./header_secret.ts";
import { namedVerifier } from "./named_verifier.ts";
import { sha256Hex } from "../../src/base/sha256.ts";
import { membersOf } from "../../src/base/narrow.ts";
import type { Secret } from "./read_secrets.ts";
import type { Verifier } from "./verifier.ts";
import { withEvents } from "./with_events.ts";

/** What {@linkcode gitlab} takes. */
export interface GitlabOptions {
  /** The secret token of the webhook, of 8 bytes or more: of several any, so that it can be changed without a gap. */
  readonly secrets: readonly Secret[];
  /**
   * The events that the hook is for, by the name in `X-Gitlab-Event`: `["Push Hook"]` for one. All others are answered
   * with 200 and start nothing, and so is the push of a branch or tag that was deleted.
   * @default {all of them}
   */
  readonly events?: readonly string[];
}

/** GitLab sends no larger payload (merge request 38687). */
const MAX_BODY_BYTES = 25 * 1024 * 1024;
const NO_COMMIT = /^0+$/;

/**
 * Verifies deliveries of GitLab: the secret token as it is, in `X-Gitlab-Token`. GitLab signs nothing. Its
 * `Idempotency-Key`, the same when a delivery is tried again, names a delivery; GitLab before 17.4 sends none, and then the
 * same bytes are the same delivery. A hook takes bodies of up to 25 MB, as GitLab sends them, unless it has a limit of
 * its own.
 *
 * @example
 * ```ts
 * import { gitlab } from "@edge-compute/globus/edge";
 *
 * export const verify = gitlab({ secrets: ["a long, random text"], events: ["Push Hook"] });
 * ```
 *
 * @throws {TypeError} If there is no secret, one is too short, or `events` has no names. The message has no secret in
 * it.
 * @see {@link https://docs.gitlab.com/user/project/integrations/webhooks/}
 */
export function gitlab(options: GitlabOptions): Verifier {
  const caller = "gitlab()";
  checkKeys(options, caller, "secrets events", "secrets");
  const { secrets, events } = options;
  const verifyToken = createHeaderSecretVerifier(caller, {
    header: "x-gitlab-token",
    secrets,
    deliveryId: { header: "idempotency-key" },
  });
  const verifier = namedVerifier("gitlab", async (request, context) => {
    const found = await verifyToken(request, context);
    if (!found.isVerified || found.deliveryId !== undefined) return found;
    return { ...found, deliveryId: await sha256Hex(request.body) };
  }, { maxBodyBytes: MAX_BODY_BYTES });
  return withEvents(caller, verifier, events, {
    nameOf: (headers) => headers.get("x-gitlab-event"),
    isPassedOver: (_, event) => NO_COMMIT.test(String(membersOf(event).after)),
  });
}
