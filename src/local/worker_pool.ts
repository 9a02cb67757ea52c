/**
 * A pool of Python processes that run tasks as the workers of an endpoint do.
 *
 * @module
 */

import { messageOf } from "../base/narrow.ts";
import { checkNumber } from "../base/check.ts";
import { systemClock } from "../base/clock.ts";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { engineFailure, WORKER_LOST, type WorkerOutcome, type WorkerTask } from "./worker_outcome.ts";
import { startWorkerProcess, type WorkerProcess } from "./worker_process.ts";

export type { WorkerOutcome, WorkerTask };

/** How a pool is made. */
export interface WorkerPoolOptions {
  /** Number of processes, at least 1. */
  workers: number;
  /** The interpreter, CPython 3.8 or newer: a name such as `python3`, or a path. */
  python: string;
  /** A task that runs for longer is stopped. `Infinity`, like all from 2^31 ms on, is no limit. */
  taskTimeLimitMs: number;
  /** A task that prints more than this is stopped. */
  maxOutputBytes: number;
  /** Is given what tasks print. */
  onOutput?: (chunk: Uint8Array, stream: "stdout" | "stderr") => void;
}

/** What a pool is doing. */
export interface WorkerPoolCounts {
  /** Processes that the pool keeps. */
  workers: number;
  /** Processes that are ready and have no task. */
  idle: number;
  /** Tasks that wait for a process. */
  queued: number;
  /** Tasks that a process has. */
  running: number;
}

/** A pool of Python processes. */
export interface WorkerPool {
  /** Version of the interpreter, such as `3.11.7`. */
  readonly pythonVersion: string;
  /** Runs a task when its turn comes. The promise never rejects: whatever happens is an outcome. */
  run(task: WorkerTask, onStart?: () => void): Promise<WorkerOutcome>;
  /** What the pool is doing now. */
  counts(): WorkerPoolCounts;
  /** Ends the processes and all that they started; tasks that are not done fail. */
  close(): Promise<void>;
}

interface QueuedTask {
  task: WorkerTask;
  onStart: (() => void) | undefined;
  attempts: number;
  resolve(outcome: WorkerOutcome): void;
}

interface Slot {
  directory: string;
  /** Why there is no process here and the last attempt to start one failed. */
  problem?: string | undefined;
  /** Processes in a row that ended without having begun a task. */
  failures: number;
}

const MAX_ATTEMPTS = 3;
const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 5_000;

/**
 * Starts the processes of a pool.
 *
 * @throws {RangeError} If there is not at least one worker.
 * @throws {Error} If the interpreter is missing, too old or fails; the message says which option to set.
 */
export async function startWorkerPool(options: WorkerPoolOptions): Promise<WorkerPool> {
  checkNumber(options.workers, "workers", 1, 1_024);
  const root = await mkdtemp(join(tmpdir(), "globus-workers-"));
  const slots = Array.from({ length: options.workers }, (_, index): Slot => {
    return { directory: join(root, `worker-${index + 1}`), failures: 0 };
  });
  const closing = new AbortController();
  const queue: QueuedTask[] = [];
  const idle: WorkerProcess[] = [];
  let running = 0;

  async function start(slot: Slot): Promise<WorkerProcess> {
    await mkdir(slot.directory, { recursive: true });
    return startWorkerProcess({ ...options, directory: slot.directory, signal: closing.signal });
  }

  /** Starts a process again, after a pause that grows where the last ones did not last. */
  async function restart(slot: Slot): Promise<WorkerProcess | undefined> {
    while (!closing.signal.aborted) {
      if (slot.failures > 0) {
        const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** slot.failures, MAX_PAUSE_MS);
        await systemClock.sleep(pauseMs, { signal: closing.signal }).catch(() => {});
        if (closing.signal.aborted) return;
      }
      try {
        return await start(slot);
      } catch (error) {
        slot.problem = messageOf(error);
        slot.failures += 1;
        dispatch();
      }
    }
  }

  /** Keeps a process in the slot until the pool is closed. */
  async function keep(slot: Slot, first: WorkerProcess): Promise<void> {
    for (let worker: WorkerProcess | undefined = first; worker; worker = await restart(slot)) {
      slot.problem = undefined;
      idle.push(worker);
      dispatch();
      await worker.ended;
      const index = idle.indexOf(worker);
      if (index >= 0) idle.splice(index, 1);
      slot.failures = worker.hasBegunTask() ? 0 : slot.failures + 1;
    }
  }

  function dispatch(): void {
    while (queue.length > 0) {
      const worker = idle.shift();
      if (!worker) break;
      const item = queue.shift();
      if (item) void runOn(worker, item);
    }
    if (closing.signal.aborted) failQueued("The service was closed before the task began");
    const problems = slots.map((slot) => slot.problem);
    if (problems[0] !== undefined && problems.every((problem) => problem !== undefined)) {
      failQueued(problems[0]);
    }
  }

  async function runOn(worker: WorkerProcess, item: QueuedTask): Promise<void> {
    running += 1;
    const outcome = await worker.run(item.task, item.onStart);
    running -= 1;
    if (worker.isAlive()) idle.push(worker);
    if (outcome) {
      item.resolve(outcome);
    } else if (item.attempts < MAX_ATTEMPTS) {
      queue.unshift({ ...item, attempts: item.attempts + 1 });
    } else {
      item.resolve(lost(`${MAX_ATTEMPTS} worker processes ended before the task began`));
    }
    dispatch();
  }

  function failQueued(reason: string): void {
    for (const { resolve } of queue.splice(0)) resolve(lost(reason));
  }

  async function shutDown(kept: readonly Promise<void>[]): Promise<void> {
    closing.abort();
    dispatch();
    await Promise.all(kept);
    // A process that left its group may still write there, which is no reason to fail.
    await rm(root, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
  }

  const attempts = await Promise.allSettled(slots.map(async (slot) => ({ slot, worker: await start(slot) })));
  const started = attempts.flatMap((attempt) => attempt.status === "fulfilled" ? [attempt.value] : []);
  const failed = attempts.find((attempt) => attempt.status === "rejected");
  const [first] = started;
  if (failed || !first) {
    await shutDown(started.map(({ worker }) => worker.ended));
    throw failed?.reason;
  }
  const kept = started.map(({ slot, worker }) => keep(slot, worker));

  let closed: Promise<void> | undefined;
  return {
    pythonVersion: first.worker.hello.pythonVersion,
    run: (task, onStart) =>
      new Promise((resolve) => {
        queue.push({ task, onStart, attempts: 1, resolve });
        dispatch();
      }),
    counts: () => ({ workers: slots.length, idle: idle.length, queued: queue.length, running }),
    close: () => closed ??= shutDown(kept),
  };
}

function lost(reason: string): WorkerOutcome {
  return engineFailure({ code: WORKER_LOST, reason });
}
