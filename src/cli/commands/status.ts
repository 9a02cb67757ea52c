import {
  asCompleted,
  type Client,
  ComputeTimeoutError,
  getBatchResult,
  getTaskGroup,
  type TaskOutcome,
} from "../../../mod.ts";
import { callSignal } from "../call_signal.ts";
import type { CliContext } from "../cli_context.ts";
import { connect } from "../connect.ts";
import { describeProgress } from "../describe_progress.ts";
import { openStore } from "../open_store.ts";
import type { StatusValues } from "../options/status_options.ts";
import { describeOutcome, outcomeRecord, readableResult } from "../outcome_record.ts";
import { exitCodeOf, printOutcome } from "../print_outcome.ts";
import { startProgressBar } from "../progress_bar.ts";
import { table } from "../table.ts";
import { UsageError } from "../usage_error.ts";

/** Tells what became of tasks. */
export async function status(context: CliContext, values: StatusValues): Promise<number> {
  const { groupId, taskIds, timeoutMs } = values;
  if (groupId === undefined && taskIds.length === 0) {
    throw new UsageError("Which tasks? Name their ids, or a task group by --group");
  }
  const { client } = connect(context, values.service, await openStore(context, false));
  const signal = callSignal(context, timeoutMs);
  const group = groupId === undefined ? [] : (await getTaskGroup(client, groupId, { signal })).tasks;
  const wanted = [...new Set([...taskIds, ...group.map(({ taskId }) => taskId)])];
  const outcomes = values.wait
    ? await waitFor(context, client, wanted, timeoutMs)
    : await getBatchResult(client, wanted, { signal });
  const [only] = outcomes;
  // For a machine the shape is the same for one task as for many.
  const isOne = groupId === undefined && outcomes.length === 1 && !context.isJson;
  if (isOne && only !== undefined) {
    return printOutcome(context, only);
  }
  printAll(context, outcomes);
  return exitCodeOf(outcomes);
}

/** Where the time is over, those without an outcome are told as they are. */
async function waitFor(
  context: CliContext,
  client: Client,
  taskIds: readonly string[],
  timeoutMs: number | undefined,
): Promise<TaskOutcome[]> {
  const outcomes = new Map<string, TaskOutcome>();
  const bar = startProgressBar(context, {
    total: taskIds.length,
    value: 0,
    note: "",
  });
  const onProgress = (progress: Parameters<typeof describeProgress>[0]) =>
    bar.update(progress.completed, describeProgress(progress));
  try {
    for await (
      const outcome of asCompleted(client, taskIds, { signal: context.signal, timeoutMs, onProgress })
    ) {
      outcomes.set(outcome.taskId, outcome);
    }
  } catch (error) {
    if (!(error instanceof ComputeTimeoutError)) throw error;
  } finally {
    bar.stop();
  }
  const rest = taskIds.filter((taskId) => !outcomes.has(taskId));
  if (rest.length > 0) {
    const { signal } = context;
    for (const outcome of await getBatchResult(client, rest, { signal })) {
      outcomes.set(outcome.taskId, outcome);
    }
  }
  return taskIds.map((taskId) => outcomes.get(taskId) as TaskOutcome);
}

function printAll(context: CliContext, outcomes: readonly TaskOutcome[]): void {
  const counts: Record<string, number> = {};
  for (const { state } of outcomes) counts[state] = (counts[state] ?? 0) + 1;
  if (context.isJson) {
    context.printJson({ total: outcomes.length, counts, tasks: outcomes.map(outcomeRecord) });
    return;
  }
  context.print(table([["TASK", "STATE", "RESULT"], ...outcomes.map(rowOf)]));
  const told = Object.entries(counts).map(([state, count]) => `${count} ${state}`);
  context.say(`${outcomes.length} tasks: ${told.join(", ")}`);
}

function rowOf(outcome: TaskOutcome): string[] {
  const { taskId, state } = outcome;
  const text = state === "success"
    ? JSON.stringify(readableResult(outcome.result))
    : describeOutcome(outcome);
  return [taskId, state, text.length > 100 ? `${text.slice(0, 99)}…` : text];
}
