import { ComputeEncodeError } from "../errors/encode_error.ts";
import { hasLoneSurrogate } from "./code_points.ts";

/**
 * Writes text as a string literal of Python, in ASCII: the escapes of JSON mean the same in Python, but that
 * Python does not join the halves of a surrogate pair.
 *
 * @param name What the text is called in an error, such as `command`.
 * @throws {ComputeEncodeError} If the text has half of a surrogate pair.
 */
export function pythonLiteral(text: string, name: string): string {
  if (hasLoneSurrogate(text)) {
    throw new ComputeEncodeError(`Cannot encode '${name}' for Python: it has half of a surrogate pair`, {
      path: name,
    });
  }
  return JSON.stringify(text).replace(/[^ -~]/gu, (character) => {
    const hex = (character.codePointAt(0) as number).toString(16);
    return hex.length > 4 ? `\\U${hex.padStart(8, "0")}` : `\\u${hex.padStart(4, "0")}`;
  });
}
