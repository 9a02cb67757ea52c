import { CsvError, parse } from "csv-parse/sync";
import type { JsonArguments } from "../json_payload.ts";
import { UsageError } from "../usage_error.ts";

/** A number in JSON: 1, -0.5, 1e3; not 007, +1 or .5. */
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const IDENTIFIER = /^[\p{XID_Start}_]\p{XID_Continue}*$/u;

/** How a CSV file is read. */
export interface CsvOptions {
  /** What stands between two cells. */
  delimiter: string;
  /** Whether a cell that is a number stays text. */
  isText: boolean;
}

/**
 * Reads the rows of a CSV file as keyword arguments, which its first line names. A number stays as it is written.
 *
 * @throws {UsageError} If a row has another number of cells than the first line, or that names no arguments; no message
 * has a cell in it.
 */
export function csvRows(text: string, { delimiter, isText }: CsvOptions): JsonArguments[] {
  const [head, ...rows] = readCells(text, delimiter);
  if (head === undefined) {
    throw new UsageError("it is empty: its first line has to name the keyword arguments");
  }
  checkNames(head);
  const names = head.map((name) => `${JSON.stringify(name)}:`);
  return rows.map((cells) => {
    const kwargs = cells.map((cell, column) =>
      names[column] + (isNumber(cell, isText) ? cell : JSON.stringify(cell))
    );
    return { args: "[]", kwargs: `{${kwargs.join(",")}}` };
  });
}

function isNumber(cell: string, isText: boolean): boolean {
  return !isText && JSON_NUMBER.test(cell);
}

function readCells(text: string, delimiter: string): string[][] {
  try {
    return parse(text, { bom: true, trim: true, skip_empty_lines: true, delimiter });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error.lines === "number" ? `line ${error.lines}` : "a line";
    throw new UsageError(`${line} ${PROBLEMS[error.code] ?? `is no CSV (${error.code})`}`);
  }
}

/** The library's own words have cells in them. */
const PROBLEMS: Record<string, string> = {
  CSV_RECORD_INCONSISTENT_FIELDS_LENGTH: "has another number of cells than the first one",
  CSV_QUOTE_NOT_CLOSED: "opens a quotation that nothing closes",
  CSV_INVALID_CLOSING_QUOTE: "has text behind a quotation, within one cell",
  INVALID_OPENING_QUOTE: 'has a " in a cell that does not begin with one',
};

function checkNames(names: readonly string[]): void {
  names.forEach((name, column) => {
    if (!IDENTIFIER.test(name)) {
      throw new UsageError(
        `column ${
          column + 1
        } of its first line is no name of a keyword argument; is --delimiter another one?`,
      );
    }
    if (names.indexOf(name) !== column) throw new UsageError(`two columns have the name '${name}'`);
  });
}
