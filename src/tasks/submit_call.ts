import { ComputeSubmissionError } from "../errors/submission_error.ts";
import { withCallSignal } from "../http/call_options.ts";
import type { ClientContext } from "../http/client.ts";
import { withDeadline } from "../base/deadline.ts";
import { notify } from "../base/notify.ts";
import type { Batch } from "../wire/batch.ts";
import type { BatchReceipt } from "../wire/receipt.ts";
import type { WaitOptions } from "./as_completed.ts";
import { encodeSubmission, submitted } from "./submission.ts";
import { submitTogether } from "./coalescer.ts";
import { warnIfOffline } from "./endpoint_online.ts";
import { submitUnderKey } from "./submit_under_key.ts";
import type { Submission } from "./submit_in_parts.ts";
import { warnOfUnread } from "./unread.ts";
import { messageOf } from "../base/narrow.ts";

/** What {@linkcode callFunction} and {@linkcode mapFunction} take last. */
export interface FunctionCallOptions extends WaitOptions {
  /**
   * A name for this call, of your own. What is sent is put into the store under it before it is sent: the same
   * call with the same key, in another process with the same store too, picks the work up and never submits twice.
   */
  key?: string | undefined;
  /** Is told the ids of the tasks as soon as they are submitted. What it throws reaches nobody. */
  onSubmitted?: ((receipt: BatchReceipt) => void) | undefined;
}

/** The options of a call, beside a signal and a time. */
export const CALL_KEYS = "onProgress key onSubmitted";

/** Submits the tasks of a call: under its key, or together with other calls. */
export async function submitCall(
  context: ClientContext,
  batch: Batch,
  options: FunctionCallOptions,
): Promise<BatchReceipt> {
  const submission = await encodeSubmission(batch);
  options.signal?.throwIfAborted();
  warnOfUnread(context);
  const { key, onSubmitted } = options;
  const tell = (receipt: BatchReceipt) => {
    submitted(context, receipt);
    notify(onSubmitted, receipt);
  };
  // 0 is for the look at the outcome: no submission would be through in no time.
  const timeoutMs = options.timeoutMs || undefined;
  const [receipt] = await withCallSignal(
    context.clock,
    { ...options, timeoutMs },
    "The submission",
    (signal) =>
      Promise.all([
        key === undefined
          ? submitGathered(context, submission, signal, tell)
          : submitUnderKey(context, key, submission, { signal }),
        warnIfOffline(context, submission.endpointId, signal),
      ]),
  );
  tell(receipt);
  return receipt;
}

async function submitGathered(
  context: ClientContext,
  { endpointId, envelope, tasks }: Submission,
  signal: AbortSignal,
  tell: (receipt: BatchReceipt) => void,
): Promise<BatchReceipt> {
  const { receipt, withdraw } = submitTogether(context, endpointId, envelope, tasks);
  try {
    return await withDeadline({ signal }, () => receipt);
  } catch (cause) {
    if (cause !== signal.reason || withdraw()) throw cause;
    // It travels with other calls, which go on: `onSubmitted` still hears of it.
    receipt.then(tell, () => {});
    const reason = messageOf(cause);
    throw new ComputeSubmissionError(
      `The call was given up while it was being submitted, and may run: ${reason}`,
      {
        ambiguous: true,
        cause,
      },
    );
  }
}
