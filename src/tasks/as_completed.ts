import { ComputeTimeoutError } from "../errors/timeout_error.ts";
import { type CallOptions, checkCallOptions } from "../http/call_options.ts";
import { type Client, type ClientContext, contextOf } from "../http/client.ts";
import { withDeadline } from "../base/deadline.ts";
import { readKept } from "./kept_records.ts";
import { pollerOf } from "./poller.ts";
import { createProgress, type Progress, type TaskProgress } from "./progress.ts";
import { readOnce } from "./read_once.ts";
import { type TaskOutcome, toOutcome } from "./task_outcome.ts";
import { warnOfUnread } from "./unread.ts";
import { selectTaskIds, type TaskSelection } from "./task_selection.ts";
import { TASK_LIFETIME_MS } from "./task_lifetime.ts";
import { isFinal, type TaskRecord } from "../wire/task_record.ts";

/** What the functions that wait take last. */
export interface WaitOptions extends CallOptions {
  /**
   * How long to wait, in milliseconds; 0 looks once.
   * @default {1_209_600_000} two weeks, the life of a task
   */
  timeoutMs?: number | undefined;
  /** Is told after each poll how far the tasks are. What it throws reaches nobody. */
  onProgress?: ((progress: TaskProgress) => void) | undefined;
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
  const context = contextOf(client);
  yield* outcomesOf(context, await selectWait(context, selection, options), options);
}

/** What a selection stands for, as a wait that begins now. */
export async function selectWait(
  context: ClientContext,
  selection: TaskSelection,
  options: WaitOptions,
): Promise<Wait> {
  checkCallOptions(options, "onProgress");
  const startMs = context.clock.monotonicMs();
  const { signal, timeoutMs } = options;
  const taskIds = await selectTaskIds(context, selection, { signal, timeoutMs: timeoutMs || undefined });
  return { taskIds, endpointId: endpointOf(selection), startMs };
}

/** What a wait is for, and since when. */
export interface Wait {
  taskIds: readonly string[];
  /** The endpoint that runs the tasks, where it is known. */
  endpointId: string | undefined;
  /** When the call began of which the wait is the rest. */
  startMs: number;
}

/** The outcomes of tasks, in order of completion. */
export async function* outcomesOf(
  context: ClientContext,
  { taskIds, endpointId, startMs }: Wait,
  options: WaitOptions,
): AsyncGenerator<TaskOutcome, void, void> {
  const { signal, timeoutMs = TASK_LIFETIME_MS, onProgress } = options;
  warnOfUnread(context);
  let pending: ReadonlySet<string> = new Set(taskIds);
  const onTimeout = () => timeoutError(pending, timeoutMs);
  const untilEnd = <T>(run: () => Promise<T>) => {
    const leftMs = timeoutMs === 0
      ? Infinity
      : Math.max(0, startMs + timeoutMs - context.clock.monotonicMs());
    return withDeadline({ clock: context.clock, signal, timeoutMs: leftMs, onTimeout }, run);
  };
  const kept = await untilEnd(() => readKept(context, taskIds));
  const queue = createQueue(taskIds, kept);
  pending = queue.pending;
  const progress = onProgress && createProgress(context, taskIds, kept, endpointId, onProgress);
  const stop = timeoutMs === 0 ? lookOnce(context, queue) : watch(context, queue, progress);
  try {
    for (let left = taskIds.length; left > 0; left--) {
      // What has arrived is handed over even when the time is just over.
      const record = queue.arrived.shift() ?? await untilEnd(() => queue.next());
      if (record === undefined) throw onTimeout();
      yield await toOutcome(record, context);
    }
  } finally {
    stop();
    progress?.stop();
  }
}

function endpointOf(selection: TaskSelection): string | undefined {
  return "endpointId" in selection && typeof selection.endpointId === "string"
    ? selection.endpointId
    : undefined;
}

function timeoutError(pending: ReadonlySet<string>, timeoutMs: number): ComputeTimeoutError {
  const count = pending.size === 1 ? `Task ${[...pending][0]} has` : `${pending.size} tasks have`;
  return new ComputeTimeoutError(`${count} no outcome after ${timeoutMs} ms; wait again by the same ids`, {
    timeoutMs,
    taskIds: [...pending],
  });
}

/** Asks once, and ends the queue with what the answer does not tell. */
function lookOnce(context: ClientContext, queue: RecordQueue): () => void {
  readOnce(context, [...queue.pending], queue.add, new AbortController().signal).then(queue.end, queue.fail);
  return () => {};
}

function watch(context: ClientContext, queue: RecordQueue, progress: Progress | undefined): () => void {
  progress?.report();
  if (queue.pending.size === 0) return () => {};
  return pollerOf(context).watch(queue.pending, {
    onRecord(record) {
      progress?.add(record);
      queue.add(record);
    },
    onError: queue.fail,
    onPolled: () => progress?.report(),
  });
}

/** Final records as they arrive, for one consumer. */
interface RecordQueue {
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
function createQueue(taskIds: readonly string[], kept: readonly TaskRecord[]): RecordQueue {
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
