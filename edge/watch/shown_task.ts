import type { EdgeContext } from "../context.ts";
import type { BatchRecord, TaskEntry } from "../records/batch_record.ts";
import { readRecord } from "../records/json_record.ts";
import { tasksKey } from "../records/keys.ts";
import { iso } from "./batch_summary.ts";
import type { TaskRange } from "./task_range.ts";

/** A task, as others see it. */
export interface ShownTask {
  /** Its place in the batch. */
  index: number;
  /** The service's id; there is none while nobody knows whether the service has it. */
  taskId?: string;
  state: TaskEntry["state"];
  /** The service's own word, while it is pending. */
  status?: string | undefined;
  completedAt?: string | undefined;
}

/** The tasks of a batch; nothing before the service has taken them. */
export async function readTaskEntries(
  { store }: EdgeContext,
  batchId: string,
): Promise<readonly TaskEntry[] | undefined> {
  return (await readRecord<readonly TaskEntry[]>(store, tasksKey(batchId)))?.value;
}

/** The tasks of a part of a batch: those that the service does not have are pending. */
export function shownTasks(
  { taskCount }: BatchRecord,
  entries: readonly TaskEntry[] | undefined,
  { start, count }: TaskRange,
): ShownTask[] {
  const end = Math.min(start + count, taskCount);
  return Array.from(
    { length: Math.max(end - start, 0) },
    (_, place) => shownTask(start + place, entries?.[start + place]),
  );
}

function shownTask(index: number, entry: TaskEntry | undefined): ShownTask {
  if (entry === undefined) return { index, state: "pending" };
  const { taskId, state, status, completedAtMs } = entry;
  return {
    index,
    taskId,
    state,
    status: state === "pending" ? status : undefined,
    completedAt: iso(completedAtMs),
  };
}
