import { ComputeDecodeError } from "../errors/decode_error.ts";
import { removalOf } from "../store/writes.ts";
import { isFinal, type TaskRecord } from "../wire/task_record.ts";

/**
 * Writes the final record of a task as a text for a store: a line of JSON, and the raw result or failure after it as it is.
 * JSON would double a large text of quotes, so that it no longer fits. In the line, its length is in its place.
 */
export function encodeStoredRecord(record: TaskRecord): string {
  const field = rawField(record);
  const raw = record[field];
  if (!raw?.isWellFormed()) return JSON.stringify(record); // JSON escapes what no store takes.
  return `${JSON.stringify({ ...record, [field]: raw.length })}\n${raw}`;
}

/**
 * Reads back what {@linkcode encodeStoredRecord} wrote. A text that is damaged becomes a record that says so: it may be all
 * that is left of a result.
 *
 * @param key Where it was found in the store.
 */
export function decodeStoredRecord(text: string, taskId: string, key: string): TaskRecord {
  try {
    const end = text.indexOf("\n");
    const record = JSON.parse(
      end < 0 ? text : text.slice(0, end),
      (name, value) => /edAt$/.test(name) ? new Date(new Date(value).toISOString()) : value,
    );
    if (end >= 0) {
      const raw = text.slice(end + 1);
      const field = rawField(record);
      record[field] = record[field] === raw.length ? raw : undefined;
    }
    const { result, exception, reason } = record;
    if (record.taskId === taskId && isFinal(record) && typeof (result ?? exception ?? reason) === "string") {
      return record;
    }
  } catch {
    // The error below names it.
  }
  const message = `Cannot read '${key}' of the store: remove it, and the service is asked again ` +
    `(${removalOf(key)})`;
  return { taskId, status: "success", failure: new ComputeDecodeError(message, { raw: text }) };
}

function rawField({ result }: TaskRecord): "result" | "exception" {
  return result === undefined ? "exception" : "result";
}
