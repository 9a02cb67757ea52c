import { asPythonType } from "../values/python_type.ts";
import type { PythonValue } from "../values/python_value.ts";
import type { BuildContext, Builder } from "./builder.ts";
import { isDict, setKey } from "./values.ts";

/** A `dict` of these pairs. */
function dictOf(
  pairs: [PythonValue, PythonValue][],
  context: BuildContext,
): { [key: string]: PythonValue } | Map<PythonValue, PythonValue> {
  const object: { [key: string]: PythonValue } = {};
  context.charge(100 * pairs.length);
  for (const [index, [key, value]] of pairs.entries()) {
    if (typeof key !== "string") return context.mapOf(pairs);
    setKey(object, key, value, index);
  }
  return object;
}

/** Its items follow; Python 2 gives them at once, as a list of lists. */
export const orderedDict: Builder = (args, context) => {
  const [pairs = []] = args;
  if (args.length > 1 || !Array.isArray(pairs)) return undefined;
  if (!pairs.every((pair) => Array.isArray(pair) && pair.length === 2)) return undefined;
  return asPythonType(dictOf(pairs as [PythonValue, PythonValue][], context), "collections.OrderedDict");
};

export const counter: Builder = (args, context) => {
  const [counts = {}] = args;
  if (args.length > 1) return undefined;
  // A copy: the dict itself may be elsewhere too, where it is none.
  if (counts instanceof Map) return asPythonType(context.mapOf(counts), "collections.Counter");
  if (!isDict(counts)) return undefined;
  return asPythonType(dictOf(Object.entries(counts), context), "collections.Counter");
};

/** What makes its missing values is not kept. */
export const defaultDict: Builder = (args) =>
  args.length <= 1 ? asPythonType({}, "collections.defaultdict") : undefined;
