import { malformed } from "./malformed.ts";
import { given, isRecord, membersOf, optionalString } from "../base/narrow.ts";
import { timeOf } from "./iso_time.ts";

/** The tasks that were submitted under one id. */
export interface TaskGroup {
  /** The group's id. */
  taskGroupId: string;
  /** Whether the service has made an AMQP queue for its results, where it tells. */
  createQueue?: boolean;
  /** Its tasks, in the service's order. */
  tasks: TaskGroupEntry[];
}

/** A task in a group. */
export interface TaskGroupEntry {
  /** The task. */
  taskId: string;
  /** When it was submitted, where the service tells. */
  createdAt?: Date;
}

/**
 * Reads the list of a group's tasks.
 *
 * @throws {ComputeDecodeError} If it is no such list, or about another group.
 */
export function decodeTaskGroup(body: unknown, taskGroupId: string): TaskGroup {
  const fail = (why: string) => malformed(`task group ${taskGroupId}: ${why}`, body);
  if (!isRecord(body) || !Array.isArray(body.tasks)) throw fail("it lists no tasks with ids");
  const about = optionalString(body.taskgroup_id);
  if (about !== undefined && about.toLowerCase() !== taskGroupId) throw fail(`it is about ${about}`);
  const tasks = body.tasks.map((task: unknown) => {
    const { id, created_at: createdAt } = membersOf(task);
    if (typeof id !== "string") throw fail("it lists no tasks with ids");
    return { taskId: id, ...given({ createdAt: timeOf(createdAt) }) };
  });
  const queue = body.create_websockets_queue;
  return { taskGroupId, ...given({ createQueue: typeof queue === "boolean" ? queue : undefined }), tasks };
}
