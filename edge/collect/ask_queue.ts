import { type AskedBatch, noteAskFailure, openBatch, saveBatch } from "./asked_batch.ts";
import { type CollectRound, type DueBatch, guarded } from "./collect_round.ts";

/** A task to ask for. */
export interface Place {
  readonly batch: AskedBatch;
  readonly index: number;
}

/** The batches of one client, task by task. */
export interface AskQueue {
  /** The next tasks to ask for, up to so many. */
  take(count: number): Promise<Place[]>;
  /** The batch of which tasks are left, and those that were not looked at. */
  rest(): { open: AskedBatch | undefined; waiting: readonly DueBatch[] };
}

/** Goes through the tasks of batches that are due, in their order. */
export function createAskQueue(round: CollectRound, due: readonly DueBatch[]): AskQueue {
  const waiting = [...due].reverse();
  let open: AskedBatch | undefined;

  async function openNext(): Promise<AskedBatch | undefined> {
    for (;;) {
      const found = waiting.pop();
      if (found === undefined) return undefined;
      let batch: AskedBatch | undefined;
      await guarded(round, found.value.id, async () => {
        batch = await openBatch(round.context, found);
      });
      if (batch === undefined) continue;
      if (batch.toAsk.length > 0) return batch;
      await save(round, batch); // There is nothing to ask for: its record says otherwise.
    }
  }

  return {
    async take(count) {
      const chunk: Place[] = [];
      while (chunk.length < count) {
        open ??= await openNext();
        if (open === undefined) break;
        const index = open.toAsk.pop();
        if (index !== undefined) chunk.push({ batch: open, index });
        if (open.toAsk.length === 0) open = undefined;
      }
      return chunk;
    },
    rest: () => ({ open, waiting: [...waiting].reverse() }),
  };
}

/** Writes what is new of a batch. */
export async function save(round: CollectRound, batch: AskedBatch): Promise<void> {
  await guarded(round, batch.found.value.id, () => saveBatch(round.context, batch));
}

/** Notes that batches could not be asked for, and why. */
export async function fail(round: CollectRound, batches: readonly DueBatch[], error: unknown): Promise<void> {
  const ids = batches.map(({ value: { id } }) => id);
  round.context.tell({ kind: "collectFailed", batchIds: ids, error });
  for (const id of ids) await guarded(round, id, () => noteAskFailure(round.context, id));
}
