import type { PythonValue, TaskOutcome } from "../../mod.ts";
import type { EdgeContext } from "../context.ts";
import type { BatchRecord, TaskEntry } from "../records/batch_record.ts";
import { outcomesOf } from "../results/read_outcomes.ts";
import { type JsonValue, toReadable } from "../results/readable_value.ts";
import { type ShownTask, shownTasks } from "./shown_task.ts";
import type { TaskRange } from "./task_range.ts";

/** A task, and what came of it. */
export interface ShownResult extends ShownTask {
  /** What its function returned, where it did. */
  value?: PythonValue;
  /** The same as JSON can say it. */
  readable?: JsonValue;
  /** The same as text. */
  json?: string;
  /** Why there is none. */
  error?: ShownError;
  /** A result that cannot be read here, as the worker wrote it. */
  raw?: string;
}

/** Why a task has no result. */
export interface ShownError {
  /** The exception's class, where Python raised one. */
  type?: string | undefined;
  message: string;
  kind?: string;
  advice?: string | undefined;
  traceback?: string;
}

/** How many results are read at once: fewer where they are large. Each may have ten megabytes. */
const MAX_COUNT = 12;
/** What the results that are read at once should come to, as JSON. */
const WANTED_LENGTH = 1_000_000;

/**
 * The tasks of a part of a batch with their results, one after the other, so that few of them stand in memory. Where the
 * results were removed, none of them has one.
 */
export async function* readResults(
  context: EdgeContext,
  record: BatchRecord,
  entries: readonly TaskEntry[] | undefined,
  range: TaskRange,
): AsyncGenerator<ShownResult, void, void> {
  const end = Math.min(range.start + range.count, record.taskCount);
  let wantedCount = MAX_COUNT;
  let start = range.start;
  while (start < end) {
    const part = { start, count: Math.min(wantedCount, end - start) };
    const known = record.removedAtMs === undefined ? entries?.slice(start, start + part.count) ?? [] : [];
    const outcomes = await outcomesOf(context, known);
    let length = 0;
    for (const [place, task] of shownTasks(record, entries, part).entries()) {
      const shown = shownResult(task, outcomes[place]);
      length += shown.json?.length ?? 0;
      yield shown;
    }
    start += part.count;
    wantedCount = Math.max(1, Math.min(Math.floor(WANTED_LENGTH * part.count / (length + 1)), MAX_COUNT));
  }
}

function shownResult(task: ShownTask, outcome: TaskOutcome | undefined): ShownResult {
  if (outcome === undefined || outcome.state === "pending") return task;
  const shown = { ...task, state: outcome.state };
  switch (outcome.state) {
    case "success": {
      const readable = toReadable(outcome.result);
      return { ...shown, value: outcome.result, readable, json: JSON.stringify(readable) };
    }
    case "failed": {
      const { type, pythonMessage, message, kind, advice, traceback } = outcome.error;
      const isTraceback = type !== "unknown";
      return {
        ...shown,
        error: {
          type: isTraceback ? type : undefined,
          message: isTraceback ? pythonMessage : message,
          kind,
          advice,
          traceback,
        },
      };
    }
    case "undecodable":
      return { ...shown, error: { message: outcome.error.message }, raw: outcome.raw };
    case "notFound":
      return { ...shown, error: { message: "The service no longer knows this task" } };
  }
}
