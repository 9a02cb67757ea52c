/**
 * Call Python functions on supercomputers from JavaScript: a typed client for the Globus Compute web service.
 *
 * ## From source to result
 *
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
 * ## How a task travels
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
 * ## Coming from Python
 *
 * Each function of the Python `Client` has one here, with the client first and one object for the call. Function ids,
 * endpoint ids and task ids are the same texts: a function that was registered from Python is called from here, and
 * a task group that was started here is read from Python.
 *
 * **A client.** `app=` and `authorizer=` are one option here, and nothing is asked of the service before the first call.
 *
 * ```py
 * client = Client(app=ClientApp(client_id=id, client_secret=secret))
 * ```
 * ```ts
 * import { clientCredentials, createClient } from "@edge-compute/globus";
 *
 * const client = createClient({ authorizer: clientCredentials({ clientId: "…", clientSecret: "…" }) });
 * ```
 *
 * **Register a function** (`register_source_code`; `register_function` of code that is serialized already is
 * `registerFunction`). Source that is registered again through the same client or store keeps its id.
 *
 * ```py
 * function_id = client.register_source_code(source, "double")
 * ```
 * ```ts
 * import { type Client, registerSource } from "@edge-compute/globus";
 *
 * export function register(client: Client, source: string): Promise<string> {
 *   return registerSource(client, { source, name: "double" });
 * }
 * ```
 *
 * **Run, and wait** (`Executor.submit(…).result()`): one call that submits, waits and decodes. Many of them at once
 * travel together, as those of the Executor do.
 *
 * ```py
 * with Executor(endpoint_id=endpoint_id, client=client) as executor:
 *     value = executor.submit(double, 21).result()
 * ```
 * ```ts
 * import { callFunction, type Client, type PythonValue } from "@edge-compute/globus";
 *
 * export function run(client: Client, endpointId: string, functionId: string): Promise<PythonValue> {
 *   return callFunction(client, { endpointId, functionId, args: [21] });
 * }
 * ```
 *
 * **Run, and come back later** (`run`, `get_task`, `get_result`). `getResult` throws a `TaskPendingError`, as
 * `get_result` raises `TaskPending`; `getTask` gives the same as data.
 *
 * ```py
 * task_id = client.run(21, endpoint_id=endpoint_id, function_id=function_id)
 * value = client.get_result(task_id)
 * ```
 * ```ts
 * import { type Client, getResult, type PythonValue, runTask } from "@edge-compute/globus";
 *
 * export async function run(client: Client, endpointId: string, functionId: string): Promise<PythonValue> {
 *   const taskId = await runTask(client, { endpointId, functionId, args: [21] });
 *   return await getResult(client, taskId);
 * }
 * ```
 *
 * **A batch** (`create_batch`, `Batch.add`, `batch_run`, `get_batch_result`): here it is plain data, and the outcomes
 * come in the order of the tasks, those of failed tasks included, which the Python client leaves out.
 *
 * ```py
 * batch = client.create_batch()
 * for x in range(3):
 *     batch.add(function_id, args=(x,), kwargs={"factor": 2})
 * sent = client.batch_run(endpoint_id, batch)
 * results = client.get_batch_result(sent["tasks"][function_id])
 * ```
 * ```ts
 * import { batchRun, type Client, getBatchResult, type TaskOutcome } from "@edge-compute/globus";
 *
 * export async function sweep(client: Client, endpointId: string, functionId: string): Promise<TaskOutcome[]> {
 *   const tasks = [0, 1, 2].map((x) => ({ functionId, args: [x], kwargs: { factor: 2 } }));
 *   const { taskIds } = await batchRun(client, { endpointId, tasks });
 *   return await getBatchResult(client, taskIds);
 * }
 * ```
 *
 * **As they complete** (`concurrent.futures.as_completed`), and **again tomorrow** (`Executor.reload_tasks`).
 *
 * ```py
 * for future in as_completed(executor.reload_tasks(task_group_id)):
 *     print(future.result())
 * ```
 * ```ts
 * import { asCompleted, type Client } from "@edge-compute/globus";
 *
 * export async function report(client: Client, taskGroupId: string): Promise<void> {
 *   for await (const outcome of asCompleted(client, { taskGroupId })) {
 *     if (outcome.state === "success") console.log(outcome.result);
 *   }
 * }
 * ```
 *
 * **One function, many items** (`executor.map`, which Globus Compute's Executor lacks).
 *
 * ```py
 * futures = [executor.submit(double, x) for x in items]
 * values = [future.result() for future in futures]
 * ```
 * ```ts
 * import { type Client, mapFunction, type PythonValue } from "@edge-compute/globus";
 *
 * export function double(client: Client, endpointId: string, functionId: string): Promise<PythonValue[]> {
 *   return mapFunction(client, { endpointId, functionId, items: [1, 2, 3] });
 * }
 * ```
 *
 * **A command line** (`ShellFunction`, `MPIFunction`).
 *
 * ```py
 * result = executor.submit(ShellFunction("wc -l {path}", walltime=60), path="data.csv").result()
 * print(result.returncode, result.stdout)
 * ```
 * ```ts
 * import { callFunction, type Client, registerShell, shellResult } from "@edge-compute/globus";
 *
 * export async function count(client: Client, endpointId: string): Promise<string> {
 *   const functionId = await registerShell(client, { command: "wc -l {path}", walltimeSeconds: 60 });
 *   const result = await callFunction(client, { endpointId, functionId, kwargs: { path: "data.csv" } });
 *   return shellResult(result).stdout;
 * }
 * ```
 *
 * **What goes with a batch** (`resource_specification`, `user_endpoint_config`, `result_serializers`, `task_group_id`).
 *
 * ```py
 * executor.resource_specification = {"num_nodes": 2, "ranks_per_node": 4}
 * executor.user_endpoint_config = {"account": "m1234", "walltime": "00:30:00"}
 * ```
 * ```ts
 * import type { Batch } from "@edge-compute/globus";
 *
 * export const options: Omit<Batch, "endpointId" | "tasks"> = {
 *   resourceSpecification: { numNodes: 2, ranksPerNode: 4 },
 *   userEndpointConfig: { account: "m1234", walltime: "00:30:00" },
 *   userRuntime: { python: "3.12" }, // A caller without Python has none to tell: only where it is asked for.
 * };
 * ```
 *
 * **Endpoints** (`get_endpoints`, `get_endpoint_status`, `get_endpoint_metadata`, `get_allowed_functions`,
 * `get_worker_hardware_details`, `register_endpoint`, `stop_endpoint`, `delete_endpoint`).
 *
 * ```py
 * online = client.get_endpoint_status(endpoint_id)["status"] == "online"
 * ```
 * ```ts
 * import { type Client, getEndpointStatus } from "@edge-compute/globus";
 *
 * export async function isOnline(client: Client, endpointId: string): Promise<boolean> {
 *   return (await getEndpointStatus(client, endpointId)).status === "online";
 * }
 * ```
 *
 * The rest: `get_function` and `delete_function` are `getFunction` and `deleteFunction`, `version_check` is
 * `checkVersion`, which gives data and raises nothing, `logout` is `logout`, `Batch.prepare` is `prepareBatch`;
 * `environment=` and `local_compute_services=True` are `environment: "preview"` and `environment: "local"`, or a `baseUrl`.
 *
 * What differs on purpose: arguments go as JSON, so that a tuple arrives as a list; `tuple(1, 2)`, bytes, sets and NumPy
 * arrays are sent as pickles by themselves. A failed submission is never repeated where it may have been taken.
 *
 * ## What can go wrong
 *
 * | `code` | class | what it means | what to do |
 * |---|---|---|---|
 * | `ERR_COMPUTE_AUTHORIZATION` | {@linkcode ComputeAuthorizationError} | the credentials are missing, refused, or lack a right | the message names the account and what to ask for; `authorizeUrl` is where a person logs in again |
 * | `ERR_COMPUTE_HTTP` | {@linkcode ComputeHttpError} | the service refused: `status`, its `serviceCode` and `detail` | a `serviceCode` such as `FUNCTION_NOT_FOUND` names the mistake; with `retryable` the same call may work later |
 * | `ERR_COMPUTE_NETWORK` | {@linkcode ComputeNetworkError} | no usable answer came, after all retries; with `unreached` nothing was done | look at the network, `baseUrl` and a proxy |
 * | `ERR_COMPUTE_TIMEOUT` | {@linkcode ComputeTimeoutError} | `timeoutMs` is over; the tasks go on | wait again by `taskIds` |
 * | `ERR_COMPUTE_SUBMISSION` | {@linkcode ComputeSubmissionError} | a batch was taken in part, or nobody knows (`ambiguous`) | look at `accepted` and `recoveredTaskIds` before sending anything again |
 * | `ERR_COMPUTE_TASK` | {@linkcode ComputeTaskError} | Python raised, or the task could not run: `kind` tells which | `traceback` for the function's author, `advice` for the caller |
 * | `ERR_COMPUTE_TASK_PENDING` | {@linkcode TaskPendingError} | `getResult` asked too early | wait with `waitForBatch` or `asCompleted` |
 * | `ERR_COMPUTE_DECODE` | {@linkcode ComputeDecodeError} | an answer or a result cannot be read | `raw` has it; a result that is a Python function has no value here |
 * | `ERR_COMPUTE_ENCODE` | {@linkcode ComputeEncodeError} | an argument has no form in Python | the message names its place, such as `args[0].when` |
 *
 * Bad arguments are a `TypeError` or a `RangeError` before anything is sent, and an abort rejects with
 * `signal.reason`. No message has a token, a secret or a payload in it. The service's id of the request stands in
 * `requestId`, where it gave one: name it when asking its operators.
 *
 * **Submitted or not.** A submission is *refused* by 400, 401, 403, 404, 409, 413, 415, 422, 423 and 429 alone. It is sent
 * again where it surely has not been taken: after a 429, a 503 with `Retry-After` in the service's own words, a 401 once with
 * a new token, or where the service was surely not reached. Every other answer, a redirect too, and every lost one is a
 * doubt: one is enough, and it ends as `ambiguous`. What tells that the service was not reached is the runtime's `fetch`:
 *
 * | | name not found, connection refused | no connection in time | certificate refused | TLS handshake failed |
 * |---|---|---|---|---|
 * | Deno | told | in doubt | told | told |
 * | Node | told | told | told | told, but for a reset in the middle |
 * | Bun | told | in doubt | told | in doubt |
 * | Workers, browsers | in doubt | in doubt | in doubt | in doubt |
 *
 * ## Looking on
 *
 * `onEvent` is told of each request, retry, wait for the rate, submission and outcome, as typed data ({@linkcode
 * ComputeEvent}); `onWarning` of what needs an eye.
 *
 * ```ts
 * import { accessToken, createClient } from "@edge-compute/globus";
 *
 * const client = createClient({
 *   authorizer: accessToken("…"),
 *   onEvent(event) {
 *     if (event.kind === "submission") console.log(event.outcome, event.taskGroupId, event.requestId);
 *     if (event.kind === "rateLimited") console.log(`${event.path} was held back for ${event.waitedMs} ms`);
 *   },
 * });
 * ```
 *
 * Where the host has set OpenTelemetry up (an SDK that registers with `@opentelemetry/api`, or `OTEL_DENO=true`), each
 * call is a span through all of its attempts, within the caller's own, and there are these metrics; where it has not,
 * nothing of it is loaded.
 *
 * | metric | what it counts |
 * |---|---|
 * | `globus_compute.request.duration` | seconds of each attempt, by route, status and error |
 * | `globus_compute.request.retries` | requests that were sent again |
 * | `globus_compute.rate_limit.wait` | seconds that requests were held back to keep to the rate |
 * | `globus_compute.tasks.submitted` | tasks of submissions, by endpoint and outcome |
 * | `globus_compute.tasks.ended` | tasks whose outcome was read, by state |
 *
 * ## On Cloudflare Workers
 *
 * A Worker serves many requests at a time, and none of them may wait for what another one has begun: make a client
 * for each request. What all may share are values: an authorizer, the cache of its tokens, a store. So a token is asked
 * for once, and functions are registered once. Each of these clients keeps to the rate of requests by itself alone: for
 * one rate, one memory and batches that go on after the answer there is the Durable Object of `./edge`.
 *
 * ```ts
 * import { callFunction, clientCredentials, createClient, memoryStore } from "@edge-compute/globus";
 *
 * type Variables = Record<"CLIENT_ID" | "CLIENT_SECRET" | "ENDPOINT_ID" | "FUNCTION_ID", string>;
 *
 * const store = memoryStore(); // in this process: one that outlives it is a Durable Object's, or a database
 * let authorizer: ReturnType<typeof clientCredentials> | undefined;
 *
 * export default {
 *   async fetch(request: Request, env: Variables): Promise<Response> {
 *     authorizer ??= clientCredentials({ clientId: env.CLIENT_ID, clientSecret: env.CLIENT_SECRET, cache: store });
 *     const client = createClient({ authorizer, store }); // for this request alone
 *     const task = { endpointId: env.ENDPOINT_ID, functionId: env.FUNCTION_ID, args: [21] };
 *     return new Response(String(await callFunction(client, task, { signal: request.signal, timeoutMs: 20_000 })));
 *   },
 * };
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
export { deleteFunction } from "./src/functions/delete_function.ts";
export { getFunction } from "./src/functions/get_function.ts";
export { registerFunction } from "./src/functions/register_function.ts";
export { registerShell } from "./src/functions/register_shell.ts";
export { registerSource } from "./src/functions/register_source.ts";
export { shellResult } from "./src/functions/shell_result.ts";
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
export { checkVersion } from "./src/endpoints/check_version.ts";
export { deleteEndpoint } from "./src/endpoints/delete_endpoint.ts";
export { getAllowedFunctions } from "./src/endpoints/get_allowed_functions.ts";
export { getEndpointMetadata } from "./src/endpoints/get_endpoint_metadata.ts";
export { getEndpoints } from "./src/endpoints/get_endpoints.ts";
export { getEndpointStatus } from "./src/endpoints/get_endpoint_status.ts";
export { getWorkerHardwareDetails } from "./src/endpoints/get_worker_hardware_details.ts";
export { registerEndpoint } from "./src/endpoints/register_endpoint.ts";
export { stopEndpoint } from "./src/endpoints/stop_endpoint.ts";
export { frozenset, pythonTypeOf, tuple } from "./src/wire/values/python_type.ts";
export { createClient } from "./src/http/client.ts";
export { rateLimiter } from "./src/http/limiter.ts";
export { systemClock } from "./src/base/clock.ts";
export { checkedStore } from "./src/store/checked_store.ts";
export { memoryStore } from "./src/store/memory_store.ts";
export { asCompleted } from "./src/tasks/as_completed.ts";
export { batchRun } from "./src/tasks/batch_run.ts";
export { batchRunJournaled } from "./src/tasks/batch_run_journaled.ts";
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

export type { ClientCredentialsOptions } from "./src/auth/client_credentials.ts";
export type { DependentTokenOptions } from "./src/auth/dependent_token.ts";
export type { EnvironmentVariables } from "./src/auth/from_environment.ts";
export type { JwtAlgorithm, JwtKey, JwtOptions } from "./src/auth/jwt_options.ts";
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
export type { ComputeNetworkErrorInit } from "./src/errors/network_error.ts";
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
export type { Clock } from "./src/base/clock.ts";
export type {
  ComputeWarning,
  EndpointOfflineWarning,
  HighAssuranceWarning,
  StoreWarning,
  UnreadResultsWarning,
} from "./src/http/warning.ts";
export type {
  ComputeEvent,
  RateLimitedEvent,
  RequestEvent,
  RetryEvent,
  SubmissionEvent,
  TasksReadEvent,
} from "./src/telemetry/event.ts";
export type { Limiter, RateLimiterOptions } from "./src/http/limiter.ts";
export type { BatchRunOptions } from "./src/tasks/batch_run.ts";
export type { BatchResultOptions } from "./src/tasks/get_batch_result.ts";
export type { MapSubmission } from "./src/tasks/map_function.ts";
export type { TaskProgress } from "./src/tasks/progress.ts";
export type { FunctionCallOptions } from "./src/tasks/submit_call.ts";
export type { SubmitCallOptions } from "./src/tasks/submit_in_parts.ts";
export type { AcceptedRequest, SubmissionJournal, SubmissionRequest } from "./src/tasks/submit_part.ts";
export type { Environment } from "./src/http/environment.ts";
export type { MemoryStoreOptions } from "./src/store/memory_store.ts";
export type { Store, StoreChange, StoreListOptions } from "./src/store/store.ts";
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
