import type { Batch } from "../wire/batch.ts";
import { checkUuid } from "../wire/uuid.ts";
import { withParts } from "../wire/on_demand.ts";
import { encodeSubmitBody, type SubmitBody } from "../wire/submit_body.ts";

/**
 * Makes the body that {@linkcode batchRun} posts, without sending it: to look at, to store, or to test with.
 *
 * @example Look at the wire
 * ```ts
 * import { prepareBatch } from "@edge-compute/globus";
 *
 * const functionId = "b0a5d1a0-2b22-4381-b899-ba73321e41e0";
 * const endpointId = "4b116d3c-1703-4f8f-9f6f-39921e5864df";
 * const body = await prepareBatch({ endpointId, tasks: [{ functionId, args: [21] }] });
 * console.log(body.tasks[functionId]); // ["7\n11\n[21]5\n11\n{}"]
 * ```
 *
 * @throws {TypeError} If the batch has another shape, or an argument cannot be sent ({@linkcode ComputeEncodeError}).
 * @throws {RangeError} If an id is no UUID, a result serializer is unknown, or there is no task.
 * @see Route `POST /v3/endpoints/{endpoint_uuid}/submit`.
 */
export async function prepareBatch(batch: Batch): Promise<SubmitBody> {
  const body = await withParts(() => encodeSubmitBody(batch));
  checkUuid(batch.endpointId, "endpointId");
  return body;
}
