import { PythonObject } from "../values/python_object.ts";
import type { PythonValue } from "../values/python_value.ts";
import { isDict } from "./values.ts";

/** The parts of a value that may have parts themselves, or the value's items as they are. */
function partsOf(value: PythonValue): readonly (PythonValue | undefined)[] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) return value;
  if (isDict(value)) return Object.values(value);
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  if (value instanceof Set) return [...value];
  if (!(value instanceof PythonObject)) return undefined;
  const { args, kwargs, state, items, entries } = value;
  return [args, kwargs, state, items, entries];
}

/** A value whose parts are being looked into. */
interface Open {
  value: PythonValue;
  parts: readonly (PythonValue | undefined)[];
  next: number;
  /** How many levels those parts have that are finished. */
  height: number;
}

/**
 * Whether a value is nested deeper than so many levels, where a cycle ends at what it comes back to. It does not recurse.
 *
 * @param isShared Whether a value may be a part of two others, or of itself.
 */
export function isDeeper(
  root: PythonValue,
  maxDepth: number,
  isShared: (value: PythonValue) => boolean,
): boolean {
  /** How many levels each of the finished values has that may be met again; one that is not finished has none yet. */
  const heights = new Map<PythonValue, number>();
  const open: Open[] = [];
  const enter = (value: PythonValue | undefined): boolean => {
    if (typeof value !== "object" || value === null) return false;
    const known = heights.get(value);
    if (known !== undefined) {
      const last = open.at(-1);
      if (last) last.height = Math.max(last.height, known);
      return open.length + known > maxDepth;
    }
    const parts = partsOf(value);
    if (parts === undefined) return false;
    if (isShared(value)) heights.set(value, 0);
    open.push({ value, parts, next: 0, height: 0 });
    return open.length > maxDepth;
  };
  if (enter(root)) return true;
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    const { value, parts } = last;
    while (last.next < parts.length && typeof parts[last.next] !== "object") last.next++;
    if (last.next < parts.length) {
      if (enter(parts[last.next++])) return true;
      continue;
    }
    open.pop();
    const height = last.height + 1;
    if (heights.has(value)) heights.set(value, height);
    const above = open.at(-1);
    if (above) above.height = Math.max(above.height, height);
  }
  return false;
}
