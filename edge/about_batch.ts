import type { BatchEvent } from "./event.ts";
import type { BatchRecord } from "./records/batch_record.ts";

/** What every event of a batch tells of it. */
export function aboutBatch(
  { id: batchId, hook, deliveryId, traceparent, taskGroupId }: BatchRecord,
): Omit<BatchEvent, "kind" | "error"> {
  return {
    hook,
    batchId,
    deliveryId,
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(taskGroupId === undefined ? {} : { taskGroupId }),
  };
}
