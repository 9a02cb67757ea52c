/**
 * One Python process that runs tasks, one at a time. `worker.py` is its other half.
 *
 * @module
 */

import { isMissing } from "../base/system_error.ts";
import { spawn } from "node:child_process";
import process from "node:process";
import { Duplex } from "node:stream";
import { workerSource } from "../../gen/worker.ts";
import { createFrameReader, encodeFrame } from "./worker_frames.ts";
import {
  type Cause,
  engineFailure,
  parseAnswer,
  parseHello,
  parseStarted,
  TASK_OUTPUT_EXCEEDED,
  TASK_TIME_LIMIT_EXCEEDED,
  WORKER_LOST,
  type WorkerHello,
  type WorkerOutcome,
  type WorkerTask,
} from "./worker_outcome.ts";

/** What a worker process is started with. */
export interface WorkerProcessOptions {
  /** The interpreter, by name or path. */
  python: string;
  /** The working directory of the tasks; it exists. */
  directory: string;
  /** A task that runs for longer is ended, and the process with it. From 2^31 ms on there is no limit. */
  taskTimeLimitMs: number;
  /** A task that prints more is ended, and the process with it. */
  maxOutputBytes: number;
  /** Is given what tasks print. */
  onOutput?: ((chunk: Uint8Array, stream: "stdout" | "stderr") => void) | undefined;
  /** Ends the process, also while it starts. */
  signal: AbortSignal;
}

/** A process that is ready for tasks. */
export interface WorkerProcess {
  readonly hello: WorkerHello;
  /** Settles when the process and all that it started in its group are gone. */
  readonly ended: Promise<void>;
  /** Whether it can take a task, once the last one is answered. */
  isAlive(): boolean;
  /** Whether a task of it has begun. */
  hasBegunTask(): boolean;
  /** Runs one task. Gives `undefined` if the process ended before anything of the task ran. */
  run(task: WorkerTask, onStart?: () => void): Promise<WorkerOutcome | undefined>;
}

const STARTUP_LIMIT_MS = 30_000;
// A process that a task moved to a session of its own survives, and may hold the pipes open for ever.
const DRAIN_LIMIT_MS = 200;
const STDERR_TAIL_BYTES = 2048;
const MAX_TIMER_MS = 2 ** 31 - 1;

// The source comes as an argument, not by `-c` itself: a task's `__main__` stays empty (dill shares it with the
// functions that it loads), and tracebacks tell the worker's frames from those of functions in "<string>".
const BOOTSTRAP = `
import sys
if sys.version_info < (3, 8):
    sys.exit("Python %d.%d is older than 3.8" % tuple(sys.version_info[:2]))
sys.path = [path for path in sys.path if path]
exec(compile(sys.argv.pop(), "<worker>", "exec"), {"__name__": "globus_worker"})
`;

