import type { JsonArguments } from "../json_payload.ts";
import { UsageError } from "../usage_error.ts";

/**
 * Reads JSON lines as arguments, which stay as they are written: an object has keyword arguments, an array positional
 * ones. Empty lines do not count.
 *
 * @throws {UsageError} If a line is neither; the message tells its number and not what it says.
 */
export function jsonlRows(text: string): JsonArguments[] {
  const lines = text.replace(/^\ufeff/, "").split("\n");
  return lines.flatMap((line, index) => line.trim() === "" ? [] : [readLine(line.trim(), index + 1)]);
}

function readLine(line: string, number: number): JsonArguments {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new UsageError(`line ${number} is no JSON`);
  }
  if (Array.isArray(value)) return { args: line, kwargs: "{}" };
  if (typeof value === "object" && value !== null) return { args: "[]", kwargs: line };
  throw new UsageError(
    `line ${number} is neither an object of keyword arguments nor an array of positional ones`,
  );
}
