import { submitBatch } from "../submit/submit_batch.ts";
import type { BatchRecord } from "../records/batch_record.ts";
import { type CollectRound, guarded, noteStanding } from "./collect_round.ts";
import { inParallel } from "./in_parallel.ts";
import { batchDueAtMs } from "./poll_schedule.ts";

/** The service may hold a submission for a minute: others go on meanwhile. */
const WIDTH = 4;

/** The batches whose submission is due: a process has left it behind, or it was put off. */
export function dueSubmissions({ standing, context }: CollectRound): BatchRecord[] {
  const nowMs = context.clock.nowMs();
  return [...standing.values()]
    .filter((record) => record.state === "submitting" && (batchDueAtMs(record, nowMs) ?? Infinity) <= nowMs)
    .sort((one, other) => one.submission.nextAttemptAtMs - other.submission.nextAttemptAtMs);
}

/** Goes on with submissions that are due, as far as the budget goes. */
export async function submitDue(round: CollectRound): Promise<void> {
  const { context, budget } = round;
  await inParallel(dueSubmissions(round), WIDTH, async ({ id }) => {
    const reserved = budget.isLate() ? undefined : budget.reserve();
    if (reserved === undefined) return;
    try {
      await guarded(round, id, async () => noteStanding(round, id, await submitBatch(context, id)));
    } finally {
      reserved.release();
    }
  });
}
