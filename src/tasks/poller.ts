import { ComputeError } from "../errors/compute_error.ts";
import type { ClientContext } from "../http/client.ts";
import { isFinal, isUnknownTask, type TaskRecord } from "../wire/task_record.ts";
import { answerSizeOf } from "./answer_size.ts";
import { readRecords } from "./task_records.ts";

const FIRST_POLL_MS = 100;
const MAX_POLL_MS = 10_000;
const BACK_OFF = 1.6;
/** Once half of the rate is used up, polls use no more of it, and leave the rest to whatever else is to be sent. */
const STEADY_POLL_MS = 1_000;
/** After so many probes each task has been asked for: some ten minutes, of the thirty that a result may wait. */
const MAX_PROBES = 60;
/** So many of the largest results that there are, one answer may have. */
const SAFE_IDS = 3;
/** So many requests of one poll ask for tasks with large results: the next one goes on from there. */
const MAX_LARGE_REQUESTS = 10;
/** 256 times three tasks: fewer than one request may ask for. */
const MAX_PROBE_FACTOR = 256;

/** Who waits for tasks. */
export interface Watcher {
  /** Called with each record, final or not, of a task that is watched. */
  onRecord(record: TaskRecord): void;
  /** Called when no poll can succeed any more. */
  onError(error: unknown): void;
  /** Called after each poll. */
  onPolled?(): void;
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
  /** Who waits for which task that has no final record yet. */
  readonly #watchers = new Map<string, Set<Watcher>>();
  /** Tasks that the service did not know when it was last asked: once may be too early, twice is an answer. */
  readonly #missing = new Set<string>();
  #intervalMs = FIRST_POLL_MS;
  #dueMs = Infinity;
  #polledMs = -Infinity;
  #wake: AbortController | undefined;
  #isRunning = false;
  /** Where the next probe goes on, and how many times what is safe it asks for. */
  #probeFrom = 0;
  #probeFactor = 1;

  constructor(context: ClientContext) {
    this.#context = context;
  }

