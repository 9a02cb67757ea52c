import { checkTimestamp, DEFAULT_TOLERANCE_SECONDS } from "./check_timestamp.ts";
import { checkKeys } from "../../src/base/check.ts";
import { decodeSignature, isSignedByAny, noneSigned } from "./signatures.ts";
import { ed25519Keys } from "./ed25519_keys.ts";
import { namedVerifier } from "./named_verifier.ts";
import { membersOf } from "../../src/base/narrow.ts";
import { parseSigned, signedContent } from "./signed_content.ts";
import { readJson } from "./read_json.ts";
import { refuse } from "./refuse.ts";
import { sha256Hex } from "../../src/base/sha256.ts";
import type { HandshakeAnswer, Verifier } from "./verifier.ts";

/** What {@linkcode discord} takes. */
export interface DiscordOptions {
  /** The public key of the application, 64 hexadecimal digits: of several any. */
  readonly publicKeys: readonly string[];
}

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const HEADER = "x-signature-ed25519";

/**
 * Verifies webhook events and interactions of Discord: an Ed25519 signature over the time and the raw body in
 * `X-Signature-Ed25519`. A `PING`, with which an address is switched on, is answered as Discord expects: with
 * `{"type":1}` for interactions, with 204 for webhook events. The same bytes are the same delivery.
 *
 * @example
 * ```ts
 * import { discord } from "@edge-compute/globus/edge";
 *
 * export function create(env: { DISCORD_PUBLIC_KEY: string }) {
 *   return discord({ publicKeys: [env.DISCORD_PUBLIC_KEY] });
 * }
 * ```
 *
 * @throws {TypeError} If there is no key, or one is not of that form.
 * @see {@link https://discord.com/developers/docs/interactions/overview}
 * @see {@link https://discord.com/developers/docs/events/webhook-events}
 */
export function discord(options: DiscordOptions): Verifier {
  const caller = "discord()";
  checkKeys(options, caller, "publicKeys", "publicKeys");
  const { publicKeys } = options;
  if (!Array.isArray(publicKeys) || publicKeys.length === 0) {
    throw new TypeError(`Cannot use ${caller} without 'publicKeys': pass a list of one at least`);
  }
  const keys = ed25519Keys(publicKeys.map((text, index) => {
    const key = decodeSignature(String(text).toLowerCase(), "hex", KEY_BYTES);
    if (key !== undefined) return key;
    throw new TypeError(`Cannot use 'publicKeys[${index}]' of ${caller}: it must be 64 hexadecimal digits`);
  }));
  const parts = parseSigned(caller, "{timestamp}{body}");

  return namedVerifier("discord", async ({ headers, body }, { clock }) => {
    const signature = decodeSignature(headers.get(HEADER) ?? "", "hex", SIGNATURE_BYTES);
    if (signature === undefined) {
      return refuse(`the header '${HEADER}' is missing or malformed: 128 hexadecimal digits are expected`);
    }
    const timestamp = headers.get("x-signature-timestamp") ?? "";
    const late = checkTimestamp(timestamp, clock.nowMs(), DEFAULT_TOLERANCE_SECONDS);
    if (late !== undefined) return refuse(late);
    const content = signedContent(parts, body, { timestamp });
    if (!await isSignedByAny(await keys(), [signature], content)) return refuse(noneSigned(HEADER));
    const answer = answerPing(membersOf(readJson(body)));
    if (answer !== undefined) return refuse("it is a handshake", answer);
    return { isVerified: true, deliveryId: await sha256Hex(body), isIdSigned: true };
  });
}

/** A `PING` is 0 among webhook events, 1 among interactions; 1 is also a webhook event, which has an `event`. */
function answerPing({ type, event }: Readonly<Record<string, unknown>>): HandshakeAnswer | undefined {
  if (type === 0) return {};
  return type === 1 && event === undefined ? { json: { type: 1 } } : undefined;
}
