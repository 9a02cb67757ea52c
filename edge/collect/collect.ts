import { getAll, put } from "../../src/store/writes.ts";
import type { Client } from "../../mod.ts";
import { inSpan } from "../../src/telemetry/telemetry.ts";
import type { EdgeContext } from "../context.ts";
import { deliverDue } from "../deliver/deliver_due.ts";
import { entryDueAtMs, type OutboxEntry, type WaitingEntry, writeEntry } from "../deliver/outbox.ts";
import { inParallel } from "../in_parallel.ts";
import { type HeldLane, LANE } from "../lane.ts";
import type { CollectReport } from "../options.ts";
import { type BatchRecord, dueAtMs } from "../records/batch_record.ts";
import { changeBatch } from "../records/change_batch.ts";
import { batchKey, DUE_PREFIX, type DueEntry, dueKey, readDueKey } from "../records/keys.ts";
import { parseRecord, type Versioned } from "../records/json_record.ts";
import { requestsOf } from "../requests.ts";
import { isToSubmit } from "../submit/steps.ts";
import { clientOfBatch, isUnderWay, submitBatch } from "../submit/submit_batch.ts";
import { askClient } from "./ask_client.ts";
import { fail } from "./ask_queue.ts";
import { createBudget } from "../deliver/budget.ts";
import { type CollectRound, type DueBatch, guarded, noteError, restMs } from "./collect_round.ts";

/** This share of the requests is kept for messages, and as many for submissions that are due. */
const KEPT_SHARE = 4;
/** How much of what is due is read at once, of batches and of messages: more is due at the next call. */
const DUE_AT_ONCE = 1_000;
/** How many keys of what is due are read at once: most of the time not many are due. */
const KEYS_AT_ONCE = 128;
/** When what another part of this process is at is looked at again. */
const LOOK_AGAIN_MS = 5_000;
/** Clocks differ by so much without anything being wrong. */
const SLACK_MS = 5_000;
/** The time is noted anew after so long. */
const NOTE_TIME_MS = 10_000;

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

/** Hands over what is due of a kind, so many at once, for as long as more is asked for. */
async function eachDue(
  context: EdgeContext,
  isMeant: (entry: DueEntry) => boolean,
  take: (entries: readonly DueEntry[]) => Promise<boolean>,
): Promise<void> {
  const nowMs = context.clock.nowMs();
  let entries: DueEntry[] = [];
  for await (const entry of entriesInTime(context)) {
    if (entry.atMs > nowMs) break;
    // A new batch that is being submitted has nothing else to do.
    const isAtIt = entry.atMs === 0 && isUnderWay(context, entry.batchId);
    if (isAtIt || !isMeant(entry) || restMs(context, entry.recordKey) > 0) continue;
    if (entries.push(entry) < DUE_AT_ONCE) continue;
    if (!await take(entries)) return;
    entries = [];
  }
  if (entries.length > 0) await take(entries);
}

function isOfBatch({ recordKey, batchId }: DueEntry): boolean {
  return recordKey === batchKey(batchId);
}

/** Reads the records of entries. What cannot be read is told; an entry that its record does not have is taken out. */
async function readEntries<Value extends BatchRecord | OutboxEntry>(
  context: EdgeContext,
  entries: readonly DueEntry[],
): Promise<(Versioned<Value> & { key: string })[]> {
  const { store } = context;
  // One that cannot be decrypted must not stand in the way of the others: then each is read by itself.
  const texts = await getAll(store, entries.map(({ recordKey }) => recordKey)).catch(() => undefined);
  const found: (Versioned<Value> & { key: string })[] = [];
  for (const [place, entry] of entries.entries()) {
    const { key, recordKey, atMs } = entry;
    try {
      const text = texts === undefined ? await store.get(recordKey) : texts[place];
      const record = parseRecord<Value>(recordKey, text);
      const { value } = record ?? {};
      const standsAtMs = value && ("kind" in value ? entryDueAtMs(value) : dueAtMs(value));
      if (record !== undefined && standsAtMs !== undefined && Math.ceil(standsAtMs) === atMs) {
        found.push({ key: recordKey, ...record });
      } else await store.commit([{ key: recordKey, expected: text ?? null }, { key, value: null }]);
    } catch (error) {
      noteError(context, entry, error);
    }
  }
  return found;
}

