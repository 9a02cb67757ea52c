import { readFile } from "node:fs/promises";
import type { CliIo } from "../cli_io.ts";
import { reasonOf } from "../function_file.ts";
import type { JsonArguments } from "../json_payload.ts";
import type { BatchValues } from "../options/batch_options.ts";
import { UsageError } from "../usage_error.ts";
import { csvRows } from "./csv_rows.ts";
import { jsonlRows } from "./jsonl_rows.ts";

type Format = "csv" | "tsv" | "jsonl";

const FORMATS: Record<string, Format> = {
  csv: "csv",
  tsv: "tsv",
  jsonl: "jsonl",
  ndjson: "jsonl",
};

/**
 * Reads the rows of a batch, a task each.
 *
 * @throws {UsageError} If the file cannot be read, or a row is none.
 */
export async function readRows(
  values: Pick<BatchValues, "from" | "format" | "delimiter" | "strings">,
  io: Pick<CliIo, "stdin">,
): Promise<JsonArguments[]> {
  const { from, delimiter, strings } = values;
  const format = values.format ?? FORMATS[/\.(\w+)$/.exec(from)?.[1]?.toLowerCase() ?? ""];
  if (format === undefined) {
    throw new UsageError(`Cannot tell what the rows in '${from}' are: give --format csv, tsv or jsonl`);
  }
  if (format === "jsonl" && (strings || delimiter !== undefined)) {
    throw new UsageError("Cannot use '--strings' and '--delimiter' with JSON lines: they are for CSV");
  }
  try {
    const bytes = from === "-" ? await readAll(io.stdin) : await readFile(from);
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const options = { delimiter: delimiter ?? (format === "tsv" ? "\t" : ","), isText: strings };
    const rows = format === "jsonl" ? jsonlRows(text) : csvRows(text, options);
    if (rows.length === 0) throw new UsageError("there are no rows in it");
    return rows;
  } catch (error) {
    throw new UsageError(`Cannot use '${from}': ${reasonOf(error)}`);
  }
}

async function readAll(stdin: CliIo["stdin"]): Promise<Uint8Array> {
  const encoder = new TextEncoder();
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin) chunks.push(typeof chunk === "string" ? encoder.encode(chunk) : chunk);
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}
