import { ComputeDecodeError } from "../errors/decode_error.ts";
import { decodePythonJson } from "./python_json_decode.ts";
import { encodePythonJson } from "./python_json_encode.ts";
import type { PythonValue } from "./values/python_value.ts";

/** Each serialized value begins with two characters and a line feed that name its strategy. */
const JSON_DATA = "11\n";

/** What a header says of a value that this module does not read. */
const UNREADABLE = new Map([
  ["00\n", "a Python pickle"],
  ["01\n", "a Python function"],
  ["02\n", "a Python function"],
  ["03\n", "a Python function"],
  ["04\n", "a Python function"],
  ["10\n", "a Python function"],
  ["12\n", "a Python function"],
  ["13\n", "several forms of one value"],
  ["st\n", "a Python function"],
  ["sd\n", "a Python function"],
]);

/**
 * Serializes a value as the Python SDK's `JSONData` does.
 *
 * @param name What the value is called in an error, such as `args`.
 * @throws {ComputeEncodeError} If JSON cannot carry the value.
 */
export function serializeValue(value: unknown, name: string): string {
  return JSON_DATA + encodePythonJson(value, name);
}

/**
 * Reads a result as the service hands it over.
 *
 * @throws {ComputeDecodeError} If its strategy is none that this module reads, or the payload is malformed.
 */
export function deserializeValue(raw: string): PythonValue {
  const header = raw.slice(0, 3);
  if (header === JSON_DATA) {
    try {
      return decodePythonJson(raw.slice(3));
    } catch (cause) {
      throw new ComputeDecodeError(cause instanceof Error ? cause.message : "Cannot read JSON from Python", {
        raw,
        cause,
      });
    }
  }
  const kind = UNREADABLE.get(header);
  throw new ComputeDecodeError(
    kind === undefined
      ? `Cannot decode the result: unknown header ${JSON.stringify(header)}`
      : `Cannot decode the result: it is ${kind} (strategy '${header.trimEnd()}'), and only JSON is read; ` +
        `make the function return what JSON can carry`,
    { raw },
  );
}
