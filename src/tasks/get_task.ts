import { ComputeHttpError } from "../errors/http_error.ts";
import { ComputeTimeoutError } from "../errors/timeout_error.ts";
import { type CallOptions, checkCallOptions } from "../http/call_options.ts";
import { type Client, type ClientContext, contextOf } from "../http/client.ts";
import { withDeadline } from "../base/deadline.ts";
import { request } from "../http/request.ts";
import { decodeTaskRecord, type TaskRecord, unknownTask } from "../wire/task_record.ts";
import { checkUuid } from "../wire/uuid.ts";
import { type TaskOutcome, toOutcome } from "./task_outcome.ts";
import { readKept } from "./kept_records.ts";
import { readRecord } from "./task_records.ts";

/**
 * Asks once what is known of a task. An outcome that this client has read before is not asked for again.
 *
 * An abort ends this call, not the request, whose result may be on its way: it is kept for the next call.
 *
 * @example Look at a task
 * ```ts
 * import { type Client, getTask } from "@edge-compute/globus";
 *
 * export async function statusOf(client: Client, taskId: string): Promise<string> {
 *   const task = await getTask(client, taskId);
 *   return task.state === "pending" ? task.status : task.state;
 * }
 * ```
 *
 * @throws {RangeError} If `taskId` is no UUID.
 * @throws {ComputeHttpError} If the service answers with an error; a task that it does not know is none.
 * @throws {ComputeTimeoutError} If `timeoutMs` is over.
 * @see Route `GET /v2/tasks/{task_uuid}`.
 */
export async function getTask(
  client: Client,
  taskId: string,
  options: CallOptions = {},
): Promise<TaskOutcome> {
  checkCallOptions(options);
  const context = contextOf(client);
  const id = checkUuid(taskId, "taskId");
  const { signal, timeoutMs } = options;
  const onTimeout = () =>
    new ComputeTimeoutError(`Task ${id} was not read within ${timeoutMs} ms`, {
      timeoutMs: timeoutMs ?? Infinity,
      taskIds: [id],
    });
  const deadline = { clock: context.clock, signal, timeoutMs, onTimeout };
  const record = await withDeadline(deadline, () => readTask(context, id));
  return await toOutcome(record, context);
}

async function readTask(context: ClientContext, taskId: string): Promise<TaskRecord> {
  const [kept] = await readKept(context, [taskId]);
  if (kept !== undefined) return kept;
  return await readRecord(context, taskId, () => fetchRecord(context, taskId));
}

async function fetchRecord(context: ClientContext, taskId: string): Promise<TaskRecord> {
  try {
    const body = await request(
      context,
      "read",
      {},
      (api, through) =>
        api.GET("/v2/tasks/{task_uuid}", { ...through, params: { path: { task_uuid: taskId } } }),
    );
    return decodeTaskRecord(body, taskId);
  } catch (error) {
    if (error instanceof ComputeHttpError && error.serviceCode === "TASK_NOT_FOUND") {
      return unknownTask(taskId);
    }
    throw error;
  }
}
