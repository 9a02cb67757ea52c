import { checkKeys, checkType } from "../base/check.ts";
import type { CallOptions } from "../http/call_options.ts";
import { type Client, contextOf } from "../http/client.ts";
import { request } from "../http/request.ts";
import { COMPATIBLE_SDK_VERSION } from "../version.ts";
import { malformed } from "../wire/malformed.ts";
import { given, membersOf, optionalString } from "../base/narrow.ts";

/** What to hold against the service's minima, beside this module. */
export interface VersionQuestion {
  /** The version of an endpoint program, by PEP 440. */
  endpointVersion?: string;
}

/** How this module stands to the service. */
export interface VersionCheck {
  /** The version of the web service, where it tells. */
  apiVersion?: string;
  /** The release of the Python SDK whose behaviour this module has, {@linkcode COMPATIBLE_SDK_VERSION}. */
  sdkVersion: string;
  /** The oldest SDK that the service accepts. */
  minSdkVersion: string;
  /** The oldest endpoint program that the service accepts. */
  minEndpointVersion: string;
  /** Whether `sdkVersion` is new enough: if not, this module needs an update. */
  isCompatible: boolean;
  /** Whether the endpoint program that was asked about is new enough. */
  isEndpointCompatible?: boolean;
}

/**
 * Asks the service for the oldest clients that it accepts, and compares by the rules of PEP 440 as the Python
 * client does (a development release passes).
 *
 * The verdict is data. The Python client asks by itself and raises; here nothing asks unless you do, so that
 * what follows from an old client is yours to decide: mostly a warning, as the service answers old clients
 * until it does not.
 *
 * @example At the start of a program
 * ```ts
 * import { checkVersion, type Client } from "@edge-compute/globus";
 *
 * export async function warnIfOld(client: Client): Promise<void> {
 *   const { isCompatible, sdkVersion, minSdkVersion } = await checkVersion(client);
 *   if (!isCompatible) console.warn(`Update this program: it behaves as ${sdkVersion}, ${minSdkVersion} is needed`);
 * }
 * ```
 *
 * @throws {RangeError} If `endpointVersion` is no version.
 * @throws {ComputeHttpError} If the service answers with an error.
 * @throws {ComputeDecodeError} If the service names no minima, or none that are versions.
 * @see Route `GET /v2/version`.
 */
export async function checkVersion(
  client: Client,
  question: VersionQuestion = {},
  options: CallOptions = {},
): Promise<VersionCheck> {
  const context = contextOf(client);
  const { meetsMinimum } = await import("../wire/pep440.ts"); // Nothing else compares versions.
  checkKeys(question, "checkVersion()", "endpointVersion");
  const { endpointVersion } = question;
  checkType(endpointVersion, "endpointVersion", "string");
  if (endpointVersion !== undefined && meetsMinimum(endpointVersion, "0") === undefined) {
    throw new RangeError(
      `Cannot use 'endpointVersion': ${JSON.stringify(endpointVersion)} is no version of PEP 440`,
    );
  }
  const body = await request(
    context,
    "read",
    options,
    (api, through) => api.GET("/v2/version", { ...through, params: { query: { service: "all" } } }),
  );
  const answer = membersOf(body);
  const minSdkVersion = optionalString(answer.min_sdk_version) ?? "";
  const minEndpointVersion = optionalString(answer.min_ep_version) ?? "";
  const apiVersion = optionalString(answer.api);
  const isCompatible = meetsMinimum(COMPATIBLE_SDK_VERSION, minSdkVersion);
  const isEndpointCompatible = meetsMinimum(endpointVersion ?? "0", minEndpointVersion);
  if (isCompatible === undefined || isEndpointCompatible === undefined) {
    throw malformed("the versions of the service: 'min_sdk_version' or 'min_ep_version' is no version", body);
  }
  return given({
    apiVersion,
    sdkVersion: COMPATIBLE_SDK_VERSION,
    minSdkVersion,
    minEndpointVersion,
    isCompatible,
    isEndpointCompatible: endpointVersion === undefined ? undefined : isEndpointCompatible,
  });
}
