import type { ClientContext } from "../http/client.ts";
import { withDeadline } from "../base/deadline.ts";
import type { BatchReceipt } from "../wire/receipt.ts";
import type { PartsOptions, Submission } from "./submit_in_parts.ts";

/**
 * Submits under a key; what that takes is loaded with the first key.
 */
export async function submitUnderKey(
  context: ClientContext,
  key: string,
  submission: Submission,
  options: PartsOptions & { signal: AbortSignal },
): Promise<BatchReceipt> {
  const { submitKeyed } = await withDeadline(
    { signal: options.signal },
    () => import("./keyed_submission.ts"),
  );
  return await submitKeyed(context, key, submission, options);
}
