import type { EdgeContext } from "../context.ts";
import type { VerifierContext } from "./verifier.ts";

/** What the handler's verifiers may use, until the signal ends. */
export function verifierContext(
  { clock, fetch, options }: Pick<EdgeContext, "clock" | "fetch" | "options">,
  signal: AbortSignal,
): VerifierContext {
  return {
    clock,
    fetch,
    async checkAddress(url, { signal }) {
      const { checkAddress } = await import("../check_address.ts"); // Few verifiers need it.
      return (await checkAddress({ clock, options }, url, signal))?.cause;
    },
    signal,
  };
}
