import type { BatchReceipt, Client } from "../../mod.ts";
import { batchRun } from "../../src/tasks/batch_run.ts";
import { noteFailure, noteTaken } from "./note_outcome.ts";
import type { EdgeContext } from "../context.ts";
import type { BatchRecord, SentBatch } from "../records/batch_record.ts";
import { judgeFailure } from "./judge_failure.ts";
import { inSpan } from "../../src/telemetry/telemetry.ts";
import { readRecord, type Versioned } from "../records/json_record.ts";
import { batchKey, sentKey } from "../records/keys.ts";
import { takeLease, whileHeld } from "./submission_lease.ts";
import { inGate } from "./submission_gate.ts";

/** What an attempt to submit a batch came to. */
export interface SubmissionAttempt {
  /** The batch as it stands now, if there is one. */
  readonly record: BatchRecord | undefined;
  /** The ids of its tasks, where it has just been taken. */
  readonly taskIds?: readonly string[];
  /** Where surely none of its tasks was taken, nor will be: why. */
  readonly refusal?: { readonly cause: unknown };
}

/** What stands in the store for a batch that has just been written. */
export interface WrittenBatch {
  readonly record: Versioned<BatchRecord>;
  readonly sent: SentBatch;
}

/**
 * Submits a batch, unless that is done, or somebody else is at it.
 *
 * @param written What need not be read again.
 */
export async function attemptSubmission(
  context: EdgeContext,
  batchId: string,
  written?: WrittenBatch,
): Promise<SubmissionAttempt> {
  const found = written?.record ?? await readRecord<BatchRecord>(context.store, batchKey(batchId));
  if (found === undefined || found.value.state !== "submitting") return { record: found?.value };
  const { hook, endpointId, traceparent } = found.value;
  const start = () => ({
    name: "globus_compute.submission",
    attributes: {
      "globus_compute.hook": hook,
      "globus_compute.batch.id": batchId,
      "globus_compute.endpoint.id": endpointId,
    },
    traceparent,
  });
  return await inSpan(start, async (span) => {
    const attempt = await submitRecord(context, found, written?.sent);
    span.add({ "globus_compute.batch.state": attempt.record?.state ?? "none" });
    return attempt;
  });
}

async function submitRecord(
  context: EdgeContext,
  found: Versioned<BatchRecord>,
  made: SentBatch | undefined,
): Promise<SubmissionAttempt> {
  const { id: batchId } = found.value;
  let client: Client;
  try {
    client = await clientOf(context, found.value);
  } catch (error) {
    return await underLease(context, batchId, found, () => Promise.reject(error));
  }
  return await inGate(
    client,
    found.value.endpointId,
    () =>
      underLease(context, batchId, found, async ({ submission: { key } }) => {
        const { endpointId, tasks, options } = made ?? await readSent(context, batchId);
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
  found: Versioned<BatchRecord>,
  send: (record: BatchRecord) => Promise<BatchReceipt>,
): Promise<SubmissionAttempt> {
  for (let guess: Versioned<BatchRecord> | undefined = found;; guess = undefined) {
    const { record, lease } = await takeLease(context, batchId, "submitting", guess);
    if (record === undefined || lease === undefined) return { record };
    let receipt: BatchReceipt;
    try {
      receipt = await whileHeld(context, lease, () => send(record));
    } catch (error) {
      const failure = await judgeFailure(context, record, error);
      const noted = await noteFailure(context, lease, failure, error);
      if (failure.kind === "forGood") return { record: noted, refusal: { cause: error } };
      if (noted?.state === "submitting" && noted.submission.key !== record.submission.key) continue;
      return { record: noted };
    }
    const { record: noted, isNoted } = await noteTaken(context, lease, receipt);
    return { record: noted, ...(isNoted ? { taskIds: receipt.taskIds } : {}) };
  }
}
