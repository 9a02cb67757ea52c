import { sha256Hex } from "../../base/sha256.ts";
import { type FileHandle, open, realpath } from "node:fs/promises";
import { reasonOf } from "../function_file.ts";
import { UsageError } from "../usage_error.ts";
import { readLines } from "./read_lines.ts";

/** What each line of results begins with: what begins otherwise is no line that was cut short. */
const LINE_START = '{"index":';

/** A file of results, a line of JSON each. */
export interface ResultsFile {
  /** The tasks whose results are in it, with the state of each. */
  readonly written: ReadonlyMap<string, string>;
  /** Appends a line, which is written whole unless the process is killed meanwhile. */
  append(line: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the file that results go to, and reads which ones are in it. A last line that was cut short, as its process was
 * killed, is taken off: that result is written again.
 *
 * @throws {UsageError} If it cannot be written, or has lines that are no results.
 */
export async function openResultsFile(path: string): Promise<ResultsFile> {
  const fail = (reason: string) => cannotWrite(path, reason);
  const file = await openToAppend(path);
  try {
    if (!(await file.stat()).isFile()) throw fail("it is no file");
    const written = new Map<string, string>();
    const foreign = () => fail("it has something else in it; name another file");
    const { end, rest } = await readLines(file, (line) => {
      const result = readResult(line);
      if (result === undefined) throw foreign();
      written.set(result.taskId, result.state);
    });
    if (rest.slice(0, LINE_START.length) !== LINE_START.slice(0, rest.length)) throw foreign();
    await file.truncate(end);
    return {
      written,
      async append(line) {
        await file.appendFile(`${line}\n`).catch((error) => {
          throw fail(reasonOf(error));
        });
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * A name for a file, the same by whatever path it is named. A file that is not there is made.
 *
 * @throws {UsageError} If it cannot be written.
 */
export async function nameOfFile(path: string): Promise<string> {
  await (await openToAppend(path)).close();
  return await sha256Hex(await realpath(path));
}

function openToAppend(path: string): Promise<FileHandle> {
  return open(path, "a+").catch((error) => {
    throw cannotWrite(path, reasonOf(error));
  });
}

function cannotWrite(path: string, reason: string): UsageError {
  return new UsageError(`Cannot write results to '${path}': ${reason}`);
}

function readResult(line: string): { taskId: string; state: string } | undefined {
  try {
    const { taskId, state } = JSON.parse(line);
    return typeof taskId === "string" && typeof state === "string" ? { taskId, state } : undefined;
  } catch {
    return undefined;
  }
}
