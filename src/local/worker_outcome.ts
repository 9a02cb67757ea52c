/**
 * What becomes of a task on a worker, and the texts of the failures that are not the task's own.
 *
 * @module
 */

import { hostname } from "node:os";

/** One task, as the service hands it to a worker. */
export interface WorkerTask {
  /** Id of the task; Python finds it as `GC_TASK_UUID`. */
  taskId: string;
  /** The packed function, arguments and keyword arguments. */
  taskBuffer: string;
  /** Import paths of the strategies for the result, in order; without any, Python's defaults. */
  resultSerializers?: readonly string[];
}

/** A task that returned. */
export interface WorkerSuccess {
  ok: true;
  /** The serialized result. */
  data: string;
  /** What the task ran on: `os`, `python_version` and, where it is installed, `dill_version`. */
  details: Record<string, string>;
  /** When the task began, in milliseconds since 1970, with a fraction. */
  startedAtMs: number;
  /** When its result was ready. */
  endedAtMs: number;
}

/** A task that raised, or that was ended. */
export interface WorkerFailure {
  ok: false;
  /** Python's traceback, or what ended the task. */
  data: string;
  /** `RemoteExecutionError`, `MaxResultSizeExceeded`, or one of the constants of this module. */
  code: string;
  /** One line for the user. */
  userMessage: string;
  /** As for a success; absent where the worker did not answer. */
  details?: Record<string, string>;
  /** When the task began, in milliseconds since 1970, with a fraction. */
  startedAtMs: number;
  /** When it failed. */
  endedAtMs: number;
}

/** What became of a task. */
export type WorkerOutcome = WorkerSuccess | WorkerFailure;

/** The worker ended while it ran the task, or there is none to run it. */
export const WORKER_LOST = "WorkerLost";
/** The task ran for longer than the pool allows. */
export const TASK_TIME_LIMIT_EXCEEDED = "TaskTimeLimitExceeded";
/** The task printed more than the pool allows. */
export const TASK_OUTPUT_EXCEEDED = "TaskOutputExceeded";

/** Why a task was ended from outside. */
export interface Cause {
  code: string;
  /** One sentence without a period. */
  reason: string;
}

// Clients of the real service look for the name of Parsl's class.
const PARSL_WORKER_LOST =
  `parsl.executors.high_throughput.errors.WorkerLost: Task failure due to loss of worker on host ${hostname()}`;

/** A failure, now, in the form that the engine of a real endpoint gives to its own. */
export function engineFailure(cause: Cause, stderr = "", startedAtMs: number = Date.now()): WorkerFailure {
  const name = cause.code === WORKER_LOST ? PARSL_WORKER_LOST : cause.code;
  const printed = stderr.trim() === "" ? [] : ["Last lines on stderr:", stderr.trimEnd()];
  const data = [
    "+".repeat(68),
    "Traceback (most recent call last):",
    `${name}: ${cause.reason}`,
    ...printed,
    "-".repeat(68),
  ].join("\n");
  return {
    ok: false,
    data,
    code: cause.code,
    userMessage: cause.reason,
    startedAtMs,
    endedAtMs: Math.max(startedAtMs, Date.now()),
  };
}

/** What a worker says of itself when it is ready. */
export interface WorkerHello {
  pythonVersion: string;
  details: Record<string, string>;
}

/** Reads the first frame of a worker. */
export function parseHello(value: unknown): WorkerHello {
  const { python_version, os, dill_version } = fields(value);
  if (typeof python_version !== "string" || typeof os !== "string") throw unreadable(value);
  const dill = typeof dill_version === "string" ? { dill_version } : {};
  return { pythonVersion: python_version, details: { os, ...dill, python_version } };
}

/** Reads the frame that says that a task begins, as milliseconds. */
export function parseStarted(value: unknown): number {
  const { started_ns } = fields(value);
  if (typeof started_ns !== "number") throw unreadable(value);
  return started_ns / 1e6;
}

/** Reads the frame that ends a task. */
export function parseAnswer(
  value: unknown,
  startedAtMs: number,
  details: Record<string, string>,
): WorkerOutcome {
  const { ok, data, code, user_message, ended_ns } = fields(value);
  if (typeof data !== "string" || typeof ended_ns !== "number") throw unreadable(value);
  const common = { data, details: { ...details }, startedAtMs, endedAtMs: ended_ns / 1e6 };
  if (ok === true) return { ok, ...common };
  if (typeof code !== "string" || typeof user_message !== "string") throw unreadable(value);
  return { ok: false, code, userMessage: user_message, ...common };
}

function fields(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw unreadable(value);
  return { ...value };
}

function unreadable(value: unknown): Error {
  return new TypeError(`Cannot read a frame of a worker: got ${typeof value}`);
}
