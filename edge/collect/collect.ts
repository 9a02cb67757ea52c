import { inSpan } from "../../src/telemetry/telemetry.ts";
import type { EdgeContext } from "../context.ts";
import { deliverDue, type OutboxReport, surveyOutbox } from "../deliver/deliver_due.ts";
import type { CollectReport } from "../options.ts";
import { isEnded } from "../records/batch_record.ts";
import { createBudget } from "./budget.ts";
import { collectResults } from "./collect_results.ts";
import { type CollectRound, guarded, nextBatchAtMs } from "./collect_round.ts";
import { finishBatch } from "./finish_batch.ts";
import { isLeased } from "../submit/submission_lease.ts";
import { LEASE_MS, takeLease } from "./lease.ts";
import { readOpenBatches } from "./read_open_batches.ts";
import { dueSubmissions, submitDue } from "./submit_due.ts";

/** This share of the requests is kept for messages, and as many for submissions that are due. */
const KEPT_SHARE = 4;

/**
 * Does what is due: asks for results, goes on with submissions, delivers messages. Of several processes that share a
 * store one works at a time. It begins nothing new after a minute, or once the signal is aborted, and can be
 * ended at any point: the next call goes on from what the store has.
 */
export async function collect(
  context: EdgeContext,
  { signal }: { signal?: AbortSignal } = {},
): Promise<CollectReport> {
  return await inSpan(() => ({ name: "globus_compute.collect" }), async (span) => {
    const report = await collectLeased(context, signal);
    span.add({
      "globus_compute.is_elsewhere": report.isElsewhere,
      "globus_compute.open_batches": report.openBatches,
      "globus_compute.waiting_messages": report.waitingMessages,
    });
    return report;
  });
}

async function collectLeased(context: EdgeContext, signal: AbortSignal | undefined): Promise<CollectReport> {
  const lease = await takeLease(context);
  if (lease === undefined) return await reportElsewhere(context);
  const stop = AbortSignal.any(signal === undefined ? [lease.signal] : [lease.signal, signal]);
  const budget = createBudget(context, stop);
  let report: CollectReport;
  try {
    report = await collectAll({ context, budget, signal: stop, standing: new Map(), retryAtMs: new Map() });
  } finally {
    budget.end();
    await lease.giveBack();
  }
  if (report.nextAtMs !== undefined) await context.due(report.nextAtMs);
  return report;
}

async function collectAll(round: CollectRound): Promise<CollectReport> {
  const { context, budget, signal, standing } = round;
  for (const record of await readOpenBatches(context)) standing.set(record.id, record);
  // Results first, as they perish.
  const kept = Math.floor(context.limits.maxRequestsPerCollect / KEPT_SHARE);
  await collectResults(round, dueSubmissions(round).length > 0 ? 2 * kept : kept);
  const deliver = async (): Promise<OutboxReport> => {
    await finishEnded(round);
    return await deliverDue(context, budget, signal);
  };
  const [outbox] = await Promise.all([deliver(), submitDue(round)]);
  return {
    nextAtMs: earliest(nextBatchAtMs(round), outbox.nextAtMs),
    isElsewhere: false,
    openBatches: standing.size,
    waitingMessages: outbox.waitingMessages,
  };
}

async function finishEnded(round: CollectRound): Promise<void> {
  const { context, budget, standing } = round;
  for (const record of [...standing.values()].filter(({ state }) => isEnded(state))) {
    if (budget.isLate()) return;
    await guarded(round, record.id, async () => {
      if (await finishBatch(context, record, budget.isLate)) standing.delete(record.id);
    });
  }
}

/** It is looked at again once the lease may be over: the process that has it may have ended. */
async function reportElsewhere(context: EdgeContext): Promise<CollectReport> {
  const open = await readOpenBatches(context);
  for (const record of open) isLeased(context, record); // From now on its lease is seen here, too.
  const { waitingMessages } = await surveyOutbox(context);
  return {
    nextAtMs: context.clock.nowMs() + LEASE_MS,
    isElsewhere: true,
    openBatches: open.length,
    waitingMessages,
  };
}

function earliest(...times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
