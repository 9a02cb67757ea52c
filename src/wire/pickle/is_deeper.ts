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
  const values: PythonValue[] = [];
  const parts: (readonly (PythonValue | undefined)[])[] = [];
  const nexts: number[] = [];
  const levels: number[] = [];
  const enter = (value: PythonValue): boolean => {
    if (typeof value !== "object" || value === null) return false;
    const known = heights.get(value);
    const last = values.length - 1;
    if (known !== undefined) {
      levels[last] = Math.max(levels[last] as number, known);
      return values.length + known > maxDepth;
    }
    const inside = partsOf(value);
    if (inside === undefined) return false;
    if (isShared(value)) heights.set(value, 0);
    values.push(value);
    parts.push(inside);
    nexts.push(0);
    levels.push(0);
    return values.length > maxDepth;
  };
  if (enter(root)) return true;
  while (values.length > 0) {
    const last = values.length - 1;
    const inside = parts[last] as readonly PythonValue[];
    let next = nexts[last] as number;
    while (next < inside.length && typeof inside[next] !== "object") next++;
    nexts[last] = next + 1;
    if (next < inside.length) {
      if (enter(inside[next] as PythonValue)) return true;
      continue;
    }
    const height = (levels.pop() as number) + 1;
    const value = values[last] as PythonValue;
    if (heights.has(value)) heights.set(value, height);
    if (last > 0) levels[last - 1] = Math.max(levels[last - 1] as number, height);
    values.pop();
    parts.pop();
    nexts.pop();
  }
  return false;
}
