import { checkKeys } from "../../src/base/check.ts";
import { checkTimestamp, checkTolerance, DEFAULT_TOLERANCE_SECONDS } from "./check_timestamp.ts";
import { decodeBase64Strictly, hmacKeys, isSignedByAny, noneSigned } from "./signatures.ts";
import { ed25519Keys } from "./ed25519_keys.ts";
import { namedVerifier } from "./named_verifier.ts";
import { membersOf } from "../../src/base/narrow.ts";
import { refuse } from "./refuse.ts";
import { parseSigned, signedContent } from "./signed_content.ts";
import type { Verifier } from "./verifier.ts";
import { withEvents } from "./with_events.ts";

/** What {@linkcode standardWebhooks} takes. */
export interface StandardWebhooksOptions {
  /**
   * The sender's secret, `whsec_` and 24 to 64 bytes in base64, or its public key, `whpk_` and 32 bytes in base64: of
   * several any, so that they can be rotated.
   */
  readonly secrets: readonly string[];
  /**
   * By how many seconds the timestamp may differ from the time here, either way.
   * @default {300}
   */
  readonly toleranceSeconds?: number;
  /**
   * What the names of the header fields begin with; `svix` is about as common.
   * @default {"webhook"}
   */
  readonly headerPrefix?: "webhook" | "svix";
  /**
   * The events that the hook is for, by the `type` in the payload: all others are answered with 200 and start nothing.
   * @default {all of them}
   */
  readonly events?: readonly string[];
}

const ID = /^[\x21-\x2d\x2f-\x7e]{1,256}$/;

/**
 * Lets in who follows Standard Webhooks: signatures with a shared secret (`v1`, HMAC with SHA-256) and with a key
 * pair (`v1a`, Ed25519) over the id, the timestamp and the raw body. One good signature by one of the secrets
 * is enough, of ten at most of each version; what else stands in the header is passed over.
 *
 * @example While a sender goes over from a shared secret to a key pair
 * ```ts
 * import { standardWebhooks } from "@edge-compute/globus/edge";
 *
 * export function create(env: { WEBHOOK_SECRET: string; WEBHOOK_PUBLIC_KEY: string }) {
 *   return standardWebhooks({ secrets: [env.WEBHOOK_PUBLIC_KEY, env.WEBHOOK_SECRET] });
 * }
 * ```
 *
 * @throws {TypeError} If there is no secret, or one is not of that form. The message has no secret in it.
 * @throws {RangeError} If `toleranceSeconds` is not from 1 to 86,400.
 * @see {@link https://www.standardwebhooks.com}
 */
export function standardWebhooks(options: StandardWebhooksOptions): Verifier {
  const caller = "standardWebhooks()";
  checkKeys(options, caller, "secrets toleranceSeconds headerPrefix events", "secrets");
  const { toleranceSeconds = DEFAULT_TOLERANCE_SECONDS, headerPrefix = "webhook" } = options;
  if (headerPrefix !== "webhook" && headerPrefix !== "svix") {
    throw new TypeError(`Cannot use 'headerPrefix' of ${caller}: it must be "webhook" or "svix"`);
  }
  checkTolerance(caller, toleranceSeconds);
  const { shared, publicKeys } = readWebhookSecrets(caller, options.secrets);
  const keysOf = { v1: hmacKeys(shared, "SHA-256"), v1a: ed25519Keys(publicKeys) };
  const parts = parseSigned(caller, "{id}.{timestamp}.{body}");
  const [idHeader, timestampHeader, signatureHeader] = ["id", "timestamp", "signature"]
    .map((name) => `${headerPrefix}-${name}`) as [string, string, string];

  const verifier = namedVerifier("standardWebhooks", async ({ headers, body }, { clock }) => {
    const [id, timestamp, text] = [idHeader, timestampHeader, signatureHeader].map((name) =>
      headers.get(name)
    );
    if (typeof id !== "string") return refuse(`the header '${idHeader}' is missing`);
    if (typeof timestamp !== "string") return refuse(`the header '${timestampHeader}' is missing`);
    if (typeof text !== "string") return refuse(`the header '${signatureHeader}' is missing`);
    if (!ID.test(id)) {
      return refuse(
        `the header '${idHeader}' is no id: up to 256 visible characters without '.' are expected`,
      );
    }
    const late = checkTimestamp(timestamp, clock.nowMs(), toleranceSeconds);
    if (late !== undefined) return refuse(late);
    const signatures = readWebhookSignatures(text);
    if (signatures.v1.length + signatures.v1a.length === 0) {
      return refuse(`the header '${signatureHeader}' is malformed: 'v1,' or 'v1a,' and base64 are expected`);
    }
    const content = signedContent(parts, body, { id, timestamp });
    const found = await Promise.all([
      isSignedByAny(await keysOf.v1(), signatures.v1, content),
      isSignedByAny(await keysOf.v1a(), signatures.v1a, content),
    ]);
    if (found.includes(true)) return { isVerified: true, deliveryId: id, isIdSigned: true };
    return refuse(noneSigned(signatureHeader));
  });
  return withEvents(caller, verifier, options.events, { nameOf: (_, event) => membersOf(event).type });
}

