import { type CallOptions, withCallSignal } from "../http/call_options.ts";
import { type Client, type ClientContext, contextOf } from "../http/client.ts";
import type { Batch } from "../wire/batch.ts";
import { withParts } from "../wire/on_demand.ts";
import type { BatchReceipt } from "../wire/receipt.ts";
import { encodeEnvelope, encodeTasks } from "../wire/submit_body.ts";
import { checkUuid } from "../wire/uuid.ts";
import { warnIfOffline } from "./endpoint_online.ts";
import type { Submission } from "./submit_in_parts.ts";
import { followSubmitted, warnOfUnread } from "./unread.ts";

/** Encodes a batch whole, before anything of it is sent. */
export async function encodeSubmission(batch: Batch): Promise<Submission> {
  return await withParts(() => ({
    envelope: encodeEnvelope(batch),
    endpointId: checkUuid(batch.endpointId, "endpointId"),
    tasks: encodeTasks(batch.tasks, batch.argumentSerializer),
  }));
}

/** What is done with each receipt before it is handed over. */
export function submitted(context: ClientContext, receipt: BatchReceipt): BatchReceipt {
  followSubmitted(context, receipt.taskIds);
  return receipt;
}

/** Submits a batch that is encoded, within the time that its caller gives. */
export async function submitWhole(
  client: Client,
  { endpointId }: Submission,
  options: CallOptions,
  submit: (context: ClientContext, signal: AbortSignal) => Promise<BatchReceipt>,
): Promise<BatchReceipt> {
  const context = contextOf(client);
  options.signal?.throwIfAborted();
  warnOfUnread(context);
  const [receipt] = await withCallSignal(
    context.clock,
    options,
    "The submission",
    (signal) => Promise.all([submit(context, signal), warnIfOffline(context, endpointId, signal)]),
  );
  return submitted(context, receipt);
}
