import { part } from "./on_demand.ts";
import type { PythonValue } from "./values/python_value.ts";

/**
 * The beginning of an integer that a JavaScript number may not hold exactly. It may stand in a string or be a
 * float: then no harm is done. (To match it as a whole would overflow the stack for millions of digits.)
 */
const LONG_INTEGER = /(?<![.\d])\d{16}/;
/** A text that is no longer cannot be nested too deep for Python, nor fill the memory: it needs no look beforehand. */
const SHORT = 2000;

/**
 * Reads what Python's `json.dumps` wrote: JSON with `NaN` and the infinities, and integers of any size, which
 * become `bigint` where a number would not hold them exactly.
 *
 * @throws {ComputeDecodeError} If it is no JSON, or beyond the limits: nested deeper than 1,000 levels, an integer of more
 *   than 4,300 digits, as in Python, or more values than there is memory for.
 * @throws {PartNotLoaded} If it takes the parser of our own: run it through {@linkcode withParts}.
 */
export function decodePythonJson(text: string): PythonValue {
  // The runtime's own parser reads almost all results. What it cannot say, a parser of our own has to.
  if (text.length <= SHORT && !LONG_INTEGER.test(text)) {
    try {
      return JSON.parse(text);
    } catch {
      // NaN, an infinity, or no JSON at all: the parser tells.
    }
  }
  return part("pythonJson").parsePythonJson(text);
}
