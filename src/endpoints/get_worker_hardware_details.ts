import { postFunction } from "../functions/post_function.ts";
import type { CallOptions } from "../http/call_options.ts";
import { type Client, contextOf } from "../http/client.ts";
import { runTask } from "../tasks/run_task.ts";
import { checkUuid } from "../wire/uuid.ts";

const ENTRY = "report";
/** The report is a part of the SDK, which each worker has. One text, and not made of others: a bundle without it drops it. */
const SOURCE = "from globus_compute_sdk.sdk.hardware_report import run_hardware_report as report\n";

/**
 * Has a worker of an endpoint report its hardware: Python, memory, processors, GPUs, disks. It registers a
 * function and submits one task of it, and does not wait for the report, which is a text.
 *
 * @example Wait for the report
 * ```ts
 * import { type Client, getWorkerHardwareDetails, waitForBatch } from "@edge-compute/globus";
 *
 * export async function report(client: Client, endpointId: string): Promise<string> {
 *   const taskId = await getWorkerHardwareDetails(client, endpointId);
 *   const [outcome] = await waitForBatch(client, [taskId], { timeoutMs: 600_000 });
 *   return outcome?.state === "success" ? String(outcome.result) : "no report";
 * }
 * ```
 *
 * @returns The id of the task whose result is the report.
 * @throws {RangeError} If `endpointId` is no UUID.
 * @throws {ComputeHttpError} If the service refuses the function or the task.
 * @throws {ComputeSubmissionError} If nobody knows whether the service has taken the task.
 * @see Routes `POST /v3/functions` and `POST /v3/endpoints/{endpoint_uuid}/submit`.
 */
export async function getWorkerHardwareDetails(
  client: Client,
  endpointId: string,
  options: CallOptions = {},
): Promise<string> {
  const context = contextOf(client);
  const id = checkUuid(endpointId, "endpointId");
  const { clock } = context;
  const startMs = clock.monotonicMs();
  const { encodeFunctionCode, SOURCE_STRATEGIES } = await import("../wire/function_registration.ts");
  const code = encodeFunctionCode(ENTRY, SOURCE);
  const registration = { name: "run_hardware_report", code, serdeIdentifier: SOURCE_STRATEGIES.source };
  const functionId = await postFunction(context, registration, options);
  const left = options.timeoutMs === undefined
    ? {}
    : { timeoutMs: Math.max(0, options.timeoutMs - (clock.monotonicMs() - startMs)) };
  return await runTask(client, { endpointId: id, functionId }, { ...options, ...left });
}
