import type { EdgeContext } from "../context.ts";
import type { HeldLane } from "../lane.ts";
import type { Versioned } from "../records/json_record.ts";
import type { BatchRecord } from "../records/batch_record.ts";
import { batchKey } from "../records/keys.ts";
import type { Budget } from "../deliver/budget.ts";

/** A batch that is due. */
export type DueBatch = Versioned<BatchRecord>;

/** What the parts of one call of `collect` share. */
export interface CollectRound {
  readonly context: EdgeContext;
  readonly lane: HeldLane;
  readonly budget: Budget;
  /** Is aborted when nothing new is to be begun. */
  readonly signal: AbortSignal;
}

/** What has failed here is left alone for so long. */
const RETRY_MS = 30_000;

/** When that is over, by the monotonic clock and by the keys of records. The store may be what has failed: it is not asked. */
const resting = new WeakMap<EdgeContext, Map<string, number>>();

/** For how long something is left alone by now, as something has failed with it here. */
export function restMs(context: EdgeContext, recordKey: string): number {
  const own = resting.get(context);
  const leftMs = (own?.get(recordKey) ?? -Infinity) - context.clock.monotonicMs();
  if (leftMs > 0) return leftMs;
  own?.delete(recordKey);
  return 0;
}

/** Notes that something has failed here: it is tried again after a while, and ends nothing else. */
export function noteError(
  context: EdgeContext,
  { recordKey, batchId }: { recordKey: string; batchId: string },
  error: unknown,
): void {
  const own = resting.get(context) ?? new Map<string, number>();
  resting.set(context, own);
  const nowMs = context.clock.monotonicMs();
  for (const [key, untilMs] of own) if (untilMs <= nowMs) own.delete(key); // What is gone is not asked for again.
  own.set(recordKey, nowMs + RETRY_MS);
  context.tell({ kind: "collectFailed", batchIds: [batchId], error });
}

/** Does work on a batch: what fails is told, and ends nothing else. */
export async function guarded(
  { context }: CollectRound,
  batchId: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    noteError(context, { recordKey: batchKey(batchId), batchId }, error);
  }
}
