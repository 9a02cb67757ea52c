import { part } from "./on_demand.ts";
import type { PythonValue } from "./values/python_value.ts";

/**
 * The beginning of an integer that a JavaScript number may not hold exactly. It may stand in a string or be a
 * float: then no harm is done. (To match it as a whole would overflow the stack for millions of digits.)
 */
const LONG_INTEGER = /(?<![.\d])\d{16}/;

/**
 * Reads what Python's `json.dumps` wrote: JSON with `NaN` and the infinities, and integers of any size, which
 * become `bigint` where a number would not hold them exactly.
 *
 * @throws {ComputeDecodeError} If it is no JSON.
 * @throws {PartNotLoaded} If it takes the parser of our own: run it through {@linkcode withParts}.
 */
export function decodePythonJson(text: string): PythonValue {
  // The runtime's own parser reads almost all results. Node 20's gives a reviver no source text, so that what
  // it cannot say, a parser of our own has to.
  if (!LONG_INTEGER.test(text)) {
    try {
      return JSON.parse(text);
    } catch {
      // NaN, an infinity, or no JSON at all: the parser tells.
    }
  }
  return part("pythonJson").parsePythonJson(text);
}