/** The signatures of a `webhook-signature` header, by version. */
interface WebhookSignatures {
  readonly v1: readonly Uint8Array<ArrayBuffer>[];
  readonly v1a: readonly Uint8Array<ArrayBuffer>[];
}

/**
 * Reads signatures such as `v1,K5oZfzN95Z9U… v1a,hnO3f9T8Ytu9…`. What stands beside them in another form, or of another
 * version, is passed over: a sender may add to the list, and a proxy joins two header fields into one.
 */
function readWebhookSignatures(text: string): WebhookSignatures {
  const entries = text.split(" ").map((entry) => entry.split(","));
  const signaturesOf = (name: string, byteLength: number) =>
    entries.flatMap(([version, encoded = ""]) =>
      version === name ? decodeBase64Strictly(encoded, byteLength) ?? [] : []
    );
  return { v1: signaturesOf("v1", 32), v1a: signaturesOf("v1a", 64) };
}

/** Secrets of Standard Webhooks, as bytes. */
interface WebhookSecrets {
  /** Of `whsec_…`: shared with the sender. */
  readonly shared: readonly Uint8Array<ArrayBuffer>[];
  /** Of `whpk_…`: Ed25519 public keys. */
  readonly publicKeys: readonly Uint8Array<ArrayBuffer>[];
}

const MIN_SHARED_BYTES = 24;
const MAX_SHARED_BYTES = 64;
const PUBLIC_KEY_BYTES = 32;

/**
 * Reads secrets as Standard Webhooks writes them.
 *
 * @throws {TypeError} If there is none, or one is not of that form. The message has no part of it.
 */
function readWebhookSecrets(caller: string, secrets: readonly string[]): WebhookSecrets {
  if (!Array.isArray(secrets) || secrets.length === 0) {
    throw new TypeError(`Cannot use ${caller} without 'secrets': pass a list of one at least`);
  }
  const shared: Uint8Array<ArrayBuffer>[] = [];
  const publicKeys: Uint8Array<ArrayBuffer>[] = [];
  for (const [index, secret] of secrets.entries()) {
    const at = `'secrets[${index}]' of ${caller}`;
    const [, prefix, text = ""] =
      /^(whsec|whpk|whsk)_(.*)$/s.exec(typeof secret === "string" ? secret : "") ?? [];
    if (prefix === "whsk") {
      throw new TypeError(
        `Cannot use ${at}: it is the sender's private key; pass its public key, which begins with 'whpk_'`,
      );
    }
    if (prefix === undefined) throw new TypeError(`Cannot use ${at}: it must begin with 'whsec_' or 'whpk_'`);
    const bytes = decode(text);
    if (prefix === "whpk" && bytes?.length === PUBLIC_KEY_BYTES) publicKeys.push(bytes);
    else if (
      prefix === "whsec" && bytes && bytes.length >= MIN_SHARED_BYTES && bytes.length <= MAX_SHARED_BYTES
    ) {
      shared.push(bytes);
    } else {
      const expected = prefix === "whpk"
        ? `${PUBLIC_KEY_BYTES} bytes`
        : `${MIN_SHARED_BYTES} to ${MAX_SHARED_BYTES} bytes`;
      throw new TypeError(`Cannot use ${at}: '${prefix}_' must be followed by ${expected} in base64`);
    }
  }
  return { shared, publicKeys };
}

function decode(text: string): Uint8Array<ArrayBuffer> | undefined {
  const padding = /=*$/.exec(text)?.[0].length ?? 0;
  return text.length % 4 === 0 ? decodeBase64Strictly(text, text.length / 4 * 3 - padding) : undefined;
}
