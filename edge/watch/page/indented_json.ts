import type { JsonValue } from "../../results/readable_value.ts";

/** What fits into a line stays on one. */
const MAX_LINE_LENGTH = 80;

/** Writes JSON for people: short parts on one line each, and lists of numbers or texts as running text. */
export function indentedJson(value: JsonValue, indent = ""): string {
  const line = JSON.stringify(value);
  if (typeof value !== "object" || value === null || line.length <= MAX_LINE_LENGTH) return line;
  const inner = `${indent}  `;
  if (isList(value)) {
    const isPlain = value.every((item) => typeof item !== "object" || item === null);
    const items = value.map((item) => indentedJson(item, inner));
    return `[\n${inner}${items.join(isPlain ? ", " : `,\n${inner}`)}\n${indent}]`;
  }
  const fields = Object.entries(value).map(([key, item]) =>
    `${JSON.stringify(key)}: ${indentedJson(item, inner)}`
  );
  return `{\n${inner}${fields.join(`,\n${inner}`)}\n${indent}}`;
}

function isList(value: object): value is readonly JsonValue[] {
  return Array.isArray(value);
}
