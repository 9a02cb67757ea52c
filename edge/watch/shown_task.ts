import type { EdgeContext } from "../context.ts";
import type { BatchRecord, TaskEntry } from "../records/batch_record.ts";
import { readRecord } from "../records/json_record.ts";
import { tasksKey } from "../records/keys.ts";
import type { TaskRange } from "./task_range.ts";

/** A task, as others see it. */
export interface ShownTask {
  /** Its place in the batch. */
  index: number;
  /** The service's id; there is none while nobody knows whether the service has it. */
  taskId?: string;
  state: TaskEntry["state"];
  /** The service's own word, while it is pending. */
  status?: string;
  completedAt?: string;
}

/** The tasks of a batch; nothing before the service has taken them. */
export async function readTaskEntries(
  { store }: EdgeContext,
  batchId: string,
): Promise<readonly TaskEntry[] | undefined> {
  return (await readRecord<readonly TaskEntry[]>(store, tasksKey(batchId)))?.value;
}

/** The tasks of a part of a batch: of one that is not submitted, or is in doubt, what is known of them. */
export function shownTasks(
  { taskCount, doubt }: BatchRecord,
  entries: readonly TaskEntry[] | undefined,
  { start, count }: TaskRange,
): ShownTask[] {
  const end = Math.min(start + count, taskCount);
  const indexes = Array.from({ length: Math.max(end - start, 0) }, (_, place) => start + place);
  if (entries !== undefined) return indexes.map((index) => shownTask(index, entries[index]));
  const accepted = new Map(doubt?.accepted.map(({ index, taskId }) => [index, taskId]));
  return indexes.map((index) => {
    const taskId = accepted.get(index);
    return { index, ...(taskId === undefined ? {} : { taskId }), state: "pending" };
  });
}

function shownTask(index: number, entry: TaskEntry | undefined): ShownTask {
  if (entry === undefined) return { index, state: "pending" };
  const { taskId, state, status, completedAtMs } = entry;
  return {
    index,
    taskId,
    state,
    ...(status === undefined || state !== "pending" ? {} : { status }),
    ...(completedAtMs === undefined ? {} : { completedAt: new Date(completedAtMs).toISOString() }),
  };
}
