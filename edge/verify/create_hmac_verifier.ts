import { checkType } from "../../src/base/check.ts";
import { checkTimestamp, checkTolerance, DEFAULT_TOLERANCE_SECONDS } from "./check_timestamp.ts";
import {
  decodeSignature,
  type HmacAlgorithm,
  hmacKeys,
  isSignedByAny,
  type SignatureEncoding,
} from "./signatures.ts";
import { checkDeliveryIdSource, type DeliveryIdSource, findDeliveryId } from "./delivery_id.ts";
import { isHeaderName } from "./is_header_name.ts";
import { readSecrets, type Secret } from "./read_secrets.ts";
import { namedVerifier, type VerifierParts } from "./named_verifier.ts";
import { readJson } from "./read_json.ts";
import { refuse } from "./refuse.ts";
import { membersOf } from "../../src/base/narrow.ts";
import { parseSigned, signedContent, type SignedPart } from "./signed_content.ts";
import type { HandshakeAnswer, Verifier } from "./verifier.ts";

/** An HMAC in a header of its own, as data. */
export interface PlainHmac {
  readonly header: string;
  readonly prefix?: string;
  readonly encoding: SignatureEncoding;
  readonly algorithm: HmacAlgorithm;
  readonly secrets: readonly Secret[];
  readonly signed?: string;
  readonly timestampHeader?: string;
  readonly toleranceSeconds?: number;
  readonly deliveryId?: DeliveryIdSource;
  readonly handshake?: HandshakeReader;
}

/** Finds what a handshake is answered in the JSON of a signed delivery; nothing where it is none. */
export type HandshakeReader = (event: Readonly<Record<string, unknown>>) => HandshakeAnswer | undefined;

const SIGNATURE_BYTES: Readonly<Record<HmacAlgorithm, number>> = {
  "SHA-256": 32,
  "SHA-384": 48,
  "SHA-512": 64,
};
/** A larger delivery is no handshake: it is not parsed to see. */
const MAX_HANDSHAKE_BYTES = 16_384;
const VISIBLE = /^[\x21-\x7e]{1,1024}$/;

/**
 * Makes the verifier of an HMAC in a header of its own.
 *
 * @param caller The function that the options were given to, for messages.
 * @param sender What is known of it.
 * @throws {TypeError} If an option would let through what it must not, or can never be met.
 */
export function createHmacVerifier(caller: string, options: PlainHmac, sender: VerifierParts = {}): Verifier {
  const { header, prefix = "", encoding, algorithm, signed = "{body}", deliveryId, handshake } = options;
  const { timestampHeader, toleranceSeconds = DEFAULT_TOLERANCE_SECONDS } = options;
  checkNames(caller, options);
  checkTolerance(caller, toleranceSeconds);
  checkDeliveryIdSource(caller, deliveryId);
  const parts = parseSigned(caller, signed);
  const names = checkParts(caller, parts, timestampHeader?.toLowerCase());
  const keys = hmacKeys(readSecrets(caller, options.secrets), algorithm);
  checkType(handshake, "handshake", "function");
  const malformed = `the header '${header}' is malformed: ${formOf(options)} are expected`;
  const isIdSigned = deliveryId !== undefined &&
    (typeof deliveryId === "string" || "field" in deliveryId || names.has(deliveryId.header.toLowerCase()));

  return namedVerifier(caller.replace("()", ""), async (request, { clock }) => {
    const text = request.headers.get(header);
    if (text === null) return refuse(`the header '${header}' is missing`);
    const signature = text.startsWith(prefix)
      ? decodeSignature(text.slice(prefix.length), encoding, SIGNATURE_BYTES[algorithm])
      : undefined;
    if (signature === undefined) return refuse(malformed);

    const values: Record<string, string> = {};
    for (const [name, neighbours] of names) {
      const value = request.headers.get(name);
      if (value === null) return refuse(`the header '${name}', which is signed, is missing`);
      if (!VISIBLE.test(value) || neighbours.some((neighbour) => value.includes(neighbour))) {
        return refuse(`the header '${name}', which is signed, is malformed`);
      }
      values[name] = value;
    }
    const timestamp = timestampHeader === undefined ? undefined : values[timestampHeader.toLowerCase()];
    const late = timestamp === undefined
      ? undefined
      : checkTimestamp(timestamp, clock.nowMs(), toleranceSeconds);
    if (late !== undefined) return refuse(late);

    if (!await isSignedByAny(await keys(), [signature], signedContent(parts, request.body, values))) {
      return refuse(`the signature in '${header}' is by none of the secrets, or the delivery was altered`);
    }
    const answer = handshake?.(
      membersOf(request.body.length > MAX_HANDSHAKE_BYTES ? undefined : readJson(request.body)),
    );
    // A promise, or `false`, is no answer: it would end each delivery.
    if (typeof answer === "object" && answer && !("then" in answer)) {
      return refuse("it is a handshake", answer);
    }
    const found = await findDeliveryId(request, deliveryId);
    if ("cause" in found) return refuse(found.cause);
    return found.id === undefined
      ? { isVerified: true }
      : { isVerified: true, deliveryId: found.id, isIdSigned };
  }, sender);
}