interface RunningTask {
  resolve(outcome: WorkerOutcome | undefined): void;
  onStart: (() => void) | undefined;
  startedAtMs?: number;
  outputBytes: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** Starts a process; rejects, with an error that says what to do, if it does not become a worker. */
export function startWorkerProcess(options: WorkerProcessOptions): Promise<WorkerProcess> {
  const { python, taskTimeLimitMs, maxOutputBytes, signal } = options;
  const child = spawn(python, ["-c", BOOTSTRAP, workerSource], {
    cwd: options.directory,
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const channel = child.stdio[3];
  let running: RunningTask | undefined;
  let cause: Cause | undefined;
  let alive = true;
  let hasBegun = false;
  let stderrTail = new Uint8Array();

  /** Ends the process with its group; the first cause is the one that is told. */
  function end(reason: string, code = WORKER_LOST): void {
    cause ??= { code, reason };
    alive = false;
    killGroup(child.pid);
  }

  function settle(outcome: WorkerOutcome | undefined): void {
    const task = running;
    running = undefined;
    clearTimeout(task?.timer);
    task?.resolve(outcome);
  }

  function takeOutput(chunk: Uint8Array, stream: "stdout" | "stderr"): void {
    if (cause) return;
    if (running && (running.outputBytes += chunk.length) > maxOutputBytes) {
      return end(
        `Task printed more than ${formatBytes(maxOutputBytes)} and was stopped`,
        TASK_OUTPUT_EXCEEDED,
      );
    }
    if (stream === "stderr") stderrTail = lastBytes(stderrTail, chunk, STDERR_TAIL_BYTES);
    options.onOutput?.(chunk, stream);
  }

  const abort = () => end("The service was closed before the task was done");
  const exited = new Promise<string>((resolve) => {
    child.once("error", (error) => {
      if (child.pid === undefined) {
        resolve(isMissing(error) ? "was not found" : `did not start: ${error.message}`);
      }
    });
    child.once("exit", (status, exitSignal) => {
      alive = false;
      killGroup(child.pid);
      const drained = () => {
        clearTimeout(timer);
        for (const stream of child.stdio) stream?.destroy();
        resolve(exitSignal === null ? `exited with status ${status}` : `was killed by ${exitSignal}`);
      };
      const timer = setTimeout(drained, DRAIN_LIMIT_MS);
      child.once("close", drained);
    });
  });
  const ended = exited.then((how) => {
    signal.removeEventListener("abort", abort);
    const startedAtMs = running?.startedAtMs;
    if (!cause && startedAtMs === undefined) return settle(undefined);
    const lost = { code: WORKER_LOST, reason: `The worker process ${how} while it ran this task` };
    settle(engineFailure(cause ?? lost, lastLines(stderrTail), startedAtMs));
  });

  function run(task: WorkerTask, onStart?: () => void): Promise<WorkerOutcome | undefined> {
    if (!alive || !(channel instanceof Duplex)) return Promise.resolve(undefined);
    stderrTail = new Uint8Array();
    const { taskId: task_id, taskBuffer: task_buffer, resultSerializers } = task;
    channel.write(encodeFrame({ task_id, task_buffer, result_serializers: resultSerializers ?? null }));
    return new Promise((resolve) => {
      const timer = taskTimeLimitMs > MAX_TIMER_MS ? undefined : setTimeout(() => {
        end(
          `Task exceeded the time limit of ${taskTimeLimitMs / 1000} s and was stopped`,
          TASK_TIME_LIMIT_EXCEEDED,
        );
      }, taskTimeLimitMs);
      running = { resolve, onStart, outputBytes: 0, timer };
    });
  }

  return new Promise<WorkerProcess>((resolve, reject) => {
    const startup = setTimeout(
      () => end(`was not ready after ${STARTUP_LIMIT_MS / 1000} s`),
      STARTUP_LIMIT_MS,
    );
    void exited.then((how) => {
      clearTimeout(startup);
      reject(startError(python, cause?.reason ?? how, lastLines(stderrTail)));
    });

    const readFrames = createFrameReader();
    let hello: WorkerHello | undefined;
    function takeFrame(frame: unknown): void {
      if (!hello) {
        clearTimeout(startup);
        hello = parseHello(frame);
        resolve({ hello, ended, isAlive: () => alive, hasBegunTask: () => hasBegun, run });
      } else if (running?.startedAtMs === undefined) {
        if (!running) return;
        running.startedAtMs = parseStarted(frame);
        hasBegun = true;
        running.onStart?.();
      } else {
        settle(parseAnswer(frame, running.startedAtMs, hello.details));
      }
    }

    // What cannot be written to has ended or is about to, which is told by how it ends.
    for (const stream of child.stdio) stream?.on("error", () => killGroup(child.pid));
    child.stdout?.on("data", (chunk: Uint8Array) => takeOutput(chunk, "stdout"));
    child.stderr?.on("data", (chunk: Uint8Array) => takeOutput(chunk, "stderr"));
    channel?.on("data", (chunk: Uint8Array) => {
      if (cause) return;
      try {
        readFrames(chunk).forEach(takeFrame);
      } catch {
        end("The worker process sent what is not a frame");
      }
    });
    signal.addEventListener("abort", abort);
    if (signal.aborted) abort();
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group is gone already.
  }
}

function lastBytes(head: Uint8Array, tail: Uint8Array, limit: number): Uint8Array<ArrayBuffer> {
  const kept = tail.length < limit ? head.subarray(-(limit - tail.length)) : new Uint8Array();
  const bytes = new Uint8Array(kept.length + Math.min(tail.length, limit));
  bytes.set(kept);
  bytes.set(tail.subarray(-limit), kept.length);
  return bytes;
}

function lastLines(bytes: Uint8Array, count = 10): string {
  return new TextDecoder().decode(bytes).trimEnd().split("\n").slice(-count).join("\n");
}

function formatBytes(bytes: number): string {
  return bytes % 2 ** 20 === 0 ? `${bytes / 2 ** 20} MiB` : `${bytes} bytes`;
}

function startError(python: string, how: string, stderr: string): Error {
  const advice = "install Python 3.8 or newer, or set the option `python` to where it is";
  const printed = stderr === "" ? "" : `: ${stderr}`;
  return new Error(`Cannot start a worker: "${python}" ${how} (${advice})${printed}`);
}