  /** Begins to wait for tasks; the returned function ends it. */
  watch(taskIds: Iterable<string>, watcher: Watcher): () => void {
    const watched = [...taskIds];
    for (const taskId of watched) {
      const others = this.#watchers.get(taskId);
      if (others === undefined) this.#watchers.set(taskId, new Set([watcher]));
      else others.add(watcher);
    }
    this.#intervalMs = FIRST_POLL_MS;
    this.#dueMs = Math.min(this.#dueMs, this.#nextMs(FIRST_POLL_MS));
    if (this.#isRunning) this.#wake?.abort();
    else void this.#run();
    return () => {
      for (const taskId of watched) {
        const others = this.#watchers.get(taskId);
        if (others?.delete(watcher) && others.size === 0) this.#watchers.delete(taskId);
      }
      if (this.#watchers.size === 0) this.#wake?.abort();
    };
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    const { clock } = this.#context;
    while (this.#watchers.size > 0) {
      const sleepMs = this.#dueMs - clock.monotonicMs();
      if (sleepMs > 0) {
        this.#wake = new AbortController();
        await clock.sleep(sleepMs, { signal: this.#wake.signal }).catch(() => {});
        continue; // Somebody may have come or gone in the meantime.
      }
      const finals = await this.#poll();
      const factor = finals > 0 ? 1 / BACK_OFF : BACK_OFF;
      this.#intervalMs = Math.min(MAX_POLL_MS, Math.max(FIRST_POLL_MS, this.#intervalMs * factor));
      this.#polledMs = clock.monotonicMs();
      this.#dueMs = this.#nextMs(this.#intervalMs);
    }
    this.#dueMs = Infinity;
    this.#isRunning = false;
  }

  /** When the next poll may come, if it is wanted after so long. */
  #nextMs(delayMs: number): number {
    const soonestMs = isRateUsed(this.#context) ? this.#polledMs + STEADY_POLL_MS : -Infinity;
    return Math.max(this.#context.clock.monotonicMs() + delayMs, soonestMs);
  }

  /** Returns how many tasks have come to their end. */
  async #poll(): Promise<number> {
    const size = answerSizeOf(this.#context);
    const waiting = this.#everybody();
    let finals = 0;
    try {
      const probed = new Set<string>();
      if (!size.isKnown()) finals += await this.#probe(probed);
      if (!size.isKnown()) return finals;
      const waited = [...this.#watchers.keys()].filter((taskId) => !probed.has(taskId));
      const large = waited.filter(size.isLarge);
      const from = this.#probeFrom % large.length;
      // Large ones last, so that they hold no others up, and in turn.
      let pending = [
        ...waited.filter((taskId) => !size.isLarge(taskId)),
        ...large.slice(from),
        ...large.slice(0, from),
      ];
      for (let left = MAX_LARGE_REQUESTS; pending.length > 0 && left > 0;) {
        const asked = size.take(pending);
        if (asked.some(size.isLarge)) {
          this.#probeFrom += asked.length;
          left--;
        }
        finals += (await this.#ask(asked)).finals;
        pending = pending.filter((taskId) => this.#watchers.has(taskId)); // Some may have gone meanwhile.
      }
    } finally {
      for (const watcher of waiting) watcher.onPolled?.();
    }
    return finals;
  }

  /**
   * Asks for a few tasks, while nothing tells how large their results are: the oldest one, and others in turn, so
   * that each has its turn within minutes. An answer that knows none of them says that more can be asked for.
   *
   * @param probed Takes the ids that were asked for.
   */
  async #probe(probed: Set<string>): Promise<number> {
    const pending = [...this.#watchers.keys()];
    const safe = SAFE_IDS * this.#probeFactor;
    const count = Math.min(pending.length, Math.max(safe, Math.ceil(pending.length / MAX_PROBES)));
    probed.add(pending[0] as string);
    while (probed.size < count) probed.add(pending[this.#probeFrom++ % pending.length] as string);
    const { finals, isNoneKnown } = await this.#ask([...probed]);
    this.#probeFactor = isNoneKnown ? Math.min(MAX_PROBE_FACTOR, this.#probeFactor * 4) : 1;
    return finals;
  }

  async #ask(taskIds: readonly string[]): Promise<{ finals: number; isNoneKnown: boolean }> {
    let finals = 0;
    const answers: TaskRecord[] = [];
    const missing: TaskRecord[] = [];
    const collect = (record: TaskRecord) => (isUnknownTask(record) ? missing : answers).push(record);
    let failure: { error: unknown } | undefined;
    try {
      await readRecords(this.#context, taskIds, collect);
    } catch (error) {
      // The service or the network may be back long before a task that runs for days is done.
      if (!(error instanceof ComputeError) || !error.retryable) failure = { error };
    }
    for (const { taskId } of answers) this.#missing.delete(taskId);
    for (const record of [...answers, ...this.#settleMissing(missing)]) {
      if (isFinal(record)) finals++;
      this.#deliver(record);
    }
    const told = new Set([...answers, ...missing].map(({ taskId }) => taskId));
    if (failure) this.#fail(taskIds.filter((taskId) => !told.has(taskId)), failure.error);
    return { finals, isNoneKnown: answers.length === 0 };
  }

  /** What is to be said of tasks that the service does not know: nothing the first time. */
  #settleMissing(records: readonly TaskRecord[]): TaskRecord[] {
    const settled = records.filter(({ taskId }) => this.#missing.has(taskId));
    for (const { taskId } of records) this.#missing.add(taskId);
    for (const { taskId } of settled) this.#missing.delete(taskId);
    return settled;
  }

  #deliver(record: TaskRecord): void {
    const watchers = this.#watchers.get(record.taskId);
    if (isFinal(record)) this.#watchers.delete(record.taskId);
    for (const watcher of watchers ?? []) watcher.onRecord(record);
  }

  /** Ends the waits for these tasks, and no others. */
  #fail(taskIds: readonly string[], error: unknown): void {
    const watchers = new Set(taskIds.flatMap((taskId) => [...this.#watchers.get(taskId) ?? []]));
    for (const taskId of taskIds) this.#watchers.delete(taskId);
    for (const watcher of watchers) watcher.onError(error);
  }

  #everybody(): Set<Watcher> {
    const everybody = new Set<Watcher>();
    for (const watchers of this.#watchers.values()) {
      for (const watcher of watchers) everybody.add(watcher);
    }
    return everybody;
  }
}

/** Whether half of the rate is used up. A limiter that cannot say so does not end the waits. */
function isRateUsed({ limiter }: ClientContext): boolean {
  try {
    return (limiter.usedShare?.() ?? 0) >= 0.5;
  } catch {
    return false;
  }
}
