import { PythonObject } from "../values/python_object.ts";
import type { PythonValue } from "../values/python_value.ts";
import { isDict, type Mutable, setProperty } from "./values.ts";

/** Puts other values in the place of some, wherever they are in a value, and returns it. */
export function replaceValues(
  root: PythonValue,
  replacements: ReadonlyMap<PythonValue, PythonValue>,
): PythonValue {
  const seen = new Set<PythonValue>();
  const pending: PythonValue[] = [];
  const visit = <Value extends PythonValue>(value: Value): Value => {
    const current = replacements.get(value) ?? value;
    if (typeof current === "object" && current !== null && !seen.has(current)) {
      seen.add(current);
      pending.push(current);
    }
    return current as Value;
  };
  const replaced = visit(root);
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) replaceParts(value, visit);
  return replaced;
}

function replaceParts(value: PythonValue, visit: <Value extends PythonValue>(value: Value) => Value): void {
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) value[index] = visit(value[index] as PythonValue);
  } else if (value instanceof Map) {
    const entries = [...value];
    value.clear();
    for (const [key, item] of entries) value.set(visit(key), visit(item));
  } else if (value instanceof Set) {
    const items = [...value];
    value.clear();
    for (const item of items) value.add(visit(item));
  } else if (value instanceof PythonObject) {
    const object = value as Mutable<PythonObject>;
    if (object.args !== undefined) object.args = visit(object.args);
    if (object.kwargs !== undefined) object.kwargs = visit(object.kwargs);
    if (object.state !== undefined) object.state = visit(object.state);
    if (object.items !== undefined) object.items = visit(object.items);
    for (const entry of object.entries ?? []) replaceParts(entry, visit);
  } else if (isDict(value)) {
    for (const key of Object.keys(value)) setProperty(value, key, visit(value[key] as PythonValue));
  }
}
