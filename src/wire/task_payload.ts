import { isPlain } from "./encode_place.ts";
import { isRecord } from "../base/narrow.ts";
import { type ArgumentSerializer, serializeValue } from "./serialized_value.ts";

/** The payload of a call without arguments, which many calls are. */
const NO_ARGUMENTS = packAscii("11\n[]") + packAscii("11\n{}");

/**
 * Serializes the arguments of one call: positional ones, then keyword ones, packed.
 *
 * @param path What the call is called in an error, such as `tasks[3].`; empty for a single one.
 * @param serializer JSON where it can carry them, else a pickle, unless it is named.
 * @throws {TypeError} If `args` is no array or `kwargs` no object.
 * @throws {ComputeEncodeError} If a value cannot be sent.
 */
export function encodeTaskPayload(
  args: unknown,
  kwargs: unknown,
  path = "",
  serializer?: ArgumentSerializer,
): string {
  if (args === undefined && kwargs === undefined && serializer === undefined) return NO_ARGUMENTS;
  if (args !== undefined && !Array.isArray(args)) {
    throw new TypeError(`Cannot use '${path}args': it must be an array of positional arguments`);
  }
  if (kwargs !== undefined && !(isRecord(kwargs) && isPlain(kwargs))) {
    throw new TypeError(`Cannot use '${path}kwargs': it must be a plain object of keyword arguments`);
  }
  return packAscii(serializeValue(args ?? [], `${path}args`, serializer)) +
    packAscii(serializeValue(kwargs ?? {}, `${path}kwargs`, serializer));
}

/** Serialized values are ASCII: their length is the same in code points, and need not be counted in a copy. */
function packAscii(value: string): string {
  return `${value.length}\n${value}`;
}
