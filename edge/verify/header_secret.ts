import { checkKeys } from "../../src/base/check.ts";
import { checkDeliveryIdSource, type DeliveryIdSource, findDeliveryId } from "./delivery_id.ts";
import { isHeaderName } from "./is_header_name.ts";
import { namedVerifier, type VerifierParts } from "./named_verifier.ts";
import { readSecrets, type Secret } from "./read_secrets.ts";
import { refuse } from "./refuse.ts";
import { secretFinder } from "./secret_finder.ts";
import type { Verifier } from "./verifier.ts";

/** What {@linkcode headerSecret} takes. */
export interface HeaderSecretOptions {
  /** The header field that has the secret, and nothing else. */
  readonly header: string;
  /** What is shared with the sender, of 8 bytes or more: of several any, so that they can be rotated. */
  readonly secrets: readonly Secret[];
  /**
   * Where the delivery's own id is.
   * @default {the sender must send an `Idempotency-Key`}
   */
  readonly deliveryId?: DeliveryIdSource;
}

/**
 * Verifies a secret that a sender sends as it is, in a header field of its own, as Telegram does. The body is not signed:
 * that is as safe as the connection. Secrets are compared in constant time. For GitLab there is {@linkcode gitlab}, for Hugging
 * Face {@linkcode huggingFace}, for `Authorization: Bearer` {@linkcode bearer}.
 *
 * @example Telegram
 * ```ts
 * import { headerSecret } from "@edge-compute/globus/edge";
 *
 * export const verify = headerSecret({
 *   header: "x-telegram-bot-api-secret-token",
 *   secrets: ["a long, random text"],
 *   deliveryId: { field: "update_id" },
 * });
 * ```
 *
 * @throws {TypeError} If there is no secret, one is too short, or an option is of the wrong kind. The message has no
 * secret in it.
 */
export function headerSecret(options: HeaderSecretOptions): Verifier {
  checkKeys(options, "headerSecret()", "header secrets deliveryId", "header secrets");
  return createHeaderSecretVerifier("headerSecret()", options);
}

/** Makes the verifier of a secret in a header. */
export function createHeaderSecretVerifier(
  caller: string,
  { header, secrets, deliveryId }: HeaderSecretOptions,
  parts: VerifierParts = {},
): Verifier {
  if (!isHeaderName(header)) {
    throw new TypeError(`Cannot use 'header' of ${caller}: it must be the name of a header field`);
  }
  checkDeliveryIdSource(caller, deliveryId);
  const isSecret = secretFinder(readSecrets(caller, secrets));

  return namedVerifier(caller.replace("()", ""), async (request) => {
    const text = request.headers.get(header);
    if (text === null) return refuse(`the header '${header}' is missing`);
    if (!await isSecret(text)) return refuse(`the secret in '${header}' is not accepted`);
    const found = await findDeliveryId(request, deliveryId);
    if ("cause" in found) return refuse(found.cause);
    // A sender with the secret chooses its ids.
    return {
      isVerified: true,
      isIdSigned: true,
      ...(found.id === undefined ? {} : { deliveryId: found.id }),
    };
  }, parts);
}
