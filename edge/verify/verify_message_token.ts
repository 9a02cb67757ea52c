import { encode } from "jose/base64url";
import { JOSEError, JWSSignatureVerificationFailed } from "jose/errors";
import { jwtVerify } from "jose/jwt/verify";

/** What a token is held against. */
export interface ExpectedMessage {
  /** Any of them may have signed it. */
  readonly keys: readonly Uint8Array<ArrayBuffer>[];
  readonly url: URL;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly nowMs: number;
  readonly clockToleranceSeconds: number;
}

const MAX_TOKEN_LENGTH = 4_096;
/** 32 bytes of a signature in their one right form: else a token could be altered and stay good. */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]{42}[AEIMQUYcgkosw048]$/;

/**
 * Checks the token of a message of QStash: who issued it, for which address, which body and which time.
 *
 * @returns What is wrong with it, or nothing. It has no part of the token.
 */
export async function findWrongMessage(
  token: string,
  expected: ExpectedMessage,
): Promise<string | undefined> {
  if (token.length > MAX_TOKEN_LENGTH) return `it is longer than ${MAX_TOKEN_LENGTH} bytes`;
  if (!COMPACT.test(token)) {
    return "it is malformed: three parts in base64url with a dot in between are expected";
  }
  let claims: Record<string, unknown>;
  try {
    claims = await verifyWithAny(token, expected);
  } catch (error) {
    if (error instanceof JOSEError) return error.message;
    throw error;
  }
  const { sub, body } = claims;
  if (typeof sub !== "string" || !URL.canParse(sub) || new URL(sub).href !== expected.url.href) {
    return "it is for another address";
  }
  const digest = encode(new Uint8Array(await crypto.subtle.digest("SHA-256", expected.body)));
  if (typeof body !== "string" || body.replace(/=+$/, "") !== digest) return "it is for another body";
  return undefined;
}

async function verifyWithAny(
  token: string,
  { keys, nowMs, clockToleranceSeconds }: ExpectedMessage,
): Promise<Record<string, unknown>> {
  const options = {
    issuer: "Upstash",
    algorithms: ["HS256"],
    requiredClaims: ["exp", "nbf", "sub", "body"],
    currentDate: new Date(nowMs),
    clockTolerance: clockToleranceSeconds,
  };
  let failure: unknown;
  for (const key of keys) {
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      if (!(error instanceof JWSSignatureVerificationFailed)) throw error;
      failure = error;
    }
  }
  throw failure;
}
