import { namedVerifier } from "./named_verifier.ts";
import { refuse } from "./refuse.ts";
import { secretFinder } from "./secret_finder.ts";
import { readBearerToken } from "./read_bearer_token.ts";
import { checkKeys } from "../../src/base/check.ts";
import type { Verifier } from "./verifier.ts";

/** What {@linkcode bearer} takes. */
export interface BearerOptions {
  /** Tokens of 16 characters or more, each good by itself, so that they can be rotated. */
  readonly tokens: readonly string[];
  /**
   * What is known of who has one of them.
   * @default {nothing}
   */
  readonly claims?: Readonly<Record<string, unknown>>;
}

const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;
const MIN_TOKEN_LENGTH = 16;

/**
 * Lets in who has one of these tokens, in `Authorization: Bearer …` (RFC 6750): an operator, or a sender that signs
 * nothing. Deliveries have no id of their own: the sender sends an `Idempotency-Key` with each. Tokens are compared in
 * constant time.
 *
 * @example An operator
 * ```ts
 * import { bearer } from "@edge-compute/globus/edge";
 *
 * export function create(env: { OPERATOR_TOKEN: string }) {
 *   return bearer({ tokens: [env.OPERATOR_TOKEN], claims: { role: "operator" } });
 * }
 * ```
 *
 * @throws {TypeError} If there is no token, or one is too short or has characters that no token may have. The
 * message has no token in it.
 */
export function bearer(options: BearerOptions): Verifier {
  checkKeys(options, "bearer()", "tokens claims", "tokens");
  const { claims } = options;
  const isToken = secretFinder(checkTokens(options.tokens).map((token) => new TextEncoder().encode(token)));

  return namedVerifier("bearer", async ({ headers }) => {
    const token = readBearerToken(headers);
    if (token === undefined) return refuse("there is no 'Authorization: Bearer …' with a token");
    if (!await isToken(token)) return refuse("the token in 'Authorization' is none of those that are let in");
    // Who has the token may say what it likes, its `Idempotency-Key` included.
    return { isVerified: true, isIdSigned: true, ...(claims === undefined ? {} : { claims }) };
  });
}

function checkTokens(tokens: readonly string[]): readonly string[] {
  if (!Array.isArray(tokens) || tokens.length === 0) {
    throw new TypeError("Cannot use bearer() without 'tokens': pass a list of one at least");
  }
  for (const [index, token] of tokens.entries()) {
    const at = `'tokens[${index}]' of bearer()`;
    if (typeof token !== "string" || !TOKEN.test(token)) {
      throw new TypeError(
        `Cannot use ${at}: it must be of letters, digits and '-._~+/', with '=' at its end alone`,
      );
    }
    if (token.length < MIN_TOKEN_LENGTH) {
      throw new TypeError(
        `Cannot use ${at}: it has fewer than ${MIN_TOKEN_LENGTH} characters, so it can be guessed`,
      );
    }
  }
  return [...tokens];
}
