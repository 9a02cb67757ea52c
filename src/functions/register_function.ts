import { checkKeys } from "../base/check.ts";
import type { CallOptions } from "../http/call_options.ts";
import { type Client, contextOf } from "../http/client.ts";
import { postFunction, REGISTRATION_KEYS, type RegistrationOptions } from "./post_function.ts";

/** Serialized code, and what the service is told about it. */
export interface FunctionRegistration extends RegistrationOptions {
  /**
   * The serialized function as the Python client packs it: `s.pack_buffers([s.serialize(function)])` with
   * `s = ComputeSerializer()`. {@linkcode getFunction} gives code in this form.
   */
  code: string;
  /** The function's name, for people. */
  name: string;
}

/**
 * Registers a function whose serialized code is there already: made by a Python program, or read with
 * {@linkcode getFunction}. For source use {@linkcode registerSource}, which needs no Python.
 *
 * @example A copy that a group may call
 * ```ts
 * import { type Client, getFunction, registerFunction } from "@edge-compute/globus";
 *
 * export async function share(client: Client, functionId: string, group: string): Promise<string> {
 *   const { name = "copy", code, metadata } = await getFunction(client, functionId);
 *   return await registerFunction(client, { name, code, metadata, group });
 * }
 * ```
 *
 * @returns The function's id.
 * @throws {TypeError} If `code` is not packed, `name` is empty, or `haEndpointId` stands beside `group` or
 * `public`.
 * @throws {RangeError} If an id is no UUID.
 * @throws {ComputeHttpError} If the service refuses the function, for its size for one.
 * @see Route `POST /v3/functions`.
 */
export async function registerFunction(
  client: Client,
  registration: FunctionRegistration,
  options: CallOptions = {},
): Promise<string> {
  const context = contextOf(client);
  checkKeys(registration, "registerFunction()", `${REGISTRATION_KEYS} code`, "code name");
  const { code, name } = registration;
  if (typeof name !== "string" || name === "") {
    throw new TypeError("Cannot use 'name': it must be a string that is not empty");
  }
  const { packedStrategy } = await import("../wire/function_registration.ts");
  return await postFunction(context, { ...registration, serdeIdentifier: packedStrategy(code) }, options);
}
