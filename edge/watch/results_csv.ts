import type { EdgeContext } from "../context.ts";
import type { BatchRecord, TaskEntry } from "../records/batch_record.ts";
import type { JsonValue } from "../results/readable_value.ts";
import { isRecord } from "../../src/base/narrow.ts";
import { iso } from "./batch_summary.ts";
import { type CsvCell, csvLine } from "./csv.ts";
import { readResults, type ShownResult } from "./read_results.ts";
import { readTaskEntries } from "./shown_task.ts";

const OWN_COLUMNS = ["index", "taskId", "state"];
const VALUE_COLUMN = "value";
const ERROR_COLUMN = "error";
/** Results with more fields than this are no table: each is written into one cell. */
const MAX_FIELDS = 1_000;
const PIECE_LENGTH = 65_536;

/** What is found out about the results before the first line is written. */
interface Columns {
  /** The fields of all results, where each is a flat object. */
  fields: readonly string[] | undefined;
  /** The tasks that had ended. One that ends meanwhile might bring another field: it is left for the next time. */
  ended: readonly boolean[];
}

/**
 * All results of a batch as CSV (RFC 4180), a line for each task. Results that are flat objects are spread over
 * columns by their fields; any other stands in the column `value`, as JSON where it is more than a number or text.
 */
export async function* resultsCsv(
  context: EdgeContext,
  record: BatchRecord,
): AsyncGenerator<string, void, void> {
  const entries = await readTaskEntries(context, record.id);
  const columns = await findColumns(context, record, entries);
  const { fields } = columns;
  let text = csvLine([
    ...OWN_COLUMNS,
    ...fields?.map(columnName) ?? [VALUE_COLUMN],
    ERROR_COLUMN,
  ]);
  for await (const result of readResults(context, record, entries, { start: 0, count: record.taskCount })) {
    text += csvLine(cellsOf(result, columns, record));
    if (text.length < PIECE_LENGTH) continue;
    yield text;
    text = "";
  }
  yield text;
}

async function findColumns(
  context: EdgeContext,
  record: BatchRecord,
  entries: readonly TaskEntry[] | undefined,
): Promise<Columns> {
  const fields = new Set<string>();
  const ended: boolean[] = [];
  let isTable = true;
  for await (const result of readResults(context, record, entries, { start: 0, count: record.taskCount })) {
    const { state, readable: value } = result;
    ended.push(state !== "pending");
    if (value === undefined || !isTable) continue;
    const isFlat = isFlatObject(value);
    if (isFlat) { for (const field of Object.keys(value)) fields.add(field); }
    isTable = isFlat && fields.size <= MAX_FIELDS;
  }
  return { fields: isTable && fields.size > 0 ? [...fields] : undefined, ended };
}

function cellsOf(result: ShownResult, { fields, ended }: Columns, { removedAtMs }: BatchRecord): CsvCell[] {
  const { index, taskId, state, readable, error } = result;
  const isShown = ended[index] === true;
  const shown = isShown ? readable : undefined;
  const message = removedAtMs === undefined
    ? [error?.type, error?.message].filter((part) => part !== undefined && part !== "").join(": ")
    : `Its result was removed at ${iso(removedAtMs)}`;
  return [
    index,
    taskId,
    isShown ? state : "pending",
    ...fields === undefined ? [cellOf(shown)] : fields.map((field) => cellOf(fieldOf(shown, field))),
    isShown ? message : "",
  ];
}

/** Numbers and text as they are, whatever their type was, and all else as JSON. */
function cellOf(value: JsonValue | undefined): CsvCell {
  if (typeof value !== "object" || value === null) return value;
  if (isRecord(value) && typeof value.$python === "string" && value.$python !== "truncated") {
    if (typeof value.text === "string") return value.text;
    if (Object.hasOwn(value, "value")) return cellOf(value.value);
  }
  return JSON.stringify(value);
}

/** A field that has the name of a column of ours is told apart from it. */
function columnName(field: string): string {
  return OWN_COLUMNS.includes(field) || field === ERROR_COLUMN ? `result.${field}` : field;
}

function isFlatObject(value: JsonValue): value is { readonly [key: string]: JsonValue } {
  return isRecord(value) && !Object.hasOwn(value, "$python") &&
    Object.values(value).every((item) =>
      !Array.isArray(item) && (!isRecord(item) || Object.hasOwn(item, "$python"))
    );
}

function fieldOf(value: JsonValue | undefined, field: string): JsonValue | undefined {
  return isRecord(value) && Object.hasOwn(value, field) ? value[field] : undefined;
}
