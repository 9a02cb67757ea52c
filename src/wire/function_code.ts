import { ComputeEncodeError } from "../errors/encode_error.ts";
import { codePointLength, hasLoneSurrogate } from "./code_points.ts";
import { part, PartNotLoaded } from "./on_demand.ts";
import { packBuffers, unpackBuffers } from "./packed_buffers.ts";

const IDENTIFIER = /^[\p{XID_Start}_]\p{XID_Continue}*$/u;

/**
 * How source is registered: as it is, or as the one form in `AllCodeStrategies`, for an endpoint that takes that alone.
 */
export type CodeSerializer = "source" | "all";

/** The strategies under which source is registered, as `meta.serde_identifier` names them. */
export const SOURCE_STRATEGIES: { readonly [Serializer in CodeSerializer]: string } = {
  source: "st",
  all: "12",
};

/** The source of a function, and the name in it that is called. */
export interface FunctionSource {
  /** The callable's name. */
  name: string;
  /** The source of a module that makes it. */
  source: string;
}

/**
 * The code of a function as the service stores it: the name of the callable and the source that makes it, in
 * the form that the SDK calls `PureSourceTextInspect`.
 *
 * @throws {RangeError} If `name` is no Python identifier.
 * @throws {ComputeEncodeError} If the source has half of a surrogate pair, which UTF-8 cannot carry.
 */
export function encodeFunctionCode(
  name: string,
  source: string,
  serializer: CodeSerializer = "source",
): string {
  if (!IDENTIFIER.test(name)) {
    throw new RangeError(`Cannot register a function as '${name}': it is no Python identifier`);
  }
  if (hasLoneSurrogate(source)) {
    throw new ComputeEncodeError("Cannot encode 'source' for Python: it has half of a surrogate pair", {
      path: "source",
    });
  }
  // Python brings the names in source into this form; the worker looks for this one among them.
  const code = `${SOURCE_STRATEGIES.source}\n${name.normalize("NFKC")}:${source}`;
  return packBuffers([serializer === "all" ? `${SOURCE_STRATEGIES.all}\n${packBuffers([code])}` : code]);
}

/** The source in the code of a function, where it has it; `undefined` for bytecode and what cannot be read. */
export function readFunctionSource(packed: string): FunctionSource | undefined {
  try {
    const [code = ""] = unpackBuffers(packed);
    const forms = code.startsWith(`${SOURCE_STRATEGIES.all}\n`) ? unpackBuffers(code.slice(3)) : [code];
    for (const form of forms) {
      const found = readSource(form);
      if (found !== undefined) return found;
    }
  } catch (error) {
    if (error instanceof PartNotLoaded) throw error;
  }
  return undefined;
}

function readSource(code: string): FunctionSource | undefined {
  const [strategy, payload] = [code.slice(0, 3), code.slice(3)];
  if (strategy === "st\n" || strategy === "sd\n") {
    const colon = payload.indexOf(":");
    return colon < 0 ? undefined : { name: payload.slice(0, colon), source: payload.slice(colon + 1) };
  }
  if (strategy !== "03\n" && strategy !== "04\n") return undefined;
  const pair = part("pickles").readPickle(payload);
  const [name, source] = Array.isArray(pair) ? pair : [];
  return typeof name === "string" && typeof source === "string" ? { name, source } : undefined;
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
