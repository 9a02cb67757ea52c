import type { ClientContext } from "../http/client.ts";
import { notify } from "../base/notify.ts";
import { isFinal, type TaskRecord } from "../wire/task_record.ts";
import { isEndpointOnline } from "./endpoint_online.ts";
import { given } from "../base/narrow.ts";

/** How far tasks are. */
export interface TaskProgress {
  /** How many tasks are waited for. */
  readonly total: number;
  /** How many of them have an outcome. */
  readonly completed: number;
  /** How many tasks have which status, as the service last told: its own words, and `submitted` before it did. */
  readonly counts: Readonly<Record<string, number>>;
  /** How long these counts have stood, in milliseconds. */
  readonly unchangedMs: number;
  /** Whether the endpoint is online, where it is known which one runs the tasks. Asked every 30 seconds at most. */
  readonly endpointOnline?: boolean;
}

/** Counts the records of one wait. */
export interface Progress {
  add(record: TaskRecord): void;
  report(): void;
  /** Nobody waits any more. */
  stop(): void;
}

/** Follows the tasks of one wait, and tells how far they are. */
export function createProgress(
  context: ClientContext,
  taskIds: readonly string[],
  kept: readonly TaskRecord[],
  endpointId: string | undefined,
  onProgress: (progress: TaskProgress) => void,
): Progress {
  const statuses = new Map(taskIds.map((taskId) => [taskId, "submitted"]));
  let completed = 0;
  let changedMs = context.clock.monotonicMs();
  const add = (record: TaskRecord) => {
    const before = statuses.get(record.taskId);
    if (before === undefined || before === record.status) return;
    statuses.set(record.taskId, record.status);
    changedMs = context.clock.monotonicMs();
    if (isFinal(record)) completed++;
  };
  kept.forEach(add);
  const ended = new AbortController();
  return {
    add,
    stop: () => ended.abort(),
    report() {
      if (ended.signal.aborted) return; // A poll may still be on the wire.
      const counts: Record<string, number> = {};
      for (const status of statuses.values()) counts[status] = (counts[status] ?? 0) + 1;
      const online = endpointId === undefined
        ? undefined
        : isEndpointOnline(context, endpointId, ended.signal);
      const progress: TaskProgress = given({
        total: statuses.size,
        completed,
        counts,
        unchangedMs: context.clock.monotonicMs() - changedMs,
        endpointOnline: online,
      });
      notify(onProgress, progress);
    },
  };
}