function formOf({ prefix = "", encoding, algorithm }: PlainHmac): string {
  const bytes = SIGNATURE_BYTES[algorithm];
  const form = encoding === "hex"
    ? `${2 * bytes} hexadecimal digits in lower case`
    : `${bytes} bytes in padded base64`;
  return prefix === "" ? form : `'${prefix}' and ${form}`;
}

function checkNames(caller: string, options: PlainHmac): void {
  const { header, prefix = "", encoding, algorithm, timestampHeader } = options;
  if (!isHeaderName(header)) {
    throw new TypeError(`Cannot use 'header' of ${caller}: it must be the name of a header field`);
  }
  if (typeof prefix !== "string") throw new TypeError(`Cannot use 'prefix' of ${caller}: it must be a text`);
  if (encoding !== "hex" && encoding !== "base64") {
    throw new TypeError(`Cannot use 'encoding' of ${caller}: it must be "hex" or "base64"`);
  }
  if (!Object.hasOwn(SIGNATURE_BYTES, algorithm)) {
    throw new TypeError(
      `Cannot use 'algorithm' of ${caller}: it must be "SHA-256", "SHA-384" or "SHA-512"; others are too weak`,
    );
  }
  if (timestampHeader !== undefined && !isHeaderName(timestampHeader)) {
    throw new TypeError(`Cannot use 'timestampHeader' of ${caller}: it must be the name of a header field`);
  }
  if (timestampHeader === undefined && options.toleranceSeconds !== undefined) {
    throw new TypeError(`Cannot use 'toleranceSeconds' of ${caller} without 'timestampHeader'`);
  }
}

/**
 * The header fields that are signed, each with the texts beside it, which its value must not have in it: else what
 * belongs to one part could be moved into the next without a change to what is signed. A timestamp needs none,
 * as the window in which it is taken leaves it one length.
 */
function checkParts(
  caller: string,
  parts: readonly SignedPart[],
  timestampName: string | undefined,
): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, readonly string[]>();
  for (const [index, part] of parts.entries()) {
    if (part.kind !== "value") continue;
    const beside = [parts[index - 1], parts[index + 1]].filter((other) => other !== undefined);
    if (part.name !== timestampName && beside.some(({ kind }) => kind !== "text")) {
      throw new TypeError(
        `Cannot use 'signed' of ${caller}: '{${part.name}}' must have a text between it and what is beside it`,
      );
    }
    const texts = beside.flatMap((other) => other.kind === "text" ? [other.text] : []);
    names.set(part.name, [...names.get(part.name) ?? [], ...texts]);
  }
  if (timestampName !== undefined && !names.has(timestampName)) {
    throw new TypeError(
      `Cannot use 'timestampHeader' of ${caller}: 'signed' must have '{${timestampName}}' in it, or anybody can set it`,
    );
  }
  return names;
}
