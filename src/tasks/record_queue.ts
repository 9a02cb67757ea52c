import { isFinal, type TaskRecord } from "../wire/task_record.ts";

/** Final records as they arrive, for one consumer. */
export interface RecordQueue {
  /** The tasks without a final record. */
  readonly pending: Set<string>;
  /** Records that nobody has taken yet. */
  readonly arrived: TaskRecord[];
  /** Takes a record in, if it is final. */
  add(record: TaskRecord): void;
  /** No more will arrive. */
  end(): void;
  /** No more will arrive, for this reason. */
  fail(error: unknown): void;
  /** Waits for the next record; nothing after the end. */
  next(): Promise<TaskRecord | undefined>;
}

/** A queue for these tasks, some of whose records are there already. */
export function createQueue(taskIds: readonly string[], kept: readonly TaskRecord[]): RecordQueue {
  const pending = new Set(taskIds);
  const arrived = [...kept];
  for (const { taskId } of kept) pending.delete(taskId);
  let ended: { error?: unknown } | undefined;
  let wake = () => {};
  return {
    pending,
    arrived,
    add(record) {
      if (!isFinal(record) || !pending.delete(record.taskId)) return;
      arrived.push(record);
      wake();
    },
    end() {
      ended = {};
      wake();
    },
    fail(error) {
      ended = { error };
      wake();
    },
    async next() {
      while (arrived.length === 0 && ended === undefined) {
        await new Promise<void>((resolve) => wake = resolve);
      }
      if (arrived.length === 0 && ended !== undefined && "error" in ended) throw ended.error;
      return arrived.shift();
    },
  };
}
