import { isAhead } from "../sightings.ts";
import { compareAndSet } from "../../src/store/writes.ts";
import type { Store } from "../../mod.ts";
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
  pages: number;
  /** The first page that was never sent. */
  next: number;
  retries: readonly PageRetry[];
  /** How many pages were taken. */
  delivered: number;
  /** When it was last worked at: who has waited longest comes first. */
  touchedAtMs: number;
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
  dueAtMs: number;
  /** When it was last worked at. */
  touchedAtMs: number;
}

/** What waits to be delivered. */
export type OutboxEntry = ResultsEntry | StatusEntry;

/** An entry as the store has it. */
export interface WaitingEntry<Entry extends OutboxEntry = OutboxEntry> extends Versioned<Entry> {
  readonly key: string;
}

/** How many pages may wait for another attempt before no new one is sent. */
const MAX_RETRIES = 8;

/** How many messages of an entry wait. */
export function waitingMessages(entry: OutboxEntry): number {
  return entry.kind === "commitStatus" ? 1 : entry.pages - entry.next + 1 + entry.retries.length;
}

/** When there is something to do for an entry: one for which no message waits is to be taken out. */
export function entryDueAtMs(entry: OutboxEntry, nowMs: number): number {
  const { touchedAtMs } = entry;
  if (isAhead(touchedAtMs, nowMs)) return nowMs;
  if (entry.kind === "commitStatus") return entry.dueAtMs;
  const { next, pages, retries } = entry;
  const isNextDue = retries.length === 0 || (next <= pages && retries.length < MAX_RETRIES);
  return Math.min(isNextDue ? touchedAtMs : Infinity, ...retries.map(({ dueAtMs }) => dueAtMs));
}

/** The page to send now, if there is one: one that was sent before comes first. */
export function duePage(entry: ResultsEntry, nowMs: number): { page: number; attempts: number } | undefined {
  const { next, pages, retries } = entry;
  const retry = retries.find(({ dueAtMs }) => dueAtMs <= nowMs || isAhead(entry.touchedAtMs, nowMs));
  if (retry !== undefined) return retry;
  return next <= pages && retries.length < MAX_RETRIES ? { page: next, attempts: 0 } : undefined;
}

/** The entry after a page was sent, and is to be sent again or not. */
export function afterPage(
  entry: ResultsEntry,
  page: number,
  { isDelivered, retry, nowMs }: { isDelivered: boolean; retry: PageRetry | undefined; nowMs: number },
): ResultsEntry {
  const aheadMs = isAhead(entry.touchedAtMs, nowMs) ? entry.touchedAtMs - nowMs : 0;
  const others = entry.retries.filter((one) => one.page !== page)
    .map((one) => ({ ...one, dueAtMs: one.dueAtMs - aheadMs }));
  return {
    ...entry,
    next: Math.max(entry.next, page + 1),
    retries: retry === undefined ? others : [...others, retry],
    delivered: entry.delivered + (isDelivered ? 1 : 0),
    touchedAtMs: nowMs,
  };
}

/** Writes an entry, unless another process has changed it: then nothing is returned. */
export async function writeEntry<Entry extends OutboxEntry>(
  store: Store,
  { key, text }: WaitingEntry<Entry>,
  value: Entry,
  expiresInMs: number,
): Promise<WaitingEntry<Entry> | undefined> {
  const written = JSON.stringify(value);
  if (!await compareAndSet(store, key, text, written, { expiresInMs })) return undefined;
  return { key, value, text: written };
}

/** Takes an entry out, and what stands under other keys for it, unless another process has changed it. */
export async function removeEntry(
  store: Store,
  { key, text }: WaitingEntry,
  ...others: readonly string[]
): Promise<boolean> {
  return await store.commit([
    { key, expected: text, value: null },
    ...others.map((other) => ({ key: other, value: null })),
  ]);
}
