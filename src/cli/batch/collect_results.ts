import { asCompleted, type Client, type TaskOutcome } from "../../../mod.ts";
import type { CliContext } from "../cli_context.ts";
import { describeProgress } from "../describe_progress.ts";
import type { JsonArguments } from "../json_payload.ts";
import type { BatchValues } from "../options/batch_options.ts";
import { describeOutcome, outcomeRecord } from "../outcome_record.ts";
import { startProgressBar } from "../progress_bar.ts";
import type { ResultsFile } from "./results_file.ts";
import type { SubmittedRows } from "./submit_rows.ts";

/** A batch that has been submitted. */
export interface SubmittedBatch {
  client: Client;
  endpointId: string;
  submitted: SubmittedRows;
  rows: readonly JsonArguments[];
  results: ResultsFile;
  /** Resolves once no other process writes results there; rejects where one does. */
  untilMayWrite: () => Promise<void>;
  values: Pick<BatchValues, "out" | "timeoutMs">;
  /** Ends the waiting. */
  signal: AbortSignal;
}

/** What came of a batch, beside the lines that were written. */
export interface Collected {
  /** How many tasks ended in which way, those of earlier lines included. */
  counts: Record<string, number>;
  /** The first row that failed this time, in words. */
  firstFailure?: string;
}

/** Waits for the tasks of a batch, and writes each result as soon as it is there, but those that are written already. */
export async function collectResults(context: CliContext, batch: SubmittedBatch): Promise<Collected> {
  const { client, endpointId, submitted, rows, results, untilMayWrite, values, signal } = batch;
  const { taskIds, taskGroupId } = submitted;
  const indexOf = new Map(taskIds.map((taskId, index) => [taskId, index]));
  const open = taskIds.filter((taskId) => !results.written.has(taskId));
  const collected: Collected = { counts: countStates(results.written.values()) };
  const before = taskIds.length - open.length;
  context.say(
    `${taskIds.length} tasks` + (taskGroupId === undefined ? "" : `, group ${taskGroupId}`) +
      (before > 0 ? `; ${before} results are in ${values.out} already` : ""),
  );
  if (open.length === 0) return collected;
  let done = before;
  let note = "";
  const bar = startProgressBar(context, {
    total: taskIds.length,
    value: before,
    note,
  });
  const tell = () => bar.update(done, note);
  try {
    const onProgress = (progress: Parameters<typeof describeProgress>[0]) => {
      note = describeProgress(progress);
      tell();
    };
    const selection = { taskIds: open, endpointId };
    const options = { signal, timeoutMs: values.timeoutMs, onProgress };
    for await (const outcome of asCompleted(client, selection, options)) {
      const index = indexOf.get(outcome.taskId) as number;
      count(collected, outcome, index);
      // What the service has forgotten is no outcome of the row: the same command asks for it again.
      if (outcome.state !== "notFound") {
        await untilMayWrite();
        await results.append(resultLine(outcome, index, rows[index] as JsonArguments));
      }
      done++;
      tell();
    }
    return collected;
  } catch (error) {
    bar.stop();
    context.say(
      `${done} of ${taskIds.length} results are in ${values.out}; the tasks go on, and the same command picks them up`,
    );
    throw error;
  } finally {
    bar.stop();
  }
}

function countStates(states: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const state of states) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

function count(collected: Collected, outcome: TaskOutcome, index: number): void {
  const { counts } = collected;
  counts[outcome.state] = (counts[outcome.state] ?? 0) + 1;
  if (outcome.state !== "success") collected.firstFailure ??= `row ${index}: ${describeOutcome(outcome)}`;
}

/** The arguments stand behind the result as they were given: numbers as they were written. */
function resultLine(outcome: TaskOutcome, index: number, { args, kwargs }: JsonArguments): string {
  const given = args === "[]" ? `"kwargs":${kwargs}` : `"args":${args}`;
  return `${JSON.stringify({ index, ...outcomeRecord(outcome) }).slice(0, -1)},${given}}`;
}
