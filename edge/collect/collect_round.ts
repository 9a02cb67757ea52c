import type { EdgeContext } from "../context.ts";
import type { BatchRecord } from "../records/batch_record.ts";
import type { Budget } from "./budget.ts";
import { againAtMs } from "./poll_schedule.ts";
import { isLeased } from "../submit/submission_lease.ts";

/** What the parts of one call of `collect` share. */
export interface CollectRound {
  readonly context: EdgeContext;
  readonly budget: Budget;
  /** Is aborted when nothing new is to be begun. */
  readonly signal: AbortSignal;
  /** The batches that are not at their end, as they stand. */
  readonly standing: Map<string, BatchRecord>;
  /** When a batch is tried again with which something has failed here. */
  readonly retryAtMs: Map<string, number>;
}

const RETRY_MS = 30_000;
/** When a batch is looked at again that another process has: it may have ended. */
const LOOK_AGAIN_MS = 5_000;

/** Notes how a batch stands; one that is not in the store any more is not open. */
export function noteStanding(
  { standing }: CollectRound,
  batchId: string,
  record: BatchRecord | undefined,
): void {
  if (record === undefined) standing.delete(batchId);
  else standing.set(batchId, record);
}

/** Does work on a batch: what fails is told, and ends nothing else. */
export async function guarded(
  { context: { clock, tell }, retryAtMs }: CollectRound,
  batchId: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    retryAtMs.set(batchId, clock.nowMs() + RETRY_MS);
    tell({ kind: "collectFailed", batchIds: [batchId], error });
  }
}

/** When something is due for one of the batches; nothing where nothing will be. */
export function nextBatchAtMs({ standing, retryAtMs, context }: CollectRound): number | undefined {
  let nextMs: number | undefined;
  for (const [batchId, record] of standing) {
    const nowMs = context.clock.nowMs();
    const atMs = retryAtMs.get(batchId) ?? againAtMs(record, nowMs);
    const isElsewhere = record.state === "submitting" && isLeased(context, record);
    const earliestMs = isElsewhere ? nowMs + LOOK_AGAIN_MS : nowMs;
    if (atMs !== undefined) nextMs = Math.min(nextMs ?? Infinity, Math.max(atMs, earliestMs));
  }
  return nextMs;
}
