import type { CallOptions } from "../http/call_options.ts";
import { type Client, contextOf } from "../http/client.ts";
import { ignoreAnswer } from "../http/read_answer.ts";
import { request } from "../http/request.ts";
import { checkUuid } from "../wire/uuid.ts";
import { forgetFunction, isUnknownFunction } from "./registered_functions.ts";

/**
 * Deletes a function. Only its owner can, and it cannot be undone.
 *
 * @example Tidy up
 * ```ts
 * import { type Client, deleteFunction } from "@edge-compute/globus";
 *
 * export async function tidyUp(client: Client, functionIds: string[]): Promise<void> {
 *   for (const functionId of functionIds) await deleteFunction(client, functionId);
 * }
 * ```
 *
 * @throws {RangeError} If `functionId` is no UUID.
 * @throws {ComputeHttpError} With `FUNCTION_NOT_FOUND`, if the service does not know it.
 * @throws {ComputeAuthorizationError} If it is somebody else's.
 * @see Route `DELETE /v2/functions/{function_uuid}`.
 */
export async function deleteFunction(
  client: Client,
  functionId: string,
  options: CallOptions = {},
): Promise<void> {
  const context = contextOf(client);
  const id = checkUuid(functionId, "functionId");
  try {
    await request(
      context,
      "write",
      options,
      (api, through) =>
        api.DELETE("/v2/functions/{function_uuid}", { ...through, params: { path: { function_uuid: id } } }),
      { readAnswer: ignoreAnswer },
    );
  } catch (error) {
    if (isUnknownFunction(error)) await forgetFunction(context.store, id);
    throw error;
  }
  await forgetFunction(context.store, id);
}
