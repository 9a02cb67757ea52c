import { isRecord } from "../../src/base/narrow.ts";
import { readJson } from "./read_json.ts";

/** A body in the canonical form of its JSON (RFC 8785); as it is, where it has none. */
export function canonicalJson(body: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const json = readJson(body);
  if (json === undefined) return body;
  try {
    return new TextEncoder().encode(canonical(json));
  } catch {
    return body; // It has half of a surrogate pair.
  }
}

/**
 * Writes what JSON was parsed to. RFC 8785 takes the order of members, texts and numbers from JavaScript.
 *
 * @throws {RangeError} If a text in it has half of a surrogate pair.
 */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical)}]`;
  if (isRecord(value)) {
    return `{${Object.keys(value).sort().map((name) => `${canonical(name)}:${canonical(value[name])}`)}}`;
  }
  if (typeof value === "string" && !value.isWellFormed()) {
    throw new RangeError("It has half of a surrogate pair");
  }
  return JSON.stringify(value);
}
