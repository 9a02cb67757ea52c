import type { StoreChange } from "../../mod.ts";
import type { EdgeContext } from "../context.ts";
import type { BatchRecord } from "../records/batch_record.ts";
import { keptMs, moveDue, OUTBOX_PREFIX, outboxKey } from "../records/keys.ts";
import type { Versioned } from "../records/json_record.ts";

/** A page that was sent, and not taken. */
export interface PageRetry {
  /** From 1 on. */
  page: number;
  attempts: number;
  dueAtMs: number;
}

/** The results of a batch that wait: where its messages stand, and not the messages themselves. */
export interface ResultsEntry {
  kind: "results";
  batchId: string;
  hook: string;
  /** How many messages there are, once the results are divided into them. */
  pages?: number;
  /** The first page that was never sent. */
  next: number;
  retries: readonly PageRetry[];
  /** How many pages were taken. */
  delivered: number;
  /** When the first page that was never sent is due. */
  nextAtMs: number;
}

/** What GitHub knows of a commit. */
export type CommitState = "pending" | "success" | "failure" | "error";

/** A commit status that waits. */
export interface StatusEntry {
  kind: "commitStatus";
  batchId: string;
  hook: string;
  state: CommitState;
  attempts: number;
  nextAtMs: number;
}

/** What waits to be delivered. */
export type OutboxEntry = ResultsEntry | StatusEntry;

/** An entry as the store has it. */
export interface WaitingEntry<Entry extends OutboxEntry = OutboxEntry> extends Versioned<Entry> {
  readonly key: string;
}

/** How many pages may wait for another attempt before no new one is sent. */
const MAX_RETRIES = 8;

/** Whether there is a page that was never sent, and may be. */
function hasNext({ next, pages = Infinity, retries }: ResultsEntry): boolean {
  return next <= pages && retries.length < MAX_RETRIES;
}

/** When there is something to do for an entry, in whole milliseconds: one for which no message waits is to be taken out. */
export function entryDueAtMs(entry: OutboxEntry): number {
  if (entry.kind === "commitStatus") return Math.ceil(entry.nextAtMs);
  const { nextAtMs, retries } = entry;
  const isNextDue = retries.length === 0 || hasNext(entry);
  return Math.ceil(Math.min(isNextDue ? nextAtMs : Infinity, ...retries.map(({ dueAtMs }) => dueAtMs)));
}

/** The page to send now, if there is one: one that was sent before comes first. */
export function duePage(entry: ResultsEntry, nowMs: number): { page: number; attempts: number } | undefined {
  const retry = entry.retries.find(({ dueAtMs }) => dueAtMs <= nowMs);
  if (retry !== undefined) return retry;
  return hasNext(entry) ? { page: entry.next, attempts: 0 } : undefined;
}

/** The entry after a page was sent, and is to be sent again or not. */
export function afterPage(
  entry: ResultsEntry,
  page: number,
  { isDelivered, retry, nowMs }: { isDelivered: boolean; retry: PageRetry | undefined; nowMs: number },
): ResultsEntry {
  const others = entry.retries.filter((one) => one.page !== page);
  return {
    ...entry,
    next: Math.max(entry.next, page + 1),
    retries: retry === undefined ? others : [...others, retry],
    delivered: entry.delivered + (isDelivered ? 1 : 0),
    nextAtMs: nowMs,
  };
}

/** The changes that put an entry into the outbox, in place of one of its kind. */
function entered({ retentionMs: expiresInMs }: EdgeContext, entry: OutboxEntry): StoreChange[] {
  const { batchId, kind } = entry;
  return [
    { key: outboxKey(batchId, kind), value: JSON.stringify(entry), expiresInMs },
    ...moveDue(`${batchId}/${kind}`, undefined, entryDueAtMs(entry), expiresInMs),
  ];
}

/**
 * The changes that have the commit of a batch told how far it is, in place of what waits to be told before; none where the
 * batch has no commit.
 */
export function statusEntry(
  context: EdgeContext,
  { id: batchId, hook, commit }: BatchRecord,
  state: CommitState,
): StoreChange[] {
  if (commit === undefined || context.hooks.get(hook)?.commitStatus === undefined) return [];
  const nextAtMs = context.clock.nowMs();
  return entered(context, { kind: "commitStatus", batchId, hook, state, attempts: 0, nextAtMs });
}

/** The changes that have the end of a batch told: it is committed with them, so that each message comes there once. */
export function outboxAtEnd(context: EdgeContext, record: BatchRecord): StoreChange[] {
  const { id: batchId, hook, state, told } = record;
  // Where the service refused it at once, the answer has said so.
  if (state === "refused" && told === undefined) return [];
  const status = statusEntry(context, record, endOf(record));
  if (context.hooks.get(hook)?.deliver === undefined) return status;
  const nextAtMs = context.clock.nowMs();
  const results = { kind: "results", batchId, hook, next: 1, retries: [], delivered: 0, nextAtMs } as const;
  return [...status, ...entered(context, results)];
}

/** What a commit is told at the end of its batch. */
function endOf({ state, counts }: BatchRecord): CommitState {
  if (state !== "done") return "error";
  if (counts.failed > 0) return "failure";
  return counts.lost > 0 ? "error" : "success";
}

/** Writes an entry, unless another process has changed it: then nothing is returned. */
export async function writeEntry<Entry extends OutboxEntry>(
  { store, retentionMs, clock }: EdgeContext,
  { key, text, value: before }: WaitingEntry<Entry>,
  value: Entry,
  others: readonly StoreChange[] = [],
): Promise<WaitingEntry<Entry> | undefined> {
  const written = JSON.stringify(value);
  const name = key.slice(OUTBOX_PREFIX.length);
  const toMs = entryDueAtMs(value);
  const expiresInMs = keptMs(retentionMs, toMs, clock.nowMs());
  const isWritten = await store.commit([
    { key, expected: text, value: written, expiresInMs },
    ...moveDue(name, entryDueAtMs(before), toMs, expiresInMs),
    ...others,
  ]);
  return isWritten ? { key, value, text: written } : undefined;
}

/** Takes an entry out, and what stands under other keys for it, unless another process has changed it. */
export async function removeEntry(
  { store, retentionMs }: EdgeContext,
  { key, text, value }: WaitingEntry,
  ...others: readonly string[]
): Promise<boolean> {
  return await store.commit([
    { key, expected: text, value: null },
    ...moveDue(key.slice(OUTBOX_PREFIX.length), entryDueAtMs(value), undefined, retentionMs),
    ...others.map((other) => ({ key: other, value: null })),
  ]);
}
