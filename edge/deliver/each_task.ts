import type { EdgeContext } from "../context.ts";
import type { BatchRecord, TaskEntry } from "../records/batch_record.ts";
import { outcomesOf } from "../results/read_outcomes.ts";
import { linkedTask, type MessageTask, messageTask } from "./message_task.ts";

/** How many results stand in memory at once: few at first, as each may have 10 MB, and more while they are small. */
const FIRST_COUNT = 4;
const MAX_COUNT = 64;

/** A longer one, which a sender may choose, leaves no room for results, and is left out. */
const MAX_DELIVERY_ID_LENGTH = 1_000;

/** What {@linkcode eachTask} goes through. */
export interface TaskWalk {
  entries: readonly TaskEntry[];
  /** The place of the first one. */
  start: number;
  /** The place behind the last one. */
  end: number;
  link: string;
  /** How many bytes a task may take. */
  maxBytes: number;
  /** Tasks that are known to be too large, so that they need not be read. */
  linked: ReadonlySet<number>;
}

/** Writes the tasks of a part of a batch for messages, one after the other. */
export async function* eachTask(
  context: EdgeContext,
  { entries, start, end, linked, ...room }: TaskWalk,
): AsyncGenerator<MessageTask & { index: number }, void, void> {
  let count = FIRST_COUNT;
  for (let at = start; at < end;) {
    const indexes = Array.from({ length: Math.min(count, end - at) }, (_, place) => at + place);
    const read = indexes.filter((index) => !linked.has(index));
    const outcomes = await outcomesOf(context, read.map((index) => entries[index] as TaskEntry));
    const byIndex = new Map(read.map((index, place) => [index, outcomes[place]]));
    let isLarge = false;
    for (const index of indexes) {
      const entry = entries[index] as TaskEntry;
      const outcome = byIndex.get(index);
      byIndex.delete(index); // It may be large, and is not needed any more.
      const task = outcome === undefined
        ? linkedTask(index, entry, undefined, room.link)
        : messageTask(index, entry, outcome, room);
      isLarge ||= outcome !== undefined && task.isLinked;
      yield { ...task, index };
    }
    at += indexes.length;
    count = isLarge ? FIRST_COUNT : Math.min(MAX_COUNT, count * 2);
  }
}

/** The batch, as all its messages have it: what follows is the list of tasks. */
export function messageHead(
  record: BatchRecord,
  { page, pages, link }: { page: number; pages: number; link: string },
): string {
  const { id, hook, deliveryId, state, counts, endedAtMs, updatedAtMs } = record;
  const message = {
    type: `batch.${state}`,
    timestamp: new Date(endedAtMs ?? updatedAtMs).toISOString(),
    data: {
      batchId: id,
      hook,
      ...(deliveryId.length > MAX_DELIVERY_ID_LENGTH ? {} : { deliveryId }),
      state,
      counts,
      page,
      pages,
      link,
      tasks: [],
    },
  };
  return JSON.stringify(message).slice(0, -MESSAGE_TAIL.length);
}

/** What follows the list of tasks. */
export const MESSAGE_TAIL = "]}}";
