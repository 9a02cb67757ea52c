import { ComputeError } from "../errors/compute_error.ts";
import type { ClientContext } from "../http/client.ts";
import { isFinal, isUnknownTask, type TaskRecord } from "../wire/task_record.ts";
import { readRecords } from "./task_records.ts";

const FIRST_POLL_MS = 100;
const MAX_POLL_MS = 10_000;
const BACK_OFF = 1.6;

/** Who waits for tasks. */
export interface Watcher {
  /** The tasks of this watcher that have no final record yet. */
  readonly pending: Set<string>;
  /** Called with each record, final or not. */
  onRecord(record: TaskRecord): void;
  /** Called when no poll can succeed any more. */
  onError(error: unknown): void;
}

/** All waits of a client share one poll. */
const pollers = new WeakMap<ClientContext, Poller>();

/** The poll of this client. */
export function pollerOf(context: ClientContext): Poller {
  const poller = pollers.get(context) ?? new Poller(context);
  pollers.set(context, poller);
  return poller;
}

/** Asks for the tasks that anybody waits for: often at first, and less so while nothing happens. */
class Poller {
  readonly #context: ClientContext;
  readonly #watchers = new Set<Watcher>();
  /** Tasks that the service did not know when it was last asked: once may be too early, twice is an answer. */
  readonly #missing = new Set<string>();
  #intervalMs = FIRST_POLL_MS;
  #dueMs = Infinity;
  #wake: AbortController | undefined;
  #isRunning = false;

  constructor(context: ClientContext) {
    this.#context = context;
  }

  /** Begins to wait; the returned function ends it. */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    this.#intervalMs = FIRST_POLL_MS;
    this.#dueMs = Math.min(this.#dueMs, this.#context.clock.nowMs() + FIRST_POLL_MS);
    if (this.#isRunning) this.#wake?.abort();
    else void this.#run();
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) this.#wake?.abort();
    };
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    const { clock } = this.#context;
    while (this.#pending().length > 0) {
      const sleepMs = this.#dueMs - clock.nowMs();
      if (sleepMs > 0) {
        this.#wake = new AbortController();
        await clock.sleep(sleepMs, { signal: this.#wake.signal }).catch(() => {});
        continue; // Somebody may have come or gone in the meantime.
      }
      const finals = await this.#poll(this.#pending());
      const factor = finals > 0 ? 1 / BACK_OFF : BACK_OFF;
      this.#intervalMs = Math.min(MAX_POLL_MS, Math.max(FIRST_POLL_MS, this.#intervalMs * factor));
      this.#dueMs = clock.nowMs() + this.#intervalMs;
    }
    this.#dueMs = Infinity;
    this.#isRunning = false;
  }

  #pending(): string[] {
    const pending = new Set<string>();
    for (const watcher of this.#watchers) {
      for (const taskId of watcher.pending) pending.add(taskId);
    }
    return [...pending];
  }

  /** Returns how many tasks have come to their end. */
  async #poll(taskIds: readonly string[]): Promise<number> {
    let finals = 0;
    try {
      await readRecords(this.#context, taskIds, (record) => {
        if (!this.#isAnswer(record)) return;
        if (isFinal(record)) finals++;
        this.#deliver(record);
      });
    } catch (error) {
      // The service or the network may be back long before a task that runs for days is done.
      if (error instanceof ComputeError && error.retryable) return finals;
      const watchers = [...this.#watchers];
      this.#watchers.clear();
      for (const watcher of watchers) watcher.onError(error);
    }
    return finals;
  }

  #isAnswer(record: TaskRecord): boolean {
    if (!isUnknownTask(record)) {
      this.#missing.delete(record.taskId);
      return true;
    }
    if (this.#missing.delete(record.taskId)) return true;
    this.#missing.add(record.taskId);
    return false;
  }

  #deliver(record: TaskRecord): void {
    for (const watcher of [...this.#watchers]) {
      if (!watcher.pending.has(record.taskId)) continue;
      if (isFinal(record)) watcher.pending.delete(record.taskId);
      watcher.onRecord(record);
    }
  }
}
