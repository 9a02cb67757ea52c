import { type BatchReceipt, batchRun, type Client } from "../../mod.ts";
import { inSpan } from "../../src/telemetry/telemetry.ts";
import type { EdgeContext } from "../context.ts";
import type { BatchRecord, SentBatch } from "../records/batch_record.ts";
import { readRecord } from "../records/json_record.ts";
import { batchKey, sentKey } from "../records/keys.ts";
import { judgeFailure } from "./judge_failure.ts";
import { noteFailure, noteTaken } from "./note_outcome.ts";
import { inGate } from "./submission_gate.ts";
import { takeLease, whileHeld } from "./submission_lease.ts";

/** What an attempt to submit a batch came to. */
export interface SubmissionAttempt {
  /** The batch as it stands now, if there is one. */
  readonly record: BatchRecord | undefined;
  /** Where surely none of its tasks was taken: why. */
  readonly untaken?: { readonly error: unknown };
}

/** Submits a batch, unless that is done, or somebody else is at it. */
export async function attemptSubmission(context: EdgeContext, batchId: string): Promise<SubmissionAttempt> {
  const record = (await readRecord<BatchRecord>(context.store, batchKey(batchId)))?.value;
  if (record === undefined || record.state !== "submitting") return { record };
  const { hook, endpointId, traceparent } = record;
  const start = () => ({
    name: "globus_compute.submission",
    attributes: {
      "globus_compute.hook": hook,
      "globus_compute.batch.id": batchId,
      "globus_compute.endpoint.id": endpointId,
    },
    traceparent,
  });
  return await inSpan(start, () => submitRecord(context, record));
}

async function submitRecord(context: EdgeContext, record: BatchRecord): Promise<SubmissionAttempt> {
  const { id: batchId } = record;
  let client: Client;
  try {
    client = await clientOf(context, record);
  } catch (error) {
    return await underLease(context, batchId, () => Promise.reject(error));
  }
  return await inGate(
    client,
    record.endpointId,
    () =>
      underLease(context, batchId, async ({ submission: { key } }) => {
        const { endpointId, tasks, options } = await readSent(context, batchId);
        return await batchRun(client, { ...options, endpointId, tasks }, { key });
      }),
  );
}

async function clientOf(context: EdgeContext, { hook: name, claims }: BatchRecord): Promise<Client> {
  const hook = context.hooks.get(name);
  if (hook === undefined) throw new Error(`There is no hook '${name}' any more`);
  return await context.clientFor(hook, claims);
}

async function readSent(context: EdgeContext, batchId: string): Promise<SentBatch> {
  const sent = await readRecord<SentBatch>(context.store, sentKey(batchId));
  if (sent === undefined) throw new RangeError("What was to be submitted is no longer in the store");
  return sent.value;
}

/** Submits under the record's lease, and notes what became of it; once more where a doubt is to be sent again. */
async function underLease(
  context: EdgeContext,
  batchId: string,
  send: (record: BatchRecord) => Promise<BatchReceipt>,
): Promise<SubmissionAttempt> {
  for (;;) {
    const { record, lease } = await takeLease(context, batchId, "submitting");
    if (record === undefined || lease === undefined) return { record };
    let receipt: BatchReceipt;
    try {
      receipt = await whileHeld(context, lease, () => send(record));
    } catch (error) {
      const failure = await judgeFailure(context, record, error);
      const noted = await noteFailure(context, lease, failure, error);
      const isUntaken = failure.kind === "forGood" || (failure.kind === "passing" && failure.isUntaken);
      if (isUntaken) return { record: noted, untaken: { error } };
      if (noted?.state === "submitting" && noted.submission.key !== record.submission.key) continue;
      return { record: noted };
    }
    return { record: await noteTaken(context, lease, receipt) };
  }
}
