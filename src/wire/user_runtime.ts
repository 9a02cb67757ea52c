import { isRecord } from "../base/narrow.ts";
import { snakeCase } from "./pick.ts";

/** A Python interpreter, in the parts of the Python client's `UserRuntime.PythonInfo`. */
export interface PythonInfo {
  /** Three numbers with dots, such as `3.12.7`. */
  version?: string;
  /** The same as numbers: endpoints that build environments choose the interpreter by it. */
  versionTuple?: readonly [number, number, number];
  /** The same in five parts, such as `[3, 12, 7, "final", 0]`. */
  versionInfo?: readonly [number, number, number, string, number];
  /** What `sys.version` says. */
  versionDescription?: string;
  /** Such as `CPython`. */
  implementation?: string;
  /** What the interpreter was built with. */
  compiler?: string;
}

/** A machine, in the words of Python's `platform` module. */
export interface PlatformInfo {
  /** Word size and binary format, such as `["64bit", "ELF"]`. */
  architecture?: readonly [string, string];
  /** Such as `x86_64`. */
  machine?: string;
  /** The machine's name in its network. */
  node?: string;
  /** System, version and machine in one text. */
  platform?: string;
  /** Such as `x86_64`. */
  processor?: string;
  /** The operating system's release. */
  release?: string;
}

/**
 * The Python that tasks are to run with, at endpoints that build an environment to order. Endpoints that do
 * not ignore it. What is left out is not sent, and is then the endpoint's own choice.
 *
 * @example A Python version and packages
 * ```ts
 * import { callFunction, type Client } from "@edge-compute/globus";
 *
 * export function call(client: Client, endpointId: string, functionId: string): Promise<unknown> {
 *   return callFunction(client, {
 *     endpointId,
 *     functionId,
 *     userRuntime: { python: "3.12" },
 *     userEndpointConfig: { requirements: "numpy>=2\nscipy" },
 *   });
 * }
 * ```
 */
export interface UserRuntime {
  /**
   * The Python that is asked for: `"3.12"`, `"3.12.4"`, or the record of an interpreter. An endpoint can be
   * asked for a patch release alone: for `"3.12"` it is one of that line that the `uv` of endpoints is known
   * to have.
   */
  python?: string | PythonInfo;
  /** The release of the Compute endpoint to install beside it: 4.10 or later, and one that is on PyPI. */
  globusComputeSdkVersion?: string;
  /** The version of the Globus SDK for Python. */
  globusSdkVersion?: string;
  /** What `sys.version` says. Endpoints go by `python`. */
  pythonVersion?: string;
  /** The caller's machine. */
  platform?: PlatformInfo;
}

/**
 * A patch release for each line from 3.10 on: none of them is missing among the builds that `uv` installs, as
 * 3.11.0 is, and packages exclude none. A line that is not listed has its first release.
 */
const PATCH_RELEASES = [14, 9, 7, 5, 2];

/**
 * Writes a runtime as the service takes it.
 *
 * @throws {TypeError} If a part is null or of a type that no part has: the user endpoint would not start.
 * @throws {RangeError} If it asks for a Python or an SDK with which no endpoint could start.
 */
export function encodeUserRuntime(runtime: UserRuntime): Record<string, unknown> {
  checkObject(runtime, "userRuntime");
  const { globusComputeSdkVersion, python } = runtime;
  const info = typeof python === "string" ? pythonInfo(python) : python;
  if (info !== undefined) checkObject(info, "userRuntime.python");
  const tuple: unknown = info?.versionTuple;
  if (tuple !== undefined && !(Array.isArray(tuple) && tuple.length === 3 && tuple.every(Number.isInteger))) {
    throw new TypeError("Cannot use 'userRuntime.python.versionTuple': it must be three integers");
  }
  const encoded = encode({ ...runtime, python: info }, "userRuntime") as Record<string, unknown>;
  if (globusComputeSdkVersion !== undefined) checkRelease(globusComputeSdkVersion);
  return encoded;
}

function checkObject(value: unknown, path: string): void {
  if (!isRecord(value)) throw new TypeError(`Cannot use '${path}': it must be an object`);
}

function pythonInfo(version: string): PythonInfo {
  const [, minor, patch] = /^3\.([1-9]\d)(?:\.(\d+))?$/.exec(version) ?? [];
  if (minor === undefined) throw refuse("python", "Python 3.10 or later", version);
  const versionTuple = [3, Number(minor), Number(patch ?? PATCH_RELEASES[Number(minor) - 10] ?? 0)] as const;
  return { version: versionTuple.join("."), versionTuple, versionInfo: [...versionTuple, "final", 0] };
}

/**
 * An endpoint reads it as a version, installs that release from PyPI, and has another way to start older
 * ones.
 */
function checkRelease(version: string): void {
  const [, major, minor] = /^(\d+)\.(\d+)(?:\.\d+)*(?:(?:a|b|rc)\d+)?(?:\.post\d+)?$/.exec(version) ?? [];
  if (Number(major) > 4 || (major === "4" && Number(minor) >= 10)) return;
  throw refuse("globusComputeSdkVersion", "the SDK on PyPI, 4.10 or later", version);
}

function refuse(name: string, what: string, version: string): RangeError {
  return new RangeError(`Cannot use 'userRuntime.${name}': '${version}' is no release of ${what}`);
}

/** The types of the parts are the service's to check; null would reach the endpoint. */
function encode(value: unknown, path: string): unknown {
  if (typeof value === "string" || Array.isArray(value)) return value;
  if (!isRecord(value)) throw new TypeError(`Cannot use '${path}': it must be a string, a list or an object`);
  const parts = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(parts.map(([key, part]) => [snakeCase(key), encode(part, `${path}.${key}`)]));
}
