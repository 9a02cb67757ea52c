import type { StoreChange } from "../../mod.ts";
import type { EdgeContext } from "../context.ts";
import { outboxAtEnd } from "../deliver/outbox.ts";
import type { BatchRecord, TaskEntry } from "../records/batch_record.ts";
import { changeBatch } from "../records/change_batch.ts";
import { readRecord, type Versioned } from "../records/json_record.ts";
import { recentKey, tasksKey } from "../records/keys.ts";
import { removeResults } from "../submit/decide.ts";
import { tell } from "../submit/steps.ts";
import { afterFailureAtMs, nextPollAtMs, quietMsOf } from "./poll_schedule.ts";
import { countTasks, mergeNews, MISSING_MS } from "./task_news.ts";

/** A batch while its tasks are asked for. */
export interface AskedBatch {
  readonly found: Versioned<BatchRecord>;
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
export async function openBatch(context: EdgeContext, found: Versioned<BatchRecord>): Promise<AskedBatch> {
  const entries = await readTasks(context, found.value);
  const pending = [...entries.keys()].filter((index) => entries[index]?.state === "pending");
  const cursor = found.value.collection?.cursor ?? 0;
  const inTurn = [
    ...pending.filter((index) => index >= cursor),
    ...pending.filter((index) => index < cursor),
  ];
  return { found, entries, toAsk: inTurn.reverse(), news: new Map() };
}

async function readTasks({ store }: EdgeContext, { id }: BatchRecord): Promise<readonly TaskEntry[]> {
  const tasks = await readRecord<TaskEntry[]>(store, tasksKey(id));
  if (tasks === undefined) throw new Error(`The tasks of batch ${id} are not in the store`);
  return tasks.value;
}

/** Writes what is new of a batch: its tasks and how it stands, in one commit; at its end with what is to be told of that. */
export async function saveBatch(
  context: EdgeContext,
  { found: guess, entries: known, toAsk, news }: AskedBatch,
): Promise<void> {
  const { retentionMs: expiresInMs } = context;
  const { id } = guess.value;
  const isNewer = [...news.values()].some(({ missingSinceMs }) => missingSinceMs === undefined);
  let written: readonly TaskEntry[] | undefined;
  let isRenewed = false;
  let before = guess.value;
  const { found, isTaken } = await changeBatch(context, id, {
    guess,
    async make(record, nowMs) {
      if (record.collection === undefined) return undefined;
      // The record changes with each change of the tasks.
      const entries = record === guess.value ? known : await readTasks(context, record);
      const merged = mergeNews(entries, news);
      if (record.state === "done" && merged === undefined) return undefined;
      const { renewedAtMs } = record.collection;
      isRenewed = nowMs - renewedAtMs >= expiresInMs / RENEWALS;
      written = merged ?? (isRenewed ? entries : undefined);
      before = record;
      return asked(record, merged ?? entries, {
        nowMs,
        isNewer,
        next: toAsk.at(-1),
        renewedAtMs: isRenewed ? nowMs : renewedAtMs,
      });
    },
    also: (next, record): StoreChange[] => [
      ...(written === undefined ? [] : [{ key: tasksKey(id), value: JSON.stringify(written), expiresInMs }]),
      ...(isRenewed ? [{ key: recentKey(record.createdAtMs, id), value: record.hook, expiresInMs }] : []),
      ...(isEnd(next, record) ? outboxAtEnd(context, next) : []),
    ],
  });
  const record = found?.value;
  // What was on its way when an operator removed the results is removed, too.
  if (record?.removedAtMs !== undefined) await removeResults(context, record);
  if (!isTaken || record === undefined || !isEnd(record, before)) return;
  tell(context, "batchDone", record);
}

/** Whether a batch ends with this step: a result that was lost may turn up later. */
function isEnd(next: BatchRecord, before: BatchRecord): boolean {
  return next.state === "done" && before.state !== "done";
}

/** The record after its tasks were asked for. */
function asked(
  record: BatchRecord,
  entries: readonly TaskEntry[],
  { nowMs, isNewer, next, renewedAtMs }: {
    nowMs: number;
    isNewer: boolean;
    /** The place of the task to go on with, where there was no room for all of them. */
    next: number | undefined;
    renewedAtMs: number;
  },
): BatchRecord {
  const counts = countTasks(entries, record.taskCount);
  const quietMs = isNewer ? 0 : quietMsOf(record, nowMs);
  const missingAtMs = firstMissing(entries);
  const nextAtMs = next !== undefined ? nowMs : Math.min(
    nextPollAtMs(nowMs, quietMs),
    missingAtMs === undefined ? Infinity : Math.max(nextPollAtMs(nowMs, 0), missingAtMs + MISSING_MS),
  );
  const isPending = entries.some(({ state }) => state === "pending");
  const isDone = counts.pending === 0 && record.state === "running";
  return {
    ...record,
    ...(isDone ? { state: "done", endedAtMs: nowMs } : {}),
    counts,
    collectedAtMs: nowMs,
    collection: {
      ...(isPending ? { nextAtMs } : {}),
      cursor: next ?? 0,
      failures: 0,
      renewedAtMs,
      quietMs,
    },
  };
}

/** Notes that a batch could not be asked for, and puts the next time off. */
export async function noteAskFailure(context: EdgeContext, batchId: string): Promise<void> {
  await changeBatch(context, batchId, {
    make(record, nowMs) {
      if (record.collection?.nextAtMs === undefined) return undefined;
      const failures = record.collection.failures + 1;
      const nextAtMs = afterFailureAtMs(nowMs, failures);
      return { ...record, collection: { ...record.collection, failures, nextAtMs } };
    },
  });
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
