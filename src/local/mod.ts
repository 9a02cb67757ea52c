/**
 * A Compute service for one machine: it implements the service's routes and runs tasks in real `python3`
 * processes, so that everything runs on a laptop, without an account.
 *
 * @example
 * ```ts
 * import { startLocalService } from "@edge-compute/globus/local";
 *
 * export async function main(): Promise<void> {
 *   await using local = await startLocalService({ workers: 2 });
 *   console.log(local.baseUrl, local.endpointId);
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
export type { Clock } from "../http/clock.ts";
export type { PythonValue } from "../wire/values/python_value.ts";
