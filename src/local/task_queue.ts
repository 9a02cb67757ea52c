import type { Clock } from "../base/clock.ts";
import { LOCAL_ENDPOINT_ID } from "./constants.ts";
import type { FaultState } from "./fault_state.ts";
import type { Records } from "./records.ts";
import type { StoredTask } from "./state.ts";
import type { WorkerOutcome, WorkerTask } from "./worker_outcome.ts";

/** What a task asks for. */
export interface TaskWork extends WorkerTask {
  functionId: string;
  functionName: string;
  /** The packed arguments and keyword arguments. */
  payload: string;
}

/** Runs a task, and tells when it has begun. The promise never rejects. */
export type RunTask = (work: TaskWork, onStart: () => void) => Promise<WorkerOutcome>;

/** The way of tasks from their submission to their outcome. */
export interface TaskQueue {
  /** Takes a task. */
  add(task: StoredTask, work: TaskWork): void;
  /** What is known of a task now: what does not apply is left out, as the Python client goes by presence. */
  describe(task: StoredTask): object;
}

/** What a queue works with. */
export interface TaskQueueOptions {
  run: RunTask;
  faults: FaultState;
  clock: Clock;
  records: Records;
  /** Ends all waiting. */
  signal: AbortSignal;
}

/** Where a task is on its way to a worker, in the words of the service: a quarter of the time in each. */
const WAY = ["received", "waiting-for-ep", "waiting-for-nodes", "waiting-for-launch"] as const;

/** Makes the queue of the local endpoint. Tasks of other endpoints wait for ever: nobody runs these. */
export function createTaskQueue(options: TaskQueueOptions): TaskQueue {
  const { run, faults, clock, records, signal } = options;

  async function follow(task: StoredTask, work: TaskWork): Promise<void> {
    const durationMs = faults.nextQueueDelayMs();
    await faults.untilOnline();
    task.journey = { sinceMs: clock.monotonicMs(), durationMs };
    if (durationMs > 0) await clock.sleep(durationMs, { signal });
    await faults.untilOnline();
    if (signal.aborted) return;
    const outcome = await run(work, () => {
      task.isRunning = true;
      const { taskId, functionId, functionName, payload } = work;
      records.add(records.runs, { taskId, functionId, functionName, payload, atMs: clock.nowMs() });
    });
    task.outcome = {
      status: outcome.ok ? "success" : "failed",
      ...(outcome.ok ? { result: outcome.data } : { exception: outcome.data }),
      completion_t: (clock.nowMs() / 1000).toFixed(6),
      ...(outcome.details === undefined ? {} : { details: describeDetails(outcome) }),
    };
  }

  function statusOf(task: StoredTask): string {
    if (task.isRunning) return "running";
    if (task.endpointId !== LOCAL_ENDPOINT_ID || faults.isOffline() || !task.journey) return "waiting-for-ep";
    const { sinceMs, durationMs } = task.journey;
    const step = durationMs > 0
      ? Math.floor((clock.monotonicMs() - sinceMs) / durationMs * WAY.length)
      : WAY.length;
    return WAY[Math.min(step, WAY.length - 1)] as string;
  }

  return {
    add(task, work) {
      if (task.endpointId !== LOCAL_ENDPOINT_ID) return;
      follow(task, work).catch((error) => {
        if (!signal.aborted) throw error;
      });
    },
    describe: (task) => ({ task_id: task.taskId, status: statusOf(task), ...task.outcome }),
  };
}

function describeDetails({ details, startedAtMs, endedAtMs }: WorkerOutcome): object {
  return {
    ...details,
    endpoint_id: LOCAL_ENDPOINT_ID,
    task_transitions: { "execution-start": startedAtMs / 1000, "execution-end": endedAtMs / 1000 },
  };
}
