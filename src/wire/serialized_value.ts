import { ComputeDecodeError } from "../errors/decode_error.ts";
import { part, PartNotLoaded } from "./on_demand.ts";
import type { PickleLimits } from "./pickle/limits.ts";
import { decodePythonJson } from "./python_json_decode.ts";
import { messageOf } from "../base/narrow.ts";
import type { PythonValue } from "./values/python_value.ts";
import { encodePythonJson, tryPythonJson } from "./python_json_encode.ts";

/**
 * How arguments are serialized: as JSON, as a pickle, or as both in one, for an endpoint that takes
 * `AllDataStrategies` alone.
 */
export type ArgumentSerializer = "json" | "pickle" | "all";

/** Each serialized value begins with two characters and a line feed that name its strategy. */
const JSON_DATA = "11\n";
const PICKLE_DATA = "00\n";
const ALL_DATA = "13\n";

/** The strategies of functions, which are no values. */
const FUNCTION = /^(?:01|02|03|04|10|12|st|sd)\n/;

/**
 * Serializes a value as the Python SDK does.
 *
 * @param name What the value is called in an error, such as `args`.
 * @param serializer JSON where it can carry the value, else a pickle, unless it is named.
 * @throws {ComputeEncodeError} If the serializer cannot carry the value.
 * @throws {PartNotLoaded} If it is to be a pickle: run it through {@linkcode withParts}.
 */
export function serializeValue(value: unknown, name: string, serializer?: ArgumentSerializer): string {
  switch (serializer) {
    case "json":
      return JSON_DATA + encodePythonJson(value, name);
    case "pickle":
      return PICKLE_DATA + part("pickles").writePickle(value, name);
    case "all":
      return ALL_DATA +
        part("pickles").packBuffers([
          serializeValue(value, name, "json"),
          serializeValue(value, name, "pickle"),
        ]);
    case undefined: {
      const json = tryPythonJson(value, name);
      return json === undefined ? serializeValue(value, name, "pickle") : JSON_DATA + json;
    }
    default:
      throw new RangeError(`Unknown argument serializer '${serializer}': use 'json', 'pickle' or 'all'`);
  }
}

/**
 * Reads a result as the service hands it over.
 *
 * @throws {ComputeDecodeError} If its strategy is none that this module reads, or the payload is malformed.
 * @throws {PartNotLoaded} If it takes a part that is not: run it through {@linkcode withParts}.
 */
export function deserializeValue(raw: string, limits?: Partial<PickleLimits>): PythonValue {
  try {
    return read(raw, limits);
  } catch (cause) {
    if (cause instanceof PartNotLoaded) throw cause;
    throw new ComputeDecodeError(messageOf(cause), { raw, cause });
  }
}

function read(raw: string, limits: Partial<PickleLimits> | undefined): PythonValue {
  const header = raw.slice(0, 3);
  if (header === JSON_DATA) return decodePythonJson(raw.slice(3));
  if (header === PICKLE_DATA) return part("pickles").readPickle(raw.slice(3), limits);
  if (header === ALL_DATA) {
    return part("pickles").readAny(raw, (form) => read(form, limits));
  }
  const what = FUNCTION.test(header)
    ? `it is a Python function (strategy '${header.trimEnd()}'), and no value`
    : `unknown header ${JSON.stringify(header)}`;
  throw new Error(`Cannot decode the result: ${what}`);
}
