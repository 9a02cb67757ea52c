import { ComputeTimeoutError } from "../errors/timeout_error.ts";
import { type CallOptions, checkCallOptions } from "../http/call_options.ts";
import { type Client, type ClientContext, contextOf } from "../http/client.ts";
import { withDeadline } from "../http/deadline.ts";
import { isFinal, type TaskRecord } from "../wire/task_record.ts";
import { pollerOf } from "./poller.ts";
import { type TaskOutcome, toOutcome } from "./task_outcome.ts";
import { keptRecord, readRecords } from "./task_records.ts";
import { selectTaskIds, type TaskSelection } from "./task_selection.ts";

/** How long the service keeps a task without activity, and so how long it makes sense to wait. */
const TASK_LIFETIME_MS = 14 * 24 * 3600 * 1000;

/** What the functions that wait take last. */
export interface WaitOptions extends CallOptions {
  /**
   * How long to wait, in milliseconds; 0 looks once.
   * @default {1_209_600_000} two weeks, the life of a task
   */
  timeoutMs?: number | undefined;
}

/**
 * Waits for tasks, and gives the outcome of each as soon as it is known. A task that failed is an outcome too.
 *
 * One request asks for many tasks, and all waits of a client share it. Leaving the loop early stops the
 * waiting alone: the tasks go on.
 *
 * @example In order of completion
 * ```ts
 * import { asCompleted, type BatchReceipt, type Client } from "@edge-compute/globus";
 *
 * export async function report(client: Client, receipt: BatchReceipt): Promise<void> {
 *   for await (const outcome of asCompleted(client, receipt, { timeoutMs: 60_000 })) {
 *     if (outcome.state === "success") console.log(outcome.taskId, outcome.result);
 *   }
 * }
 * ```
 *
 * @param selection Task ids, a receipt, or `{ taskGroupId }`.
 * @returns Each task once; never in state `pending`.
 * @throws {ComputeTimeoutError} If the time is over; it carries the ids of the tasks without an outcome.
 * @throws {ComputeAuthorizationError} If the service refuses the credentials.
 * @throws `signal.reason`, when the signal is aborted.
 * @see Routes `POST /v2/batch_status` and `GET /v2/taskgroup/{task_group_uuid}`.
 */
export async function* asCompleted(
  client: Client,
  selection: TaskSelection,
  options: WaitOptions = {},
): AsyncGenerator<TaskOutcome, void, void> {
  checkCallOptions(options);
  const context = contextOf(client);
  const { signal, timeoutMs = TASK_LIFETIME_MS } = options;
  const startMs = context.clock.nowMs();
  const taskIds = await selectTaskIds(context, selection, { signal, timeoutMs: timeoutMs || undefined });
  const watch = timeoutMs === 0 ? lookOnce(context, taskIds) : new Watch(context, taskIds);
  try {
    for (let left = taskIds.length; left > 0; left--) {
      const onTimeout = () => timeoutError(watch.pending, timeoutMs);
      const leftMs = timeoutMs === 0 ? Infinity : Math.max(0, startMs + timeoutMs - context.clock.nowMs());
      const deadline = { clock: context.clock, signal, timeoutMs: leftMs, onTimeout };
      // What has arrived is handed over even when the time is just over.
      const record = watch.arrived.shift() ?? await withDeadline(deadline, () => watch.next());
      if (record === undefined) throw onTimeout();
      yield toOutcome(record);
    }
  } finally {
    watch.stop();
  }
}

function timeoutError(pending: ReadonlySet<string>, timeoutMs: number): ComputeTimeoutError {
  const count = pending.size === 1 ? `Task ${[...pending][0]} has` : `${pending.size} tasks have`;
  return new ComputeTimeoutError(`${count} no outcome after ${timeoutMs} ms; wait again by the same ids`, {
    timeoutMs,
    taskIds: [...pending],
  });
}

/** Records as they arrive, for one consumer. */
interface RecordQueue {
  readonly pending: Set<string>;
  readonly arrived: TaskRecord[];
  /** Waits for the next record; nothing when no more will arrive. */
  next(): Promise<TaskRecord | undefined>;
  stop(): void;
}

function lookOnce(context: ClientContext, taskIds: readonly string[]): RecordQueue {
  const pending = new Set(taskIds);
  const arrived: TaskRecord[] = [];
  const read = readRecords(context, taskIds, (record) => {
    if (isFinal(record) && pending.delete(record.taskId)) arrived.push(record);
  });
  read.catch(() => {}); // Where the loop is left before `next` is asked, nobody else listens.
  return { pending, arrived, next: () => read.then(() => arrived.shift()), stop: () => {} };
}

class Watch implements RecordQueue {
  readonly pending: Set<string>;
  readonly arrived: TaskRecord[] = [];
  readonly stop: () => void;
  #failure: { error: unknown } | undefined;
  #wake: () => void = () => {};

  constructor(context: ClientContext, taskIds: readonly string[]) {
    const kept = taskIds.map((taskId) => keptRecord(context, taskId)).filter((record) =>
      record !== undefined
    );
    this.arrived.push(...kept);
    this.pending = new Set(taskIds);
    for (const { taskId } of kept) this.pending.delete(taskId);
    this.stop = this.pending.size === 0 ? () => {} : pollerOf(context).watch(this);
  }

  onRecord(record: TaskRecord): void {
    if (!isFinal(record)) return;
    this.arrived.push(record);
    this.#wake();
  }

  onError(error: unknown): void {
    this.#failure = { error };
    this.#wake();
  }

  async next(): Promise<TaskRecord | undefined> {
    while (this.arrived.length === 0) {
      if (this.#failure) throw this.#failure.error;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.arrived.shift();
  }
}
