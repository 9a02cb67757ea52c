import type { Client } from "../../mod.ts";
import { inSpan } from "../../src/telemetry/telemetry.ts";
import type { EdgeContext } from "../context.ts";
import { createBudget } from "../deliver/budget.ts";
import { deliverDue } from "../deliver/deliver_due.ts";
import type { OutboxEntry, WaitingEntry } from "../deliver/outbox.ts";
import { inParallel } from "../in_parallel.ts";
import type { HeldLane } from "../lane.ts";
import type { CollectReport } from "../options.ts";
import type { BatchRecord } from "../records/batch_record.ts";
import { requestsOf } from "../requests.ts";
import { isToSubmit } from "../submit/steps.ts";
import { clientOfBatch, isUnderWay, submitBatch } from "../submit/submit_batch.ts";
import { askClient } from "./ask_client.ts";
import { fail } from "./ask_queue.ts";
import { type CollectRound, type DueBatch, guarded, noteError } from "./collect_round.ts";
import { catchUp, DUE_AT_ONCE, eachDue, isOfBatch, nextDueAtMs, readEntries } from "./due_work.ts";

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
    const { lane: own } = requestsOf(context);
    const holding = await own.hold((lane) => collectInLane(context, lane, signal));
    await own.released(); // A job that calls this, and ends, must not leave the lane held.
    const nextAtMs = holding.isHeld ? holding.value : context.clock.nowMs() + holding.lookAgainMs;
    span.add({ "globus_compute.is_elsewhere": !holding.isHeld });
    if (holding.isHeld && nextAtMs !== undefined) await context.due(nextAtMs);
    return { nextAtMs, isElsewhere: !holding.isHeld };
  });
}

/** @returns When something is due next. */
async function collectInLane(
  context: EdgeContext,
  lane: HeldLane,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const stop = AbortSignal.any(signal === undefined ? [lane.signal] : [lane.signal, signal]);
  const budget = createBudget(context, stop, lane.mayAct);
  const round = { context, lane, budget, signal: stop };
  try {
    if (!await catchUp(round)) return context.clock.nowMs();
    await collectDue(round);
    return await nextDueAtMs(round);
  } finally {
    budget.end();
  }
}

async function collectDue(round: CollectRound): Promise<void> {
  const { context, budget, lane, signal } = round;
  const nowMs = context.clock.nowMs();
  const submissions: DueBatch[] = [];
  const polls: DueBatch[] = [];
  // However many submissions wait, all is looked through: results are not left to perish.
  await eachDue(context, isOfBatch, async (entries) => {
    for (const found of await readEntries<BatchRecord>(context, entries)) {
      const { submission, collection } = found.value;
      const isDue = isToSubmit(found.value) && (submission.nextAtMs ?? 0) <= nowMs;
      if (isDue && submissions.length < DUE_AT_ONCE) submissions.push(found);
      if ((collection?.nextAtMs ?? Infinity) <= nowMs) polls.push(found);
    }
    return polls.length < DUE_AT_ONCE;
  });
  // Results first, as they perish.
  const kept = Math.floor(context.limits.maxRequestsPerCollect / KEPT_SHARE);
  const keptRequests = submissions.length > 0 ? 2 * kept : kept;
  for (const [client, due] of await byClient(round, polls)) await askClient(round, client, due, keptRequests);
  // What has just ended is told in the same call.
  let messages: WaitingEntry[] = [];
  await eachDue(context, (one) => !isOfBatch(one), async (entries) => {
    messages = await readEntries<OutboxEntry>(context, entries);
    return false;
  });
  const onError = ({ key, value: { batchId } }: WaitingEntry, error: unknown) =>
    noteError(context, { recordKey: key, batchId }, error);
  await Promise.all([
    deliverDue({ context, budget, lane, signal }, messages, onError),
    submitDue(round, submissions),
  ]);
}

/** The service may hold a submission for a minute: others go on meanwhile. */
const WIDTH = 4;

/** Goes on with submissions that are due, as far as the budget goes. */
async function submitDue(round: CollectRound, due: readonly DueBatch[]): Promise<void> {
  const { context, budget } = round;
  await inParallel(due, WIDTH, async ({ value: { id } }) => {
    const reserved = budget.isLate() || isUnderWay(context, id) ? undefined : budget.reserve();
    if (reserved === undefined) return;
    try {
      await guarded(round, id, async () => void await submitBatch(context, id));
    } finally {
      reserved.release();
    }
  });
}

/** The batches that are due, by the client that acts for them. */
async function byClient(round: CollectRound, due: readonly DueBatch[]): Promise<Map<Client, DueBatch[]>> {
  const find = clientFinder(round.context);
  const groups = new Map<Client, DueBatch[]>();
  // All at once: accounts whose authorizers do not answer are waited for together, and others have time left.
  const clients = await Promise.allSettled(due.map(({ value }) => find(value)));
  for (const [place, found] of due.entries()) {
    const client = clients[place] as PromiseSettledResult<Client>;
    if (client.status === "rejected") {
      await fail(round, [found], client.reason);
      continue;
    }
    const group = groups.get(client.value) ?? [];
    groups.set(client.value, group);
    group.push(found);
  }
  return groups;
}

/** Finds the client of a batch; for the same hook and claims it is looked for once. */
function clientFinder(context: EdgeContext): (record: BatchRecord) => Promise<Client> {
  const clients = new Map<string, Promise<Client>>();
  return (record) => {
    const key = JSON.stringify([record.hook, record.claims]);
    const client = clients.get(key) ?? clientOfBatch(context, record);
    clients.set(key, client);
    return client;
  };
}
