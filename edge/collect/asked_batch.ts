import type { StoreChange } from "../../mod.ts";
import type { EdgeContext } from "../context.ts";
import type { BatchRecord, TaskEntry } from "../records/batch_record.ts";
import { afterFailureAtMs, nextPollAtMs, quietMsOf } from "./poll_schedule.ts";
import { countTasks, mergeNews, MISSING_MS } from "./task_news.ts";
import { readAtOnce, readRecord, updateRecord } from "../records/json_record.ts";
import { batchKey, listed, tasksKey } from "../records/keys.ts";

/** A batch while its tasks are asked for. */
export interface AskedBatch {
  readonly record: BatchRecord;
  readonly entries: readonly TaskEntry[];
  /** The places of the tasks that are still to be asked for, the next one last. */
  readonly toAsk: number[];
  /** What is new, by the places of the tasks. */
  readonly news: Map<number, TaskEntry>;
}

/** How often what is kept of a batch is renewed while it runs, as a part of the time that it is kept. */
const RENEWALS = 4;

/**
 * Reads the tasks of a batch: those that are pending are to be asked for, from where the last call has stopped.
 *
 * @throws {Error} If the store does not have them.
 */
export async function openBatch({ store }: EdgeContext, record: BatchRecord): Promise<AskedBatch> {
  const tasks = await readRecord<TaskEntry[]>(store, tasksKey(record.id));
  if (tasks === undefined) throw new Error(`The tasks of batch ${record.id} are not in the store`);
  const entries = tasks.value;
  const pending = [...entries.keys()].filter((index) => entries[index]?.state === "pending");
  const cursor = record.collection?.cursor ?? 0;
  const inTurn = [
    ...pending.filter((index) => index >= cursor),
    ...pending.filter((index) => index < cursor),
  ];
  return { record, entries, toAsk: inTurn.reverse(), news: new Map() };
}

/** How a batch stands after what is new of it was written. */
export interface SavedBatch {
  /** Nothing where it is not there any more. */
  record: BatchRecord | undefined;
  /** Whether this was the last that was new. */
  isDone: boolean;
}

/** Writes what is new of a batch: its tasks and how it stands, in one commit. */
export async function saveBatch(
  context: EdgeContext,
  { record: { id, submission }, toAsk, news }: AskedBatch,
): Promise<SavedBatch> {
  const { store, clock, retentionMs: expiresInMs } = context;
  const isNewer = [...news.values()].some(({ missingSinceMs }) => missingSinceMs === undefined);
  for (;;) {
    const [found, tasks] = await readAtOnce<[BatchRecord, TaskEntry[]]>(store, batchKey(id), tasksKey(id));
    if (found === undefined || tasks === undefined) return { record: undefined, isDone: false };
    const { value: record } = found;
    if (record.state !== "running" || record.submission.key !== submission.key) {
      return { record, isDone: false };
    }
    const merged = mergeNews(tasks.value, news);
    const entries = merged ?? tasks.value;
    const counts = countTasks(entries);
    const nowMs = clock.nowMs();
    const quietMs = isNewer ? 0 : quietMsOf(record, nowMs);
    const missingAtMs = firstMissing(entries);
    const nextAtMs = toAsk.length > 0 ? nowMs : Math.min(
      nextPollAtMs(nowMs, quietMs),
      missingAtMs === undefined ? Infinity : Math.max(nextPollAtMs(nowMs, 0), missingAtMs + MISSING_MS),
    );
    const isDone = counts.pending === 0;
    const { renewedAtMs = record.createdAtMs } = record.collection ?? {};
    const isRenewed = nowMs - renewedAtMs >= expiresInMs / RENEWALS;
    const changed: BatchRecord = {
      ...record,
      ...(isDone ? { state: "done", endedAtMs: nowMs } : {}),
      counts,
      updatedAtMs: nowMs,
      collectedAtMs: nowMs,
      collection: {
        nextAtMs,
        cursor: toAsk.at(-1) ?? 0,
        failures: 0,
        renewedAtMs: isRenewed ? nowMs : renewedAtMs,
        quietMs,
      },
    };
    // The record is the condition for all: whatever else changes the tasks changes it, too.
    const changes: StoreChange[] = [
      { key: batchKey(id), expected: found.text, value: JSON.stringify(changed), expiresInMs },
    ];
    if (merged !== undefined || isRenewed) {
      changes.push({ key: tasksKey(id), value: JSON.stringify(entries), expiresInMs });
    }
    if (isRenewed) changes.push(...listed(record, expiresInMs));
    if (await store.commit(changes)) return { record: changed, isDone };
  }
}

/** Notes that a batch could not be asked for, and puts the next time off. */
export async function noteFailure(
  { store, clock, retentionMs }: EdgeContext,
  batchId: string,
): Promise<BatchRecord | undefined> {
  return await updateRecord<BatchRecord>(store, batchKey(batchId), (found) => {
    if (found.state !== "running") return undefined;
    const nowMs = clock.nowMs();
    const { cursor = 0, failures: before = 0, renewedAtMs = found.createdAtMs, quietMs = 0 } =
      found.collection ?? {};
    const failures = before + 1;
    const nextAtMs = afterFailureAtMs(nowMs, failures);
    return { ...found, updatedAtMs: nowMs, collection: { nextAtMs, cursor, failures, renewedAtMs, quietMs } };
  }, retentionMs);
}

function firstMissing(entries: readonly TaskEntry[]): number | undefined {
  let firstMs: number | undefined;
  for (const { state, missingSinceMs } of entries) {
    if (state === "pending" && missingSinceMs !== undefined) {
      firstMs = Math.min(firstMs ?? Infinity, missingSinceMs);
    }
  }
  return firstMs;
}
