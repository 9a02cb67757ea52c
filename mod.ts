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
 * How a task travels:
 *
 * ```text
 * your code                  Compute service                    endpoint (a cluster, or `./local`)
 * ─────────                  ───────────────                    ──────────────────────────────────
 * registerSource ──────────▶ keeps the function:
 *                            "39\nst\nadd:def add(a, b): …"
 * batchRun ────────────────▶ takes one payload a task: ───────▶ a Python worker unpacks function and
 *                            "7\n11\n[21]5\n11\n{}"             arguments, calls, and serializes what
 *                                                               comes back: "11\n42", or a traceback
 * waitForBatch ◀──────────── keeps the result until it  ◀──────
 * (one batch_status          is read, for a while
 *  for many tasks)
 * ```
 *
 * @module
 */
export { accessToken } from "./src/auth/access_token.ts";
export { clientCredentials } from "./src/auth/client_credentials.ts";
export { dependentToken } from "./src/auth/dependent_token.ts";
export { fromEnvironment } from "./src/auth/from_environment.ts";
export { jwt } from "./src/auth/jwt.ts";
export { jwtExchange } from "./src/auth/jwt_exchange.ts";
export { logout } from "./src/auth/logout.ts";
export { refreshToken } from "./src/auth/refresh_token.ts";
export { checkVersion } from "./src/endpoints/check_version.ts";
export { deleteEndpoint } from "./src/endpoints/delete_endpoint.ts";
export { getAllowedFunctions } from "./src/endpoints/get_allowed_functions.ts";
export { getEndpointMetadata } from "./src/endpoints/get_endpoint_metadata.ts";
export { getEndpoints } from "./src/endpoints/get_endpoints.ts";
export { getEndpointStatus } from "./src/endpoints/get_endpoint_status.ts";
export { getWorkerHardwareDetails } from "./src/endpoints/get_worker_hardware_details.ts";
export { registerEndpoint } from "./src/endpoints/register_endpoint.ts";
export { stopEndpoint } from "./src/endpoints/stop_endpoint.ts";
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
export { deleteFunction } from "./src/functions/delete_function.ts";
export { getFunction } from "./src/functions/get_function.ts";
export { registerFunction } from "./src/functions/register_function.ts";
export { registerShell } from "./src/functions/register_shell.ts";
export { registerSource } from "./src/functions/register_source.ts";
export { shellResult } from "./src/functions/shell_result.ts";
export { createClient } from "./src/http/client.ts";
export { rateLimiter } from "./src/http/limiter.ts";
export { systemClock } from "./src/http/clock.ts";
export { memoryStore } from "./src/store/memory_store.ts";
export { asCompleted } from "./src/tasks/as_completed.ts";
export { batchRun } from "./src/tasks/batch_run.ts";
export { callFunction } from "./src/tasks/call_function.ts";
export { getBatchResult } from "./src/tasks/get_batch_result.ts";
export { getResult } from "./src/tasks/get_result.ts";
export { getTask } from "./src/tasks/get_task.ts";
export { getTaskGroup } from "./src/tasks/get_task_group.ts";
export { mapFunction } from "./src/tasks/map_function.ts";
export { prepareBatch } from "./src/tasks/prepare_batch.ts";
export { runTask } from "./src/tasks/run_task.ts";
export { waitForBatch } from "./src/tasks/wait_for_batch.ts";
export { COMPATIBLE_SDK_VERSION } from "./src/version.ts";
export { NumpyArray } from "./src/wire/values/numpy_array.ts";
export { PythonComplex } from "./src/wire/values/python_complex.ts";
export { PythonObject } from "./src/wire/values/python_object.ts";
export { PythonRange } from "./src/wire/values/python_range.ts";
export { PythonScalar } from "./src/wire/values/python_scalar.ts";
export { frozenset, pythonTypeOf, tuple } from "./src/wire/values/python_type.ts";

