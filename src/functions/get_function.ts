import type { CallOptions } from "../http/call_options.ts";
import { type Client, contextOf } from "../http/client.ts";
import { request } from "../http/request.ts";
import type { FunctionSource } from "../wire/function_code.ts";
import { malformed } from "../wire/malformed.ts";
import { given, isRecord, optionalString } from "../base/narrow.ts";
import { pick } from "../wire/pick.ts";
import { withParts } from "../wire/on_demand.ts";
import { checkUuid } from "../wire/uuid.ts";
import type { FunctionMetadata } from "./post_function.ts";

/** A function as the service has it. */
export interface StoredFunction {
  /** The function's id. */
  functionId: string;
  /** The name it was registered with. */
  name?: string;
  /** What it does, for people. */
  description?: string;
  /**
   * Its code, packed: the length, a line feed, the two characters of its strategy, a line feed, the payload.
   */
  code: string;
  /** Its source, where the code has it: bytecode has not. */
  source?: FunctionSource;
  /** What the code was written with. */
  metadata: FunctionMetadata;
}

/**
 * Reads a registered function, with its code.
 *
 * @example What a function is
 * ```ts
 * import { type Client, getFunction } from "@edge-compute/globus";
 *
 * export async function describe(client: Client, functionId: string): Promise<string> {
 *   const { name, description } = await getFunction(client, functionId);
 *   return `${name}: ${description ?? "no description"}`;
 * }
 * ```
 *
 * @throws {RangeError} If `functionId` is no UUID.
 * @throws {ComputeHttpError} With `FUNCTION_NOT_FOUND`, if the service does not know it.
 * @throws {ComputeAuthorizationError} If it is somebody else's, and not shared.
 * @see Route `GET /v2/functions/{function_uuid}`.
 */
export async function getFunction(
  client: Client,
  functionId: string,
  options: CallOptions = {},
): Promise<StoredFunction> {
  const context = contextOf(client);
  const id = checkUuid(functionId, "functionId");
  const { readFunctionSource } = await import("../wire/function_registration.ts");
  const body = await request(
    context,
    "read",
    options,
    (api, through) =>
      api.GET("/v2/functions/{function_uuid}", { ...through, params: { path: { function_uuid: id } } }),
  );
  const code = isRecord(body) ? optionalString(body.function_code) : undefined;
  if (!isRecord(body) || code === undefined) {
    throw malformed(`function ${id}: the answer has no 'function_code'`, body);
  }
  return given({
    functionId: optionalString(body.function_uuid) ?? id,
    name: optionalString(body.function_name),
    description: optionalString(body.description),
    code,
    source: await withParts(() => readFunctionSource(code)),
    metadata: isRecord(body.metadata) ? pick(body.metadata, "string", ["pythonVersion", "sdkVersion"]) : {},
  });
}
