import type { BatchRecord } from "../records/batch_record.ts";

/** What there is to say of a batch without its tasks. What the sender proved of itself is not in it. */
export interface BatchSummary extends Pick<BatchRecord, "state" | "hook" | "deliveryId" | "endpointId"> {
  batchId: string;
  createdAt: string;
  updatedAt: string;
  endedAt?: string;
  taskGroupId?: string;
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
    ...(record.endedAtMs === undefined ? {} : { endedAt: iso(record.endedAtMs) }),
    endpointId,
    ...(taskGroupId === undefined ? {} : { taskGroupId }),
    taskCount,
    counts: {
      pending: counts.pending,
      success: counts.success,
      failed: counts.failed,
      lost: counts.lost,
    },
  };
}

/** A time as JSON has it. */
export function iso(ms: number): string {
  return new Date(ms).toISOString();
}