export type { ClientCredentialsOptions } from "./src/auth/client_credentials.ts";
export type { DependentTokenOptions } from "./src/auth/dependent_token.ts";
export type { EnvironmentVariables } from "./src/auth/from_environment.ts";
export type { JwtAlgorithm, JwtKey, JwtOptions } from "./src/auth/jwt.ts";
export type { JwtExchangeOptions } from "./src/auth/jwt_exchange.ts";
export type { RefreshTokenOptions } from "./src/auth/refresh_token.ts";
export type { TokenCache } from "./src/auth/token_cache.ts";
export type { VersionCheck, VersionQuestion } from "./src/endpoints/check_version.ts";
export type { AllowedFunctions } from "./src/endpoints/get_allowed_functions.ts";
export type { EndpointMetadata } from "./src/endpoints/get_endpoint_metadata.ts";
export type { EndpointFilter, EndpointRole, EndpointSummary } from "./src/endpoints/get_endpoints.ts";
export type { EndpointLoad, EndpointStatus } from "./src/endpoints/get_endpoint_status.ts";
export type { EndpointLock } from "./src/endpoints/stop_endpoint.ts";
export type { AnyComputeError } from "./src/errors/any_compute_error.ts";
export type { ComputeErrorOptions } from "./src/errors/compute_error.ts";
export type { AuthorizationParameters } from "./src/errors/authorization_parameters.ts";
export type { ComputeAuthorizationErrorInit } from "./src/errors/authorization_error.ts";
export type { ComputeHttpErrorInit } from "./src/errors/http_error.ts";
export type { AcceptedTask, ComputeSubmissionErrorInit } from "./src/errors/submission_error.ts";
export type {
  PythonFrame,
  PythonTraceback,
  PythonTracebackInit,
  TaskErrorKind,
} from "./src/errors/task_error.ts";
export type { StoredFunction } from "./src/functions/get_function.ts";
export type { FunctionMetadata, RegistrationOptions } from "./src/functions/post_function.ts";
export type { FunctionRegistration } from "./src/functions/register_function.ts";
export type { ShellRegistration } from "./src/functions/register_shell.ts";
export type { SourceRegistration } from "./src/functions/register_source.ts";
export type { ShellResult } from "./src/functions/shell_result.ts";
export type {
  AuthorizeContext,
  Authorizer,
  AuthorizerContext,
  AuthorizerIdentity,
  RevocableToken,
  Revocation,
} from "./src/http/authorizer.ts";
export type { CallOptions } from "./src/http/call_options.ts";
export type { Client, ClientOptions } from "./src/http/client.ts";
export type { Clock } from "./src/http/clock.ts";
export type {
  ComputeWarning,
  EndpointOfflineWarning,
  HighAssuranceWarning,
  StoreWarning,
  UnreadResultsWarning,
} from "./src/http/warning.ts";
export type { Limiter, RateLimiterOptions } from "./src/http/limiter.ts";
export type { BatchRunOptions } from "./src/tasks/batch_run.ts";
export type { MapSubmission } from "./src/tasks/map_function.ts";
export type { TaskProgress } from "./src/tasks/progress.ts";
export type { FunctionCallOptions } from "./src/tasks/submit_call.ts";
export type { SubmitCallOptions } from "./src/tasks/submit_in_parts.ts";
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
export type {
  EndpointRegistration,
  EndpointRegistrationMetadata,
  QueueInfo,
  QueuePublishing,
  RegisteredEndpoint,
} from "./src/wire/endpoint_registration.ts";
export type { NumpyData, NumpyLayout, NumpyType } from "./src/wire/values/numpy_array.ts";
export type { PythonObjectInit } from "./src/wire/values/python_object.ts";
export type { PythonScalarType } from "./src/wire/values/python_scalar.ts";
export type { PythonTypeName } from "./src/wire/values/python_type.ts";
export type { PythonValue } from "./src/wire/values/python_value.ts";
export type { BatchReceipt } from "./src/wire/receipt.ts";
export type { ResultSerializer } from "./src/wire/result_serializers.ts";
export type { CodeSerializer, FunctionSource } from "./src/wire/function_code.ts";
export type { PickleLimits } from "./src/wire/pickle/limits.ts";
export type { ArgumentSerializer } from "./src/wire/serialized_value.ts";
export type { SubmitBody } from "./src/wire/submit_body.ts";
export type { TaskGroup, TaskGroupEntry } from "./src/wire/task_group.ts";
export type { TaskDetails } from "./src/wire/task_record.ts";
export type { PlatformInfo, PythonInfo, UserRuntime } from "./src/wire/user_runtime.ts";
