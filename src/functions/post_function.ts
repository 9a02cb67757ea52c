import { checkKeys } from "../base/check.ts";
import { type CallOptions, checkCallOptions, withCallSignal } from "../http/call_options.ts";
import type { ClientContext } from "../http/client.ts";
import { request } from "../http/request.ts";
import { registerOnce } from "./registered_functions.ts";
import { warnOfHighAssurance } from "../http/warning.ts";
import { COMPATIBLE_SDK_VERSION } from "../version.ts";
import { malformed } from "../wire/malformed.ts";
import { given, membersOf, optionalString } from "../base/narrow.ts";
import { checkUuid } from "../wire/uuid.ts";

/**
 * The service wants the registrant's Python version. Source is bound to none: this is the SDK's oldest one.
 */
const PYTHON_VERSION = "3.10.0";

/**
 * What each registration may say of a function, and who may call it: its owner alone, unless it says
 * otherwise.
 */
export interface RegistrationOptions {
  /** What the function does, for people. */
  description?: string;
  /** A Globus group whose members may call the function. */
  group?: string;
  /**
   * Whether everybody with a login may call the function.
   * @default {false}
   */
  public?: boolean;
  /**
   * The high assurance endpoint on which alone the function will run. Such a function cannot be shared: it
   * goes with neither `group` nor `public`.
   */
  haEndpointId?: string;
  /** What the code was written with. */
  metadata?: FunctionMetadata;
}

/** What the code of a function was written with. */
export interface FunctionMetadata {
  /**
   * The Python version. Pickled code needs the same one on the worker; source does not.
   * @default {"3.10.0"}
   */
  pythonVersion?: string;
  /**
   * The version of the Python SDK.
   * @default {COMPATIBLE_SDK_VERSION}
   */
  sdkVersion?: string;
}

/** A function as the service stores it. */
export interface FunctionCode extends RegistrationOptions {
  name: string;
  /** Packed. */
  code: string;
  /** The two characters that name its strategy. */
  serdeIdentifier: string;
}

/** What each registration may have. */
export const REGISTRATION_KEYS = "name description group public haEndpointId metadata";

/**
 * Registers a function.
 *
 * @returns Its id.
 * @throws {TypeError} If `haEndpointId` stands beside `group` or `public`.
 * @throws {RangeError} If an id is no UUID.
 */
export async function postFunction(
  context: ClientContext,
  registration: FunctionCode,
  options: CallOptions,
): Promise<string> {
  const { description, group, public: isPublic, haEndpointId, metadata = {} } = registration;
  checkKeys(metadata, "'metadata'", "pythonVersion sdkVersion");
  if (haEndpointId !== undefined && (group !== undefined || isPublic)) {
    throw new TypeError(
      "Cannot use 'haEndpointId' with 'group' or 'public': such a function cannot be shared",
    );
  }
  const body = given({
    function_name: registration.name,
    function_code: registration.code,
    serialized: true,
    description: description || undefined,
    public: isPublic ? true : undefined,
    group: group === undefined ? undefined : checkUuid(group, "group"),
    ha_endpoint_id: haEndpointId === undefined ? undefined : checkUuid(haEndpointId, "haEndpointId"),
    meta: {
      python_version: metadata.pythonVersion ?? PYTHON_VERSION,
      sdk_version: metadata.sdkVersion ?? COMPATIBLE_SDK_VERSION,
      serde_identifier: registration.serdeIdentifier,
    },
  });
  checkCallOptions(options);
  return await withCallSignal(context.clock, options, "The registration", (signal) => {
    const register = async () => {
      const answer = await request(
        context,
        "write",
        { signal },
        (api, through) => api.POST("/v3/functions", { ...through, body }),
      );
      return readFunctionId(context, answer);
    };
    return registerOnce(context, body, register, signal);
  });
}

function readFunctionId(context: ClientContext, answer: unknown): string {
  const functionId = optionalString(membersOf(answer).function_uuid);
  if (functionId === undefined) {
    throw malformed("the answer to the registration: it has no 'function_uuid'", answer);
  }
  warnOfHighAssurance(context, answer);
  return functionId;
}
