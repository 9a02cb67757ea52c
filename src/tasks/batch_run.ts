import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import { ComputeHttpError } from "../errors/http_error.ts";
import { ComputeSubmissionError } from "../errors/submission_error.ts";
import type { CallOptions } from "../http/call_options.ts";
import { type Client, type ClientContext, contextOf } from "../http/client.ts";
import { request, type RequestOptions } from "../http/request.ts";
import type { Batch } from "../wire/batch.ts";
import { type BatchReceipt, decodeReceipt } from "../wire/receipt.ts";
import { checkUuid } from "../wire/uuid.ts";
import { prepareBatch } from "./prepare_batch.ts";

/**
 * Submits the tasks of a batch, and does not wait for them.
 *
 * @example Two tasks
 * ```ts
 * import { batchRun, type Client } from "@edge-compute/globus";
 *
 * export async function start(client: Client, endpointId: string, functionId: string): Promise<string[]> {
 *   const tasks = [{ functionId, args: [1] }, { functionId, args: [2] }];
 *   const receipt = await batchRun(client, { endpointId, tasks });
 *   return receipt.taskIds; // in the order of the tasks
 * }
 * ```
 *
 * @returns The ids of the tasks, and of their group.
 * @throws {TypeError} If the batch has another shape, or an argument cannot be sent ({@linkcode ComputeEncodeError}).
 * @throws {RangeError} If an id is no UUID, or there is no task.
 * @throws {ComputeHttpError} If the service refuses the batch: nothing runs.
 * @throws {ComputeAuthorizationError} If the service refuses the credentials: nothing runs.
 * @throws {ComputeSubmissionError} If nobody knows whether the service has taken it.
 * @see Route `POST /v3/endpoints/{endpoint_uuid}/submit`.
 */
export async function batchRun(
  client: Client,
  batch: Batch,
  options: CallOptions = {},
): Promise<BatchReceipt> {
  const context = contextOf(client);
  const body = prepareBatch(batch);
  let isInDoubt = false; // Until it leaves, and once a 401 has refused it.
  const onDoubt = (value: boolean) => isInDoubt = value;
  try {
    const endpointId = checkUuid(batch.endpointId, "endpointId");
    const answer = await submit(context, endpointId, body, { ...options, onDoubt });
    return decodeReceipt(answer, batch.tasks);
  } catch (cause) {
    if (!isInDoubt || isSurelyRefused(cause)) throw cause;
    const count = batch.tasks.length === 1 ? "The task" : `The ${batch.tasks.length} tasks`;
    throw new ComputeSubmissionError(
      `${count} may or may not have been submitted, and nothing was sent again: ${reasonOf(cause)}`,
      { ambiguous: true, taskGroupId: batch.taskGroupId, cause },
    );
  }
}

function submit(
  context: ClientContext,
  endpointId: string,
  body: ReturnType<typeof prepareBatch>,
  options: RequestOptions,
): Promise<unknown> {
  return request(
    context,
    "submit",
    options,
    (api, through) =>
      api.POST("/v3/endpoints/{endpoint_uuid}/submit", {
        ...through,
        params: { path: { endpoint_uuid: endpointId } },
        body,
      }),
  );
}

/** Whether an error proves that no task was taken. A 5xx proves nothing, but for a 503 that asks to come again. */
function isSurelyRefused(error: unknown): boolean {
  if (error instanceof ComputeAuthorizationError) return true;
  if (!(error instanceof ComputeHttpError)) return false;
  return error.status < 500 ? error.status !== 408 : error.status === 503 && error.retryAfterMs !== undefined;
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
