import { ComputeEncodeError } from "../errors/encode_error.ts";
import { codePointLength, hasLoneSurrogate } from "./code_points.ts";
import { packBuffers } from "./packed_buffers.ts";

const IDENTIFIER = /^[\p{XID_Start}_]\p{XID_Continue}*$/u;

/** The strategy under which source is registered, as `meta.serde_identifier` names it. */
export const SOURCE_STRATEGY = "st";

/**
 * The code of a function as the service stores it: the name of the callable and the source that makes it, in
 * the form that the SDK calls `PureSourceTextInspect`.
 *
 * @throws {RangeError} If `name` is no Python identifier.
 * @throws {ComputeEncodeError} If the source has half of a surrogate pair, which UTF-8 cannot carry.
 */
export function encodeFunctionCode(name: string, source: string): string {
  if (!IDENTIFIER.test(name)) {
    throw new RangeError(`Cannot register a function as '${name}': it is no Python identifier`);
  }
  if (hasLoneSurrogate(source)) {
    throw new ComputeEncodeError("Cannot encode 'source' for Python: it has half of a surrogate pair", {
      path: "source",
    });
  }
  // Python brings the names in source into this form; the worker looks for this one among them.
  return packBuffers([`${SOURCE_STRATEGY}\n${name.normalize("NFKC")}:${source}`]);
}

/**
 * The two characters that name the strategy of packed code.
 *
 * @throws {TypeError} If it is not the code of one function, packed.
 */
export function packedStrategy(code: unknown): string {
  const [, length, strategy] = (typeof code === "string" && /^(\d+)\n(\w\w)\n/.exec(code)) || [];
  if (length !== undefined && codePointLength(code as string) === length.length + 1 + Number(length)) {
    return strategy as string;
  }
  throw new TypeError("Cannot use 'code': it must be a serialized function, packed as getFunction gives it");
}
