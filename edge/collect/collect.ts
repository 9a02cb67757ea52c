import { remove } from "../../src/store/writes.ts";
import { inParallel } from "../in_parallel.ts";
import type { EdgeContext } from "../context.ts";
import { askedAtMs, batchDueAtMs } from "./poll_schedule.ts";
import { createLeases, type HeldLease, type Leases } from "../../src/base/lease.ts";
import type { CollectReport } from "../options.ts";
import { askClient, type ClientBatches } from "./ask_client.ts";
import { type BatchRecord, isEnded } from "../records/batch_record.ts";
import { type CollectRound, guarded, nextBatchAtMs, noteStanding } from "./collect_round.ts";
import { createBudget } from "./budget.ts";
import { fail } from "./ask_queue.ts";
import { finishBatch } from "../deliver/finish_batch.ts";
import { isLeased } from "../submit/submission_lease.ts";
import { inSpan } from "../../src/telemetry/telemetry.ts";
import { readListed } from "../records/json_record.ts";
import { batchKey, COLLECT_LEASE, OPEN_PREFIX, openKey } from "../records/keys.ts";
import { deliverDue, type OutboxReport, surveyOutbox } from "../deliver/deliver_due.ts";
import type { Client } from "../../mod.ts";
import { submitBatch } from "../submit/submit_batch.ts";

/** This share of the requests is kept for messages, and as many for submissions that are due. */
const KEPT_SHARE = 4;

/** Shorter than a minute: a process that a cron job keeps up for that long sees whether another one has ended. */
export const COLLECT_LEASE_MS = 30_000;

/** What each handler knows of the leases in its store, from one round to the next. */
const leasesOf = new WeakMap<EdgeContext, Leases>();

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
  const leases = leasesOf.get(context) ?? createLeases(context);
  leasesOf.set(context, leases);
  const taking = await leases.take({ name: COLLECT_LEASE, lengthMs: COLLECT_LEASE_MS });
  const { lease } = taking;
  if (lease === undefined) return await reportElsewhere(context, taking);
  const stop = AbortSignal.any(signal === undefined ? [lease.signal] : [lease.signal, signal]);
  const budget = createBudget(context, stop, lease.mayAct);
  let report: CollectReport;
  try {
    report = await collectAll({ context, budget, signal: stop, standing: new Map(), retryAtMs: new Map() });
  } finally {
    budget.end();
    await lease.release();
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
async function reportElsewhere(
  context: EdgeContext,
  { lookAgainMs }: HeldLease,
): Promise<CollectReport> {
  const open = await readOpenBatches(context);
  for (const record of open) isLeased(context, record); // From now on its lease is seen here, too.
  const { waitingMessages } = await surveyOutbox(context);
  return {
    nextAtMs: context.clock.nowMs() + lookAgainMs,
    isElsewhere: true,
    openBatches: open.length,
    waitingMessages,
  };
}

function earliest(...times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** The batches that are not at their end. An entry of the list that no batch belongs to is taken out. */
async function readOpenBatches(context: EdgeContext): Promise<BatchRecord[]> {
  const records: BatchRecord[] = [];
  for (const { id, found } of await readListed<BatchRecord>(context, OPEN_PREFIX, batchKey)) {
    if (found !== undefined) records.push(found.value);
    else await remove(context.store, openKey(id)); // An operator has deleted it, as it could not be read.
  }
  return records;
}

/** The service may hold a submission for a minute: others go on meanwhile. */
const WIDTH = 4;

/** The batches whose submission is due: a process has left it behind, or it was put off. */
function dueSubmissions({ standing, context }: CollectRound): BatchRecord[] {
  const nowMs = context.clock.nowMs();
  return [...standing.values()]
    .filter((record) => record.state === "submitting" && (batchDueAtMs(record, nowMs) ?? Infinity) <= nowMs)
    .sort((one, other) => one.submission.nextAttemptAtMs - other.submission.nextAttemptAtMs);
}

/** Goes on with submissions that are due, as far as the budget goes. */
async function submitDue(round: CollectRound): Promise<void> {
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

/**
 * Asks for the tasks of all batches that are due: who has waited longest comes first, and who finds no room comes first
 * the next time.
 *
 * @param keptRequests How many requests of the budget are for other work.
 */
async function collectResults(round: CollectRound, keptRequests: number): Promise<void> {
  const { context: { clock }, standing } = round;
  const nowMs = clock.nowMs();
  const running = [...standing.values()]
    .filter(({ state }) => state === "running")
    .sort((one, other) => askedAtMs(one) - askedAtMs(other));
  const due = running.filter((record) => (batchDueAtMs(record, nowMs) ?? Infinity) <= nowMs);
  if (due.length === 0) return;
  const soon = running.filter((record) => isDueSoon(record, nowMs));
  for (const group of await byClient(round, due, soon)) await askClient(round, group, keptRequests);
}

/** Whether half of the time until it is due is over: asked for now, it is asked for with the others from then on. */
function isDueSoon(record: BatchRecord, nowMs: number): boolean {
  const dueMs = batchDueAtMs(record, nowMs) ?? Infinity;
  return dueMs > nowMs && record.collection?.failures === 0 && dueMs - nowMs <= nowMs - askedAtMs(record);
}

async function byClient(
  round: CollectRound,
  due: readonly BatchRecord[],
  soon: readonly BatchRecord[],
): Promise<ClientBatches[]> {
  const clientOf = clientFinder(round);
  const groups = new Map<Client, { client: Client; due: BatchRecord[]; soon: BatchRecord[] }>();
  for (const record of due) {
    try {
      const client = await clientOf(record);
      const group = groups.get(client) ?? { client, due: [], soon: [] };
      group.due.push(record);
      groups.set(client, group);
    } catch (error) {
      await fail(round, [record], error);
    }
  }
  for (const record of soon) {
    const client = await clientOf(record).catch(() => undefined); // It is told once it is due.
    if (client !== undefined) groups.get(client)?.soon.push(record);
  }
  return [...groups.values()];
}

/** Finds the client of a batch; for the same hook and claims it is looked for once. */
function clientFinder({ context }: CollectRound): (record: BatchRecord) => Promise<Client> {
  const clients = new Map<string, Promise<Client>>();
  const find = async (hookName: string, claims: BatchRecord["claims"]): Promise<Client> => {
    const hook = context.hooks.get(hookName);
    if (hook === undefined) throw new Error(`There is no hook '${hookName}' any more`);
    return await context.clientFor(hook, claims);
  };
  return ({ hook, claims }) => {
    const key = JSON.stringify([hook, claims]);
    const client = clients.get(key) ?? find(hook, claims);
    clients.set(key, client);
    return client;
  };
}
