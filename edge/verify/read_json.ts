import { nestsDeeper } from "../json_bytes.ts";

/** As deep as the handler lets a delivery be, where nothing else is said. */
const MAX_NESTING = 64;

/**
 * The JSON of a body on which no signature is known to be right yet: it costs no more than its length allows.
 *
 * @returns `undefined` if it is not JSON, or is nested too deeply.
 */
export function readJson(body: Uint8Array<ArrayBuffer>): unknown {
  if (nestsDeeper(body, MAX_NESTING)) return undefined;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}
