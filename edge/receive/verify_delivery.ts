import type { EdgeContext } from "../context.ts";
import type { Hook } from "../hook.ts";
import { runVerifier } from "../verify/run_verifier.ts";
import type { HandshakeAnswer, ReceivedRequest, Verification, Verified } from "../verify/verifier.ts";
import { Refusal } from "./refusal.ts";

const RETRY_AFTER_SECONDS = 10;

/** A delivery that is verified, or the answer to a handshake. */
export type Passed = Verified | { readonly isVerified: false; readonly handshake: HandshakeAnswer };

/**
 * Has a request verified. Whatever is wrong with it, its sender is told the same: what was right would help
 * whoever tries signatures.
 *
 * @throws {Refusal} If it is neither a verified delivery nor a handshake, or the verifier could not find out.
 */
export async function verifyDelivery(
  context: EdgeContext,
  { verify }: Pick<Hook, "verify">,
  request: ReceivedRequest,
): Promise<Passed> {
  let verification: Verification | undefined;
  try {
    verification = await runVerifier(context, verify, request);
  } catch (cause) {
    throw new Refusal(
      {
        status: 503,
        type: "verifier-unavailable",
        title: "The delivery cannot be verified for now",
        headers: { "retry-after": String(RETRY_AFTER_SECONDS) },
      },
      "its verifier could not find out",
      { cause },
    );
  }
  if (verification?.isVerified === true) return verification;
  if (verification?.handshake !== undefined) return { isVerified: false, handshake: verification.handshake };
  throw new Refusal({
    status: 401,
    type: "not-verified",
    title: "The delivery is not from who it says",
    headers: { "www-authenticate": "Signature" },
  }, verification?.cause ?? "its verifier said nothing");
}
