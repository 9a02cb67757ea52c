import canonicalize from "canonicalize";
import { readJson } from "./read_json.ts";

/** A body in the canonical form of its JSON (RFC 8785); as it is, where it has none. */
export function canonicalJson(body: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const json = readJson(body);
  if (json === undefined) return body;
  try {
    return new TextEncoder().encode(canonicalize(json));
  } catch {
    return body; // It has half of a surrogate pair.
  }
}