/** All that is due, now or later, in the order of time: it is read as far as it is asked for. */
async function* entriesInTime({ store }: EdgeContext): AsyncGenerator<DueEntry, void, void> {
  for (let after = "";;) {
    const keys = await store.list(DUE_PREFIX, { after, limit: KEYS_AT_ONCE });
    yield* keys.map(readDueKey);
    if (keys.length < KEYS_AT_ONCE) return;
    after = keys.at(-1) as string;
  }
}

/** When something is due next. */
async function nextDueAtMs({ context }: CollectRound): Promise<number | undefined> {
  const nowMs = context.clock.nowMs();
  let nextMs = Infinity;
  for await (const entry of entriesInTime(context)) {
    // Beyond that, none comes sooner.
    if (entry.atMs >= nextMs) break;
    const isAtIt = isOfBatch(entry) && isUnderWay(context, entry.batchId);
    const restsMs = Math.max(restMs(context, entry.recordKey), isAtIt ? LOOK_AGAIN_MS : 0);
    nextMs = Math.min(nextMs, Math.max(entry.atMs, nowMs + restsMs));
    if (nextMs <= nowMs) break;
  }
  return nextMs === Infinity ? undefined : nextMs;
}

/**
 * Compares the clock with the last holder's, which each notes in the store. Where that one was ahead, all that it has put
 * off is due now: then it is looked at once, and put off anew by this clock.
 *
 * @returns Whether all is done, or nothing was to do: else another call goes on.
 */
async function catchUp({ context, budget }: CollectRound): Promise<boolean> {
  const { store, clock, retentionMs } = context;
  const timeKey = `${LANE}/time`;
  const nowMs = clock.nowMs();
  const notedMs = Number(await store.get(timeKey) ?? NaN);
  const isAhead = notedMs > nowMs + SLACK_MS;
  for (let after = dueKey(nowMs + 1, ""); isAhead;) {
    if (budget.isLate()) return false;
    const keys = await store.list(DUE_PREFIX, { after, limit: DUE_AT_ONCE });
    const found = await readEntries<BatchRecord | OutboxEntry>(context, keys.map(readDueKey));
    await inParallel(found, WIDTH, (one) => bringForward(context, one, nowMs));
    if (keys.length < DUE_AT_ONCE) break;
    after = keys.at(-1) as string;
  }
  if (isAhead || !(notedMs > nowMs - NOTE_TIME_MS)) {
    await put(store, timeKey, String(nowMs), { expiresInMs: retentionMs });
  }
  return true;
}

/** Has something due now that is due later. */
async function bringForward(
  context: EdgeContext,
  found: Versioned<BatchRecord | OutboxEntry> & { key: string },
  nowMs: number,
): Promise<void> {
  const { value } = found;
  const sooner = <Part extends { nextAtMs?: number }>(part: Part) =>
    part.nextAtMs === undefined ? part : { ...part, nextAtMs: Math.min(part.nextAtMs, nowMs) };
  if (!("kind" in value)) {
    await changeBatch(context, value.id, {
      guess: { ...found, value },
      make: ({ submission, collection, ...record }) => ({
        ...record,
        submission: sooner(submission),
        ...(collection === undefined ? {} : { collection: sooner(collection) }),
      }),
    });
  } else if (value.kind === "commitStatus") await writeEntry(context, { ...found, value }, sooner(value));
  else {
    const retries = value.retries.map((retry) => ({ ...retry, dueAtMs: Math.min(retry.dueAtMs, nowMs) }));
    await writeEntry(context, { ...found, value }, { ...sooner(value), retries });
  }
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
