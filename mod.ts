/**
 * Call Python functions on supercomputers from JavaScript: a typed client for the Globus Compute web service.
 *
 * @example From source to result
 * ```ts
 * import { accessToken, callFunction, createClient, registerSource } from "@edge-compute/globus";
 *
 * export async function main(token: string): Promise<void> {
 *   const client = createClient({ authorizer: accessToken(token) });
 *   const functionId = await registerSource(client, { source: "def double(x):\n    return 2 * x\n" });
 *   const endpointId = "4b116d3c-1703-4f8f-9f6f-39921e5864df"; // the public tutorial endpoint
 *   console.log(await callFunction(client, { endpointId, functionId, args: [21] })); // 42
 * }
 * ```
 *
 * @module
 */
export { accessToken } from "./src/auth/access_token.ts";
export { ComputeAuthorizationError } from "./src/errors/authorization_error.ts";
export { ComputeError } from "./src/errors/compute_error.ts";
export { ComputeDecodeError } from "./src/errors/decode_error.ts";
export { ComputeEncodeError } from "./src/errors/encode_error.ts";
export { ComputeHttpError } from "./src/errors/http_error.ts";
export { ComputeNetworkError } from "./src/errors/network_error.ts";
export { ComputeSubmissionError } from "./src/errors/submission_error.ts";
export { ComputeTaskError } from "./src/errors/task_error.ts";
export { TaskPendingError } from "./src/errors/task_pending_error.ts";
export { ComputeTimeoutError } from "./src/errors/timeout_error.ts";
export { registerSource } from "./src/functions/register_source.ts";
export { createClient } from "./src/http/client.ts";
export { systemClock } from "./src/http/clock.ts";
export { memoryStore } from "./src/store/memory_store.ts";
export { asCompleted } from "./src/tasks/as_completed.ts";
export { batchRun } from "./src/tasks/batch_run.ts";
export { callFunction } from "./src/tasks/call_function.ts";
export { getBatchResult } from "./src/tasks/get_batch_result.ts";
export { getResult } from "./src/tasks/get_result.ts";
export { getTask } from "./src/tasks/get_task.ts";
export { prepareBatch } from "./src/tasks/prepare_batch.ts";
export { runTask } from "./src/tasks/run_task.ts";
export { waitForBatch } from "./src/tasks/wait_for_batch.ts";
export { COMPATIBLE_SDK_VERSION } from "./src/version.ts";

export type { AnyComputeError } from "./src/errors/any_compute_error.ts";
export type { ComputeErrorOptions } from "./src/errors/compute_error.ts";
export type { ComputeAuthorizationErrorInit } from "./src/errors/authorization_error.ts";
export type { ComputeHttpErrorInit } from "./src/errors/http_error.ts";
export type { AcceptedTask, ComputeSubmissionErrorInit } from "./src/errors/submission_error.ts";
export type { PythonFrame, PythonTraceback, PythonTracebackInit } from "./src/errors/task_error.ts";
export type { SourceRegistration } from "./src/functions/register_source.ts";
export type { AuthorizeContext, Authorizer } from "./src/http/authorizer.ts";
export type { CallOptions } from "./src/http/call_options.ts";
export type { Client, ClientOptions } from "./src/http/client.ts";
export type { Clock } from "./src/http/clock.ts";
export type { Environment } from "./src/http/environment.ts";
export type { MemoryStoreOptions } from "./src/store/memory_store.ts";
export type { Store, StoreOptions } from "./src/store/store.ts";
export type { WaitOptions } from "./src/tasks/as_completed.ts";
export type { TaskSubmission } from "./src/tasks/run_task.ts";
export type {
  TaskFailed,
  TaskNotFound,
  TaskOutcome,
  TaskPending,
  TaskSuccess,
  TaskUndecodable,
} from "./src/tasks/task_outcome.ts";
export type { TaskSelection } from "./src/tasks/task_selection.ts";
export type { Batch, BatchTask, ResourceSpecification, SubmitOptions } from "./src/wire/batch.ts";
export type { PythonValue } from "./src/wire/python_value.ts";
export type { BatchReceipt } from "./src/wire/receipt.ts";
export type { ResultSerializer } from "./src/wire/result_serializers.ts";
export type { SubmitBody } from "./src/wire/submit_body.ts";
export type { TaskDetails } from "./src/wire/task_record.ts";
