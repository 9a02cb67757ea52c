import type { BatchRecord } from "../records/batch_record.ts";

/** What there is to say of a batch without its tasks. What the sender proved of itself is not in it. */
export interface BatchSummary extends Pick<BatchRecord, "state" | "hook" | "deliveryId" | "endpointId"> {
  batchId: string;
  createdAt: string;
  updatedAt: string;
  endedAt: string | undefined;
  /** When its payload and its results were removed. */
  removedAt: string | undefined;
  taskGroupId: string | undefined;
  taskCount: number;
  counts: BatchRecord["counts"];
}

/** Makes the summary of a batch. */
export function batchSummary(record: BatchRecord): BatchSummary {
  const { id, hook, deliveryId, state, endpointId, taskGroupId, taskCount, counts } = record;
  return {
    batchId: id,
    hook,
    deliveryId,
    state,
    createdAt: iso(record.createdAtMs),
    updatedAt: iso(record.updatedAtMs),
    endedAt: iso(record.endedAtMs),
    removedAt: iso(record.removedAtMs),
    endpointId,
    taskGroupId,
    taskCount,
    counts: {
      pending: counts.pending,
      success: counts.success,
      failed: counts.failed,
      lost: counts.lost,
    },
  };
}

/** A time as JSON has it; of none, JSON has nothing. */
export function iso(ms: number): string;
export function iso(ms: number | undefined): string | undefined;
export function iso(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}
