import { ComputeDecodeError } from "../errors/decode_error.ts";
import type { CallOptions } from "../http/call_options.ts";
import { type Client, contextOf } from "../http/client.ts";
import { request } from "../http/request.ts";
import { COMPATIBLE_SDK_VERSION } from "../version.ts";
import { encodeFunctionCode, SOURCE_STRATEGY } from "../wire/function_code.ts";
import { isRecord, optionalString } from "../wire/narrow.ts";
import { type SourceFunction, topLevelFunctions } from "../wire/python_source.ts";

/** The service wants the registrant's Python version. Source is bound to none: this is the SDK's oldest one. */
const PYTHON_VERSION = "3.10.0";

/** Python source, and what the service is told about it. */
export interface SourceRegistration {
  /** The source of a module: imports and helpers included, as nothing else is there when it runs. */
  source: string;
  /** The function to call. @default {the only function that the source defines at its top level} */
  name?: string;
  /** What the function does. @default {its docstring} */
  description?: string;
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
 * @throws {RangeError} If `name` is no Python identifier.
 * @throws {ComputeHttpError} If the service refuses the function, for its size for one.
 * @see Route `POST /v3/functions`.
 */
export async function registerSource(
  client: Client,
  registration: SourceRegistration,
  options: CallOptions = {},
): Promise<string> {
  const context = contextOf(client);
  const { source } = registration;
  if (typeof source !== "string") {
    throw new TypeError("Cannot use 'source': it must be Python source, as a string");
  }
  const chosen = chooseFunction(source, registration.name);
  const description = registration.description ?? chosen.docstring;
  const body = await request(context, "write", options, (api, through) =>
    api.POST("/v3/functions", {
      ...through,
      body: {
        function_name: chosen.name,
        function_code: encodeFunctionCode(chosen.name, source),
        serialized: true,
        ...(description === undefined ? {} : { description }),
        public: false,
        meta: {
          python_version: PYTHON_VERSION,
          sdk_version: COMPATIBLE_SDK_VERSION,
          serde_identifier: SOURCE_STRATEGY,
        },
      },
    }));
  const functionId = isRecord(body) ? optionalString(body.function_uuid) : undefined;
  if (functionId !== undefined) return functionId;
  throw new ComputeDecodeError("Cannot read the answer to the registration: it has no 'function_uuid'", {
    raw: JSON.stringify(body) ?? "",
  });
}

function chooseFunction(source: string, name: string | undefined): SourceFunction {
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
