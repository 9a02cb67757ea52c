import { aboutBatch } from "../about_batch.ts";
import type { BatchRecord } from "../records/batch_record.ts";
import { type CollectRound, guarded, noteStanding } from "./collect_round.ts";
import { type AskedBatch, noteFailure, openBatch, saveBatch } from "./asked_batch.ts";

/** A task to ask for. */
export interface Place {
  readonly batch: AskedBatch;
  readonly index: number;
}

/** The batches of one client, task by task. */
export interface AskQueue {
  /** The next tasks to ask for, up to so many, and as long as there is room for one more. */
  take(count: number, fits: (taskId: string, batch: BatchRecord) => boolean): Promise<Place[]>;
  /** The batch of which tasks are left, and those that were not looked at. */
  rest(): { open: AskedBatch | undefined; waiting: readonly BatchRecord[] };
}

/**
 * Goes through the tasks of batches that are due, in their order. Batches that will be due soon follow, where
 * they need no request of their own.
 */
export function createAskQueue(
  round: CollectRound,
  due: readonly BatchRecord[],
  soon: readonly BatchRecord[],
): AskQueue {
  const waiting = [...due].reverse();
  const extra = [...soon].reverse();
  let open: AskedBatch | undefined;

  async function openNext(room: number, isFirst: boolean): Promise<AskedBatch | undefined> {
    for (;;) {
      const record = waiting.pop() ?? nextExtra(room, isFirst);
      if (record === undefined) return undefined;
      let batch: AskedBatch | undefined;
      await guarded(round, record.id, async () => {
        batch = await openBatch(round.context, record);
      });
      if (batch === undefined) continue;
      if (batch.toAsk.length > 0) return batch;
      await save(round, batch); // Another process was faster.
    }
  }

  function nextExtra(room: number, isFirst: boolean): BatchRecord | undefined {
    const next = extra.at(-1);
    return next === undefined || isFirst || next.counts.pending > room ? undefined : extra.pop();
  }

  return {
    async take(count, fits) {
      const chunk: Place[] = [];
      while (chunk.length < count) {
        open ??= await openNext(count - chunk.length, chunk.length === 0);
        if (open === undefined) break;
        const batch = open;
        const index = batch.toAsk.at(-1);
        const entry = index === undefined ? undefined : batch.entries[index];
        if (index !== undefined && entry !== undefined) {
          if (!fits(entry.taskId, batch.record)) break;
          batch.toAsk.pop();
          chunk.push({ batch, index });
        }
        if (batch.toAsk.length === 0) open = undefined;
      }
      return chunk;
    },
    rest: () => ({ open, waiting: [...waiting].reverse() }),
  };
}

/** Writes what is new of a batch, and tells where that was the last of it. */
export async function save(round: CollectRound, batch: AskedBatch): Promise<void> {
  const { context } = round;
  const { id } = batch.record;
  await guarded(round, id, async () => {
    const { record, isDone } = await saveBatch(context, batch);
    noteStanding(round, id, record);
    if (record !== undefined && isDone) context.tell({ kind: "batchDone", ...aboutBatch(record) });
  });
}

/** Notes that batches could not be asked for, and why. */
export async function fail(
  round: CollectRound,
  records: readonly BatchRecord[],
  error: unknown,
): Promise<void> {
  round.context.tell({ kind: "collectFailed", batchIds: records.map(({ id }) => id), error });
  for (const { id } of records) {
    await guarded(round, id, async () => noteStanding(round, id, await noteFailure(round.context, id)));
  }
}
