import type { EdgeContext } from "../context.ts";
import { withDeadline } from "../../src/base/deadline.ts";
import type { ReceivedRequest, Verification, Verifier } from "./verifier.ts";

/** How long a verifier may take, the key set of an issuer that it fetches included. */
const VERIFY_TIMEOUT_MS = 10_000;

/**
 * Has a verifier look at a request.
 *
 * @throws {Error} If it could not find out, or took too long.
 */
export function runVerifier(
  { clock, fetch, options: { allowPrivateAddresses, resolveAddresses } }: EdgeContext,
  verifier: Verifier,
  request: ReceivedRequest,
): Promise<Verification> {
  const onTimeout = () => new Error("The verifier took too long");
  const addressOptions = { allowPrivateAddresses, resolveAddresses };
  return withDeadline(
    { clock, timeoutMs: VERIFY_TIMEOUT_MS, onTimeout },
    (signal) => verifier(request, { clock, fetch, addressOptions, signal }),
  );
}
