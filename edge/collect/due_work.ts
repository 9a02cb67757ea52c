import { getAll, put } from "../../src/store/writes.ts";
import type { EdgeContext } from "../context.ts";
import { entryDueAtMs, type OutboxEntry, writeEntry } from "../deliver/outbox.ts";
import { inParallel } from "../in_parallel.ts";
import { LANE } from "../lane.ts";
import { type BatchRecord, dueAtMs } from "../records/batch_record.ts";
import { changeBatch } from "../records/change_batch.ts";
import { parseRecord, type Versioned } from "../records/json_record.ts";
import { batchKey, DUE_PREFIX, type DueEntry, dueKey, readDueKey } from "../records/keys.ts";
import { isUnderWay } from "../submit/submit_batch.ts";
import { type CollectRound, noteError, restMs } from "./collect_round.ts";

/** How many records of what is due are read at once, of batches and of messages: more is due at the next call. */
export const DUE_AT_ONCE = 1_000;
/** How many keys of what is due are read at once: most of the time not many are due. */
const KEYS_AT_ONCE = 128;
/** How many entries are brought forward at once. */
const CHANGES_AT_ONCE = 4;
/** After so long work is looked at again that this process is doing. */
const LOOK_AGAIN_MS = 5_000;
/** Clocks differ by so much without anything being wrong. */
const SLACK_MS = 5_000;
/** The time is noted anew after so long. */
const NOTE_TIME_MS = 10_000;

/** Hands over what is due of a kind, so many at once, for as long as more is asked for. */
export async function eachDue(
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

/** Whether an entry is of a batch, and not of a message. */
export function isOfBatch({ recordKey, batchId }: DueEntry): boolean {
  return recordKey === batchKey(batchId);
}

/** Reads the records of entries. What cannot be read is told; an entry that its record does not have is taken out. */
export async function readEntries<Value extends BatchRecord | OutboxEntry>(
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
export async function nextDueAtMs({ context }: CollectRound): Promise<number | undefined> {
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
export async function catchUp({ context, budget }: CollectRound): Promise<boolean> {
  const { store, clock, retentionMs } = context;
  const timeKey = `${LANE}/time`;
  const nowMs = clock.nowMs();
  const notedMs = Number(await store.get(timeKey) ?? NaN);
  const isAhead = notedMs > nowMs + SLACK_MS;
  for (let after = dueKey(nowMs + 1, ""); isAhead;) {
    if (budget.isLate()) return false;
    const keys = await store.list(DUE_PREFIX, { after, limit: DUE_AT_ONCE });
    const found = await readEntries<BatchRecord | OutboxEntry>(context, keys.map(readDueKey));
    await inParallel(found, CHANGES_AT_ONCE, (one) => bringForward(context, one, nowMs));
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
