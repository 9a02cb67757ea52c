import { checkKeys } from "../base/check.ts";
import type { CallOptions } from "../http/call_options.ts";
import { type Client, contextOf } from "../http/client.ts";
import type { CodeSerializer } from "../wire/function_code.ts";
import type { SourceFunction } from "../wire/python_source.ts";
import { postFunction, REGISTRATION_KEYS, type RegistrationOptions } from "./post_function.ts";

/** Python source, and what the service is told about it. */
export interface SourceRegistration extends RegistrationOptions {
  /** The source of a module: imports and helpers included, as nothing else is there when it runs. */
  source: string;
  /**
   * The function to call.
   * @default {the only function that the source defines at its top level}
   */
  name?: string;
  /**
   * What the function does.
   * @default {its docstring}
   */
  description?: string;
  /**
   * How the source is sent: `all` for an endpoint that takes `AllCodeStrategies` alone.
   * @default {"source"}
   */
  codeSerializer?: CodeSerializer;
}

/**
 * Registers a Python function from its source.
 *
 * The source is executed as a module of its own, so that it has to bring what the function uses, imports too.
 *
 * @example From a string
 * ```ts
 * import { type Client, registerSource } from "@edge-compute/globus";
 *
 * export function register(client: Client): Promise<string> {
 *   const source = 'def hypotenuse(a, b):\n    """Pythagoras."""\n    import math\n    return math.hypot(a, b)\n';
 *   return registerSource(client, { source });
 * }
 * ```
 *
 * @returns The function's id.
 * @throws {TypeError} If `name` is left out and the source does not define exactly one function at its top level.
 * @throws {TypeError} If `haEndpointId` stands beside `group` or `public`.
 * @throws {RangeError} If `name` is no Python identifier, or an id no UUID.
 * @throws {ComputeHttpError} If the service refuses the function, for its size for one.
 * @see Route `POST /v3/functions`.
 */
export async function registerSource(
  client: Client,
  registration: SourceRegistration,
  options: CallOptions = {},
): Promise<string> {
  const context = contextOf(client);
  checkKeys(registration, "registerSource()", `${REGISTRATION_KEYS} source codeSerializer`, "source");
  const { source, codeSerializer = "source" } = registration;
  // A program that calls what is registered needs none of it: it is loaded with the first registration.
  const { encodeFunctionCode, SOURCE_STRATEGIES } = await import("../wire/function_registration.ts");
  const serdeIdentifier = SOURCE_STRATEGIES[codeSerializer];
  if (!Object.hasOwn(SOURCE_STRATEGIES, codeSerializer)) {
    throw new RangeError(`Unknown code serializer '${codeSerializer}': use 'source' or 'all'`);
  }
  if (typeof source !== "string") {
    throw new TypeError("Cannot use 'source': it must be Python source, as a string");
  }
  const { name, docstring = "" } = await chooseFunction(source, registration.name);
  const code = encodeFunctionCode(name, source, codeSerializer);
  const description = registration.description ?? docstring;
  return await postFunction(
    context,
    { ...registration, name, description, code, serdeIdentifier },
    options,
  );
}

/** What looks into source is loaded with the first one: a program that goes by the ids of functions needs none of it. */
async function chooseFunction(source: string, name: string | undefined): Promise<SourceFunction> {
  const { topLevelFunctions } = await import("../wire/function_registration.ts");
  const found = topLevelFunctions(source);
  // Any callable will do for a name that is given, one that no `def` makes too.
  if (name !== undefined) return found.find((candidate) => candidate.name === name) ?? { name };
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  const names = found.map((candidate) => `'${candidate.name}'`).join(", ");
  throw new TypeError(
    only === undefined
      ? "Cannot find the function: the source has no 'def' at its top level; pass 'name'"
      : `Cannot choose a function: the source defines ${names}; pass 'name'`,
  );
}
