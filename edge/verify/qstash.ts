import { checkKeys, checkNumber } from "../../src/base/check.ts";
import { namedVerifier } from "./named_verifier.ts";
import { readSecrets } from "./read_secrets.ts";
import { refuse } from "./refuse.ts";
import type { Verifier } from "./verifier.ts";

/** What {@linkcode qstash} takes. */
export interface QstashOptions {
  /** The signing keys, `QSTASH_CURRENT_SIGNING_KEY` and `QSTASH_NEXT_SIGNING_KEY`: either is taken. */
  readonly secrets: readonly string[];
  /**
   * Where messages are sent, the claim `sub`.
   * @default {the address of the hook, below the handler's `baseUrl`}
   */
  readonly url?: string | URL;
  /**
   * By how many seconds Upstash's clock may differ.
   * @default {30}
   */
  readonly clockToleranceSeconds?: number;
}

const HEADER = "upstash-signature";
const ID = /^[\x21-\x7e]{1,256}$/;

/**
 * Verifies messages of Upstash QStash: a JWT in `Upstash-Signature`, signed with a shared key (HS256), for this address (`sub`), this
 * body (`body`, its SHA-256) and a few minutes. `Upstash-Message-Id`, the same when a message is tried again, names the
 * delivery: the token does not cover it, and each run of a schedule has its own for the same body.
 *
 * @example
 * ```ts
 * import { qstash } from "@edge-compute/globus/edge";
 *
 * export function create(env: { QSTASH_CURRENT_SIGNING_KEY: string; QSTASH_NEXT_SIGNING_KEY: string }) {
 *   return qstash({ secrets: [env.QSTASH_CURRENT_SIGNING_KEY, env.QSTASH_NEXT_SIGNING_KEY] });
 * }
 * ```
 *
 * @throws {TypeError} If there is no key, one is too short, or `url` is not an address. The message has no key in it.
 * @throws {RangeError} If `clockToleranceSeconds` is not from 0 to 300.
 * @see {@link https://upstash.com/docs/qstash/features/security}
 */
export function qstash(options: QstashOptions): Verifier {
  checkKeys(options, "qstash()", "secrets url clockToleranceSeconds", "secrets");
  const { secrets, url, clockToleranceSeconds = 30 } = options;
  checkNumber(clockToleranceSeconds, "'clockToleranceSeconds' of qstash()", 0, 300, false);
  const keys = readSecrets("qstash()", secrets);
  if (url !== undefined && !URL.canParse(url)) {
    throw new TypeError("Cannot use 'url' of qstash(): it must be the address that messages are sent to");
  }

  return namedVerifier("qstash", async (request, { clock }) => {
    const token = request.headers.get(HEADER);
    if (token === null) return refuse(`the header '${HEADER}' is missing`);
    const { findWrongMessage } = await import("./verify_message_token.ts"); // With jose.
    const wrong = await findWrongMessage(token, {
      keys,
      url: new URL(url ?? request.url),
      body: request.body,
      nowMs: clock.nowMs(),
      clockToleranceSeconds,
    });
    if (wrong !== undefined) return refuse(`the token in '${HEADER}' is not to be trusted: ${wrong}`);
    const deliveryId = request.headers.get("upstash-message-id");
    if (deliveryId === null) return { isVerified: true, isIdSigned: true };
    return ID.test(deliveryId)
      ? { isVerified: true, deliveryId, isIdSigned: true }
      : refuse("the header 'upstash-message-id' is no id: up to 256 visible ASCII characters are expected");
  });
}
