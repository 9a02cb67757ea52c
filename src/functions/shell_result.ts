import { ComputeDecodeError } from "../errors/decode_error.ts";
import { isRecord, optionalString } from "../base/narrow.ts";
import { PythonObject } from "../wire/values/python_object.ts";
import type { PythonValue } from "../wire/values/python_value.ts";

/** What a command line did. */
export interface ShellResult {
  /** The command line as it was run, its placeholders filled. */
  command: string;
  /** The last lines that it wrote to stdout. */
  stdout: string;
  /**
   * The last lines that it wrote to stderr. On endpoints that do not give each task a directory of its own, a
   * warning of that comes first.
   */
  stderr: string;
  /** What it returned: 0 for success, 124 where its time was over. */
  returnCode: number;
  /** `subprocess.CalledProcessError` or `subprocess.TimeoutExpired`; null for success. */
  exceptionName: string | null;
}

/**
 * Reads what a function of {@linkcode registerShell} returned, or a `ShellFunction` of the Python SDK.
 *
 * @example In a batch
 * ```ts
 * import { asCompleted, type BatchReceipt, type Client, shellResult } from "@edge-compute/globus";
 *
 * export async function print(client: Client, receipt: BatchReceipt): Promise<void> {
 *   for await (const outcome of asCompleted(client, receipt)) {
 *     if (outcome.state === "success") console.log(shellResult(outcome.result).stdout);
 *   }
 * }
 * ```
 *
 * @throws {ComputeDecodeError} If the value is no result of a command line.
 */
export function shellResult(value: PythonValue): ShellResult {
  if (value === undefined) throw new TypeError("Cannot use shellResult() without 'value'");
  const { cmd, stdout, stderr, returncode, exception_name } = attributesOf(value);
  if (
    typeof cmd === "string" && typeof stdout === "string" && typeof stderr === "string" &&
    typeof returncode === "number"
  ) {
    const exceptionName = optionalString(exception_name) ?? null;
    return { command: cmd, stdout, stderr, returnCode: returncode, exceptionName };
  }
  throw new ComputeDecodeError(
    "Cannot read the result of a command line: it is not of registerShell()",
    { raw: typeof value === "string" ? value : "" },
  );
}

/** A function of ours returns a `dict`; the SDK's own an object, with the same names for its attributes. */
function attributesOf(value: PythonValue): Record<string, unknown> {
  if (!isRecord(value)) return {};
  if (!(value instanceof PythonObject)) return value;
  return value.name === "ShellResult" && isRecord(value.state) ? value.state : {};
}
