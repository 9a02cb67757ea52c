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
export { startLocalService } from "./service.ts";
export type { LocalService, LocalServiceOptions } from "./service.ts";
