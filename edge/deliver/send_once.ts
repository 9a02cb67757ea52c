import type { EdgeContext } from "../context.ts";
import { retryAfterMs } from "../../src/base/retry_after.ts";
import { withDeadline } from "../../src/base/deadline.ts";

/** What came of one request: an answer, or why there is none. */
export type SendOutcome =
  | { readonly status: number; readonly headers: Headers; readonly retryAfterMs: number | undefined }
  | { readonly status: undefined; readonly cause: string };

const TIMEOUT_MS = 20_000;

/**
 * Sends a request once. No redirect is followed, and nothing of the answer's body is read. It never rejects, and no
 * address is in what it says: a runtime's own errors name the address.
 */
export async function sendOnce(
  { clock, fetch }: Pick<EdgeContext, "clock" | "fetch">,
  makeRequest: (signal: AbortSignal) => Request,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const late = new Error(`there was no answer within ${TIMEOUT_MS / 1000} s`);
  try {
    return await withDeadline(
      { clock, timeoutMs: TIMEOUT_MS, onTimeout: () => late, signal },
      async (ended) => {
        const response = await fetch(makeRequest(ended));
        response.body?.cancel().catch(() => {}); // It may have failed already.
        const { status, headers } = response;
        return { status, headers, retryAfterMs: retryAfterMs(headers, clock.nowMs()) };
      },
    );
  } catch (error) {
    return { status: undefined, cause: error === late ? late.message : "there was no connection" };
  }
}
