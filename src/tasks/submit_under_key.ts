import type { ClientContext } from "../http/client.ts";
import { withDeadline } from "../base/deadline.ts";
import type { BatchReceipt } from "../wire/receipt.ts";
import type { Submission, SubmitCallOptions } from "./submit_in_parts.ts";

let submitKeyed: typeof import("./keyed_submission.ts").submitKeyed | undefined;

/**
 * Submits under a key; what that takes is loaded with the first key.
 * @see {@linkcode submitKeyed}
 */
export async function submitUnderKey(
  context: ClientContext,
  key: string,
  submission: Submission,
  options: SubmitCallOptions & { signal: AbortSignal },
): Promise<BatchReceipt> {
  submitKeyed ??=
    (await withDeadline({ signal: options.signal }, () => import("./keyed_submission.ts"))).submitKeyed;
  return await submitKeyed(context, key, submission, options);
}
