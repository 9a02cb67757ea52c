import type { Budget } from "../collect/budget.ts";
import { inParallel } from "../collect/in_parallel.ts";
import type { EdgeContext } from "../context.ts";
import { readRecord, UnreadableRecordError } from "../records/json_record.ts";
import { OUTBOX_PREFIX } from "../records/keys.ts";
import { deliverCommitStatus } from "./deliver_commit_status.ts";
import { deliverResults, type LeftOver } from "./deliver_results.ts";
import type { DeliveryRound } from "./delivery_round.ts";
import {
  entryDueAtMs,
  type OutboxEntry,
  type ResultsEntry,
  type StatusEntry,
  type WaitingEntry,
  waitingMessages,
} from "./outbox.ts";
import { apiOf } from "./send_status.ts";

/** How the outbox stands. */
export interface OutboxReport {
  /** How many messages wait. */
  waitingMessages: number;
  /** When something is due; nothing where nothing waits. */
  nextAtMs: number | undefined;
}

/** Receivers that are sent to at the same time; a Worker has six connections. */
const WIDTH = 4;
const READS_AT_ONCE = 16;
/** After how long what has failed here, and not at the receiver, is tried again. */
const FAILURE_DELAY_MS = 30_000;

/** Delivers what is due of the outbox, what has waited longest first, as far as the budget goes. */
export async function deliverDue(
  context: EdgeContext,
  budget: Budget,
  signal: AbortSignal,
): Promise<OutboxReport> {
  const entries = await readOutbox(context);
  const nowMs = context.clock.nowMs();
  const dueEntries = entries
    .filter(({ value }) => entryDueAtMs(value, nowMs) <= nowMs)
    .sort((one, other) => entryDueAtMs(one.value, nowMs) - entryDueAtMs(other.value, nowMs));
  const leftOvers: LeftOver[] = entries
    .filter(({ value }) => entryDueAtMs(value, nowMs) > nowMs)
    .map(({ value }) => ({ messages: waitingMessages(value), dueAtMs: entryDueAtMs(value, nowMs) }));

  const round: DeliveryRound = { context, budget, signal, resting: new Map(), addresses: new Map() };
  await inParallel(byReceiver(context, dueEntries), WIDTH, async (line) => {
    for (const waiting of line) {
      const left = await deliver(round, waiting);
      if (left !== undefined) leftOvers.push(left);
    }
  });
  return report(leftOvers);
}

/** How the outbox stands, without anything being sent. */
export async function surveyOutbox(context: EdgeContext): Promise<OutboxReport> {
  const entries = await readOutbox(context);
  const nowMs = context.clock.nowMs();
  return report(
    entries.map(({ value }) => ({ messages: waitingMessages(value), dueAtMs: entryDueAtMs(value, nowMs) })),
  );
}

/** Entries for one receiver stand in one line: where it does not answer, the others need not find that out. */
function byReceiver({ hooks }: EdgeContext, entries: readonly WaitingEntry[]): WaitingEntry[][] {
  const lines = new Map<string | undefined, WaitingEntry[]>();
  for (const waiting of entries) {
    const { kind, hook: name } = waiting.value;
    const hook = hooks.get(name);
    const receiver = kind === "results" ? hook?.deliver?.url : hook?.commitStatus && apiOf(hook.commitStatus);
    const line = lines.get(receiver);
    if (line === undefined) lines.set(receiver, [waiting]);
    else line.push(waiting);
  }
  return [...lines.values()];
}

async function deliver(round: DeliveryRound, waiting: WaitingEntry): Promise<LeftOver | undefined> {
  const { context: { tell, clock } } = round;
  const { value } = waiting;
  try {
    return value.kind === "commitStatus"
      ? await deliverCommitStatus(round, waiting as WaitingEntry<StatusEntry>)
      : await deliverResults(round, waiting as WaitingEntry<ResultsEntry>);
  } catch (error) {
    // The store has failed, for one: others go on, and this one is tried again after a while.
    tell({ kind: "collectFailed", batchIds: [value.batchId], error });
    return { messages: waitingMessages(value), dueAtMs: clock.nowMs() + FAILURE_DELAY_MS };
  }
}

async function readOutbox({ store, tell }: EdgeContext): Promise<WaitingEntry[]> {
  const keys: string[] = [];
  for await (const key of store.list(OUTBOX_PREFIX)) keys.push(key);
  const entries: WaitingEntry[] = [];
  await inParallel(keys, READS_AT_ONCE, async (key) => {
    try {
      const found = await readRecord<OutboxEntry>(store, key);
      if (found !== undefined) entries.push({ key, ...found });
    } catch (error) {
      if (!(error instanceof UnreadableRecordError)) throw error;
      tell({ kind: "collectFailed", batchIds: [key.split("/")[2] ?? ""], error });
    }
  });
  return entries;
}

function report(leftOvers: readonly LeftOver[]): OutboxReport {
  return {
    waitingMessages: leftOvers.reduce((sum, { messages }) => sum + messages, 0),
    nextAtMs: leftOvers.length === 0
      ? undefined
      : leftOvers.reduce((at, { dueAtMs }) => Math.min(at, dueAtMs), Infinity),
  };
}
