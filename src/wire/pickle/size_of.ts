import type { PythonValue } from "../values/python_value.ts";

/**
 * The bytes that a copy of these values takes at most, one level down. A memo makes a large value an argument of
 * many calls, a byte each; so each call is charged for what it may copy.
 */
export function sizeOf(args: PythonValue): number {
  if (!Array.isArray(args)) return 8;
  let size = 8 * args.length;
  for (const arg of args) {
    if (typeof arg === "string") size += 2 * arg.length;
    else if (typeof arg !== "object" || arg === null) continue;
    else if (arg instanceof Uint8Array) size += arg.length;
    else if (Array.isArray(arg)) size += 40 * arg.length;
    else if (arg instanceof Map || arg instanceof Set) size += 40 * arg.size;
    else size += 200;
  }
  return size;
}
