/**
 * A Compute service for one machine: it implements the service's routes and runs tasks in real `python3`
 * processes, so that everything runs on a laptop, without an account.
 *
 * ## A service with Python
 *
 * ```ts
 * import { callFunction, clientCredentials, createClient, registerSource } from "@edge-compute/globus";
 * import { startLocalService } from "@edge-compute/globus/local";
 *
 * export async function main(): Promise<void> {
 *   await using local = await startLocalService({ workers: 2 });
 *   const client = createClient({ baseUrl: local.baseUrl, authorizer: clientCredentials(local) });
 *   const functionId = await registerSource(client, { source: "def double(x):\n    return 2 * x\n" });
 *   console.log(await callFunction(client, { endpointId: local.endpointId, functionId, args: [21] })); // 42
 * }
 * ```
 *
 * It runs code, so it listens on loopback alone, asks for the credentials that it made at its start, and refuses a
 * foreign `Host` or `Origin`. It plays Globus Auth too, and keeps all in memory. Its endpoint has the id of the public
 * tutorial endpoint, so that published examples run as they are. From a terminal, `local` of `./cli` is the same.
 *
 * ## A service for tests
 *
 * {@linkcode createLocalService} is that service as a `fetch`: it needs no port, no process and no Python, and functions
 * of JavaScript answer the tasks. Both kinds are as strict as the real service, and tell afterwards which requests came
 * (`requests`) and which tasks ran (`runs`). What shall go wrong is an option, {@linkcode Faults}: answers that come
 * late or not at all, results that are gone after the first read, an endpoint that is offline.
 *
 * ```ts
 * import { accessToken, createClient, getEndpointStatus } from "@edge-compute/globus";
 * import { createLocalService } from "@edge-compute/globus/local";
 *
 * export async function main(): Promise<void> {
 *   await using local = createLocalService({ faults: { failNext: ["unavailable"] } });
 *   const { baseUrl, fetch } = local;
 *   const client = createClient({ baseUrl, fetch, authorizer: accessToken(local.accessToken) });
 *   console.log((await getEndpointStatus(client, local.endpointId)).status); // "online", at the second attempt
 * }
 * ```
 *
 * @module
 */
export { createLocalService } from "./create_local_service.ts";
export { FAULT_KINDS } from "./faults.ts";
export { startLocalService } from "./start_local_service.ts";

export type { ServiceClient, TrustedIssuer } from "./auth/auth_state.ts";
export type { InProcessService, InProcessServiceOptions } from "./create_local_service.ts";
export type { FaultKind, Faults } from "./faults.ts";
export type { Fetch } from "./in_process_fetch.ts";
export type { JavaScriptFunction } from "./javascript_functions.ts";
export type { LoggedRequest, TaskRun } from "./records.ts";
export type { LocalService, LocalServiceOptions } from "./start_local_service.ts";
export type { Clock } from "../base/clock.ts";
export type { PythonValue } from "../wire/values/python_value.ts";
