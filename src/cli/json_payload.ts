import { packBuffers } from "../wire/packed_buffers.ts";

/** The strategy by which Python reads arguments as JSON. */
const JSON_DATA = "11\n";

/** The arguments of a task, as JSON text: positional ones as an array, keyword ones as an object. */
export interface JsonArguments {
  readonly args: string;
  readonly kwargs: string;
}

/**
 * Packs arguments as they were written, so that Python reads the very numbers: 1.0 stays a float and integers have any
 * size, both of which would be lost on the way through JavaScript.
 */
export function jsonPayload({ args, kwargs }: JsonArguments): string {
  return packBuffers([JSON_DATA + toAscii(args), JSON_DATA + toAscii(kwargs)]);
}

/** Characters beyond ASCII stand in the strings of JSON alone, where they can be escaped. */
function toAscii(json: string): string {
  return json.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
