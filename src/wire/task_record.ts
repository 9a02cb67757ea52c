import type { ComputeDecodeError } from "../errors/decode_error.ts";
import { malformed } from "./malformed.ts";
import { given, isRecord, membersOf, optionalString } from "../base/narrow.ts";

/** Where and when a task ran, as far as the service tells. */
export interface TaskDetails {
  /** The worker's operating system. */
  os?: string;
  /** The worker's Python. */
  pythonVersion?: string;
  /** The worker's dill. */
  dillVersion?: string;
  /** The worker's Compute SDK. */
  sdkVersion?: string;
  /** The user endpoint that ran the task: a child of the one it was submitted to. */
  endpointId?: string;
  /** When the function was called. */
  startedAt?: Date;
  /** When the function returned. */
  endedAt?: Date;
}

/** What the service says of a task: an entry of `POST /v2/batch_status`, or `GET /v2/tasks/{task_uuid}`. */
export interface TaskRecord {
  taskId: string;
  /** In lower case; `unknown` where the service gave none. */
  status: string;
  /** The serialized result. */
  result?: string;
  /** The text of the failure. */
  exception?: string;
  /** Why there is neither. */
  reason?: string;
  /** Why what the store has of it cannot be read. */
  failure?: ComputeDecodeError;
  completedAt?: Date;
  details?: TaskDetails;
}

/**
 * Reads what the service says of the task with this id.
 *
 * @throws {ComputeDecodeError} If it is no record of that task.
 */
export function decodeTaskRecord(body: unknown, taskId: string): TaskRecord {
  const fail = (why: string) => malformed(`the status of task ${taskId}: ${why}`, body);
  if (!isRecord(body)) throw fail("it is no object");
  const about = optionalString(body.task_id);
  if (about !== undefined && about.toLowerCase() !== taskId) {
    throw fail(`it is about ${about}`);
  }
  return given({
    taskId,
    status: optionalString(body.status)?.toLowerCase() ?? "unknown",
    result: optionalString(body.result),
    exception: optionalString(body.exception),
    reason: optionalString(body.reason),
    completedAt: fromUnixSeconds(body.completion_t),
    details: isRecord(body.details) ? decodeDetails(body.details) : undefined,
  });
}

/** Whether the outcome is known. The service has many words for the way there, and may get more. */
export function isFinal(record: TaskRecord): boolean {
  return record.status === "success" || record.status === "failed";
}

/** How `POST /v2/batch_status` says that it has no such task: not by a status of HTTP. */
export function isUnknownTask({ result, exception, reason }: TaskRecord): boolean {
  return result === undefined && exception === undefined && /^unknown task/i.test(reason ?? "");
}

/** Whether the service says that a task is over, and not how: it does not know it, or has handed its result over. */
export function isWithoutOutcome(record: TaskRecord): boolean {
  const { status, result, exception } = record;
  return isUnknownTask(record) || (status === "success" && result === undefined && exception === undefined);
}

/** The record of a task that the service does not know. */
export function unknownTask(taskId: string): TaskRecord {
  return { taskId, status: "failed", reason: "Unknown task id" };
}

function decodeDetails(details: Record<string, unknown>): TaskDetails {
  const transitions = membersOf(details.task_transitions);
  return given({
    os: optionalString(details.os),
    pythonVersion: optionalString(details.python_version),
    dillVersion: optionalString(details.dill_version),
    sdkVersion: optionalString(details.globus_compute_sdk_version),
    endpointId: optionalString(details.endpoint_id),
    startedAt: fromUnixSeconds(transitions["execution-start"]),
    endedAt: fromUnixSeconds(transitions["execution-end"]),
  });
}

/** The service writes times as seconds, in a string or as a number. */
function fromUnixSeconds(value: unknown): Date | undefined {
  const seconds = typeof value === "string" && value !== "" ? Number(value) : value;
  if (typeof seconds !== "number") return undefined;
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
