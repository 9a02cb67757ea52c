import type { ClientContext } from "../http/client.ts";
import { warn } from "../http/warning.ts";
import { isFinal, type TaskRecord } from "../wire/task_record.ts";

/** The service may give a result up that was left unread for 30 minutes: this is a little before. */
const UNREAD_MS = 25 * 60 * 1000;
/** What is followed at the most; older tasks make room. */
const MAX_FOLLOWED = 100_000;

/** When this client last asked for a task that it has submitted, the longest ago first. */
const followed = new WeakMap<ClientContext, Map<string, number>>();

/** Begins to follow tasks that have just been submitted. */
export function followSubmitted(context: ClientContext, taskIds: readonly string[]): void {
  if (context.onWarning === undefined) return;
  const own = followed.get(context) ?? new Map<string, number>();
  followed.set(context, own);
  for (const taskId of taskIds) own.set(taskId, context.clock.monotonicMs());
  for (const taskId of own.keys()) {
    if (own.size <= MAX_FOLLOWED) break;
    own.delete(taskId);
  }
}

/** Notes what has been asked for. */
export function noteAsked(context: ClientContext, records: readonly TaskRecord[]): void {
  const own = followed.get(context);
  if (own === undefined) return;
  for (const record of records) {
    const isFollowed = own.delete(record.taskId);
    if (isFollowed && !isFinal(record)) own.set(record.taskId, context.clock.monotonicMs());
  }
}

/**
 * Warns, once, of tasks that nobody has asked for in time. It is looked at whenever the client is used: a timer
 * of its own would keep a process up that is done.
 */
export function warnOfUnread(context: ClientContext): void {
  const own = followed.get(context);
  if (own === undefined) return;
  const sinceMs = context.clock.monotonicMs() - UNREAD_MS;
  const taskIds: string[] = [];
  for (const [taskId, askedMs] of own) {
    if (askedMs > sinceMs) break;
    taskIds.push(taskId);
    own.delete(taskId);
  }
  if (taskIds.length === 0) return;
  const count = taskIds.length === 1 ? `Task ${taskIds[0]} has` : `${taskIds.length} tasks have`;
  const message = `${count} not been asked for in ${UNREAD_MS / 60_000} minutes: ` +
    "the service may give up results that are left unread for 30";
  warn(context, { kind: "unreadResults", message, taskIds });
}
